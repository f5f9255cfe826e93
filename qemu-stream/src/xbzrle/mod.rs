//! XBZRLE: a page as its difference to the receiver's copy.
//!
//! The encoded form alternates between runs of unchanged bytes and runs of changed bytes, which
//! include the new values. Every run starts with its length in one or two bytes, seven bits each,
//! the low ones first. The first run is an unchanged one (which may be empty), the last a changed
//! one. Bytes after it are unchanged (QEMU 10.0: `migration/xbzrle.c`).
//!
//! ```
//! use qemu_stream::xbzrle::{Encoded, decode, encode};
//!
//! let (old, mut new) = ([0; 4096], [0; 4096]);
//! new[200..202].copy_from_slice(b"ab");
//! let mut out = [0; 4096];
//! assert_eq!(encode(&old, &new, &mut out), Encoded::Bytes(5));
//! // 200 unchanged bytes, two changed ones.
//! assert_eq!(out[..5], [0x80 | 72, 1, 2, b'a', b'b']);
//!
//! let mut page = old;
//! assert_eq!(decode(&out[..5], &mut page), Ok(202));
//! assert_eq!(page, new);
//! ```

mod cache;

pub use cache::{Cache, Outcome};

/// The longest run that two length bytes allow.
pub const MAX_RUN: usize = 0x3fff;

/// The result of encoding a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Encoded {
    /// The pages are equal, so nothing has to be sent.
    Unchanged,
    /// The difference takes this many bytes of the output.
    Bytes(usize),
    /// The difference does not fit into the output, so the page itself has to be sent.
    Overflow,
}

/// Error for invalid encoded data, or data that does not fit the page.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("malformed XBZRLE data")]
pub struct Malformed;

/// Encodes the difference from `old` to `new` into `out`, which has the length of a page in QEMU.
///
/// QEMU's encoder stops at three limits, which are kept: fewer than two bytes of space before
/// either length, or a run that does not fit. A page must not be longer than [`MAX_RUN`]. If the
/// lengths differ, only the common beginning is compared.
pub fn encode(old: &[u8], new: &[u8], out: &mut [u8]) -> Encoded {
    let page = old.len().min(new.len());
    if page > MAX_RUN {
        return Encoded::Overflow;
    }
    let (old, new) = (&old[..page], &new[..page]);
    let mut at = 0;
    let mut used = 0;
    while at < page {
        if used + 2 > out.len() {
            return Encoded::Overflow;
        }
        let same = equal_run(&old[at..], &new[at..]);
        if same == page {
            return Encoded::Unchanged;
        }
        at += same;
        if at == page {
            break;
        }
        used += put_length(&mut out[used..], same);
        if used + 2 > out.len() {
            return Encoded::Overflow;
        }
        let changed = different_run(&old[at..], &new[at..]);
        used += put_length(&mut out[used..], changed);
        let Some(literal) = out.get_mut(used..used + changed) else {
            return Encoded::Overflow;
        };
        literal.copy_from_slice(&new[at..at + changed]);
        used += changed;
        at += changed;
    }
    Encoded::Bytes(used)
}

/// Applies `data` to `page`, which holds its old content. Leaves the page unchanged if the data is
/// invalid.
///
/// Returns the number of bytes up to the last one that the data covers.
pub fn decode(data: &[u8], page: &mut [u8]) -> Result<usize, Malformed> {
    runs(data, page.len(), |_, _| {})?;
    runs(data, page.len(), |at, bytes| page[at..at + bytes.len()].copy_from_slice(bytes))
}

/// Calls `change` with the offset and the new bytes of every changed run, in ascending order, for a
/// page of `length` bytes.
///
/// For memory that is not a slice. Runs before an invalid one are passed before the error is
/// returned.
pub fn runs(
    data: &[u8],
    length: usize,
    mut change: impl FnMut(usize, &[u8]),
) -> Result<usize, Malformed> {
    let mut rest = data;
    let mut at = 0;
    while !rest.is_empty() {
        let same = take_length(&mut rest)?;
        if same == 0 && at > 0 {
            return Err(Malformed);
        }
        at += same;
        let changed = take_length(&mut rest)?;
        if changed == 0 || at + changed > length {
            return Err(Malformed);
        }
        let (bytes, behind) = rest.split_at_checked(changed).ok_or(Malformed)?;
        change(at, bytes);
        rest = behind;
        at += changed;
    }
    Ok(at)
}

fn put_length(out: &mut [u8], length: usize) -> usize {
    if length < 0x80 {
        out[0] = length as u8;
        1
    } else {
        out[0] = length as u8 | 0x80;
        out[1] = (length >> 7) as u8;
        2
    }
}

#[inline]
fn take_length(data: &mut &[u8]) -> Result<usize, Malformed> {
    // Two bytes must be there even for a length of one, because no data ends with a length.
    let [low, high, ..] = **data else {
        return Err(Malformed);
    };
    if low & 0x80 == 0 {
        *data = &data[1..];
        return Ok(usize::from(low));
    }
    if high & 0x80 != 0 {
        return Err(Malformed);
    }
    *data = &data[2..];
    Ok(usize::from(low & 0x7f) | usize::from(high) << 7)
}

fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_ne_bytes(*bytes)
}

/// Returns the number of equal bytes at the beginning.
fn equal_run(old: &[u8], new: &[u8]) -> usize {
    // Pages are mostly equal, so compare in large steps.
    let (old_lines, _) = old.as_chunks::<64>();
    let (new_lines, _) = new.as_chunks::<64>();
    let at = old_lines.iter().zip(new_lines).take_while(|(old, new)| old == new).count() * 64;
    let (old_words, _) = old[at..].as_chunks();
    let (new_words, _) = new[at..].as_chunks();
    let at = at
        + old_words.iter().zip(new_words).take_while(|(old, new)| word(old) == word(new)).count()
            * 8;
    at + old[at..].iter().zip(&new[at..]).take_while(|(old, new)| old == new).count()
}

/// Returns the number of different bytes at the beginning.
fn different_run(old: &[u8], new: &[u8]) -> usize {
    const LOW: u64 = 0x0101_0101_0101_0101;
    // Exact for "has a zero byte", which is all that is needed here.
    let has_equal_byte = |old: &[u8; 8], new: &[u8; 8]| {
        let difference = word(old) ^ word(new);
        difference.wrapping_sub(LOW) & !difference & (LOW << 7) != 0
    };
    let (old_words, _) = old.as_chunks();
    let (new_words, _) = new.as_chunks();
    let words =
        old_words.iter().zip(new_words).take_while(|(old, new)| !has_equal_byte(old, new)).count();
    let at = words * 8;
    at + old[at..].iter().zip(&new[at..]).take_while(|(old, new)| old != new).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const PAGE: usize = 4096;

    fn encoded(old: &[u8], new: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut out = vec![0xee; room];
        match encode(old, new, &mut out) {
            Encoded::Bytes(used) => Some(out[..used].to_vec()),
            _ => None,
        }
    }

    #[test]
    fn runs_and_lengths() {
        let old = vec![0; PAGE];
        let mut new = old.clone();
        new[0] = 1;
        assert_eq!(encoded(&old, &new, PAGE).unwrap(), [0, 1, 1]);
        new[0] = 0;
        new[200..203].copy_from_slice(b"abc");
        new[PAGE - 1] = 7;
        // 200 = 0b1_1001000, then 3892 = 0b11110_0110100.
        assert_eq!(
            encoded(&old, &new, PAGE).unwrap(),
            [0xc8, 1, 3, b'a', b'b', b'c', 0xb4, 0x1e, 1, 7]
        );
        assert_eq!(encode(&old, &old, &mut [0; PAGE]), Encoded::Unchanged);
    }

    #[test]
    fn a_page_without_an_equal_byte_overflows() {
        let (old, new) = (vec![0; PAGE], vec![1; PAGE]);
        assert_eq!(encode(&old, &new, &mut [0; PAGE]), Encoded::Overflow);
        // One byte for the empty first run, two for the length of the other, and room for one more
        // length.
        let mut new = new;
        new[PAGE - 5..].fill(0);
        assert_eq!(encoded(&old, &new, PAGE).unwrap().len(), PAGE - 2);
        new[PAGE - 5] = 1;
        assert_eq!(encode(&old, &new, &mut [0; PAGE]), Encoded::Overflow);
    }

    #[test]
    fn the_output_never_exceeds_its_room() {
        let old = vec![0; 64];
        let new: Vec<u8> = (0..64).map(|i| i % 3).collect();
        let needed = encoded(&old, &new, 256).unwrap().len();
        for room in 0..needed + 4 {
            // Unchanged bytes at the end are not encoded, but the room check applies before every
            // run.
            assert_eq!(encoded(&old, &new, room).is_some(), room >= needed + 2, "{room}");
        }
    }

    #[test]
    fn malformed_data() {
        let refused: &[&[u8]] = &[
            b"\0",              // only half of a run
            b"\0\0",            // an empty run of changes
            b"\x05\x05",        // nothing behind the length
            b"\0\x02a",         // too few bytes
            b"\0\x01a\0\x01b",  // an empty run in the middle
            b"\0\x01a\x04",     // ends with bytes that stay
            b"\x80\x80\x01aa",  // a length of more than two bytes
            b"\x10\x01a",       // past the end of the page
            b"\x0f\x02ab",      // likewise, by its second byte
            b"\xff\x7f\x01aaa", // far past the end of the page
        ];
        for data in refused {
            let mut page = [9; 16];
            assert_eq!(decode(data, &mut page), Err(Malformed), "{data:?}");
            assert_eq!(page, [9; 16], "{data:?}");
        }
        let mut page = [9; 16];
        assert_eq!(decode(b"", &mut page), Ok(0));
        assert_eq!(decode(b"\x0f\x01a", &mut page), Ok(16));
        assert_eq!(page[15], b'a');
        // QEMU's decoder checks that any byte was decoded, not that the first run was empty.
        assert_eq!(decode(b"\x80\0\x01a", &mut page), Ok(1));
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn round_trips() {
        let mut random = Random::new(0x7a5e);
        let mut encoded_pages = 0;
        for round in 0..3000 {
            let length = [1, 7, 8, 9, 63, 64, 65, 1024, PAGE, 16383][random.below(10)];
            let old: Vec<u8> = (0..length).map(|_| random.below(3) as u8).collect();
            let mut new = old.clone();
            for _ in 0..random.below(1 + length / 16) {
                let start = random.below(length);
                let end = (start + random.below(40)).min(length);
                new[start..end].iter_mut().for_each(|byte| *byte = random.below(3) as u8);
            }
            let mut out = vec![0; length];
            match encode(&old, &new, &mut out) {
                Encoded::Unchanged => assert_eq!(old, new, "round {round}"),
                Encoded::Overflow => assert!(length < 64 || old != new, "round {round}"),
                Encoded::Bytes(used) => {
                    encoded_pages += 1;
                    let mut page = old.clone();
                    let end = decode(&out[..used], &mut page).unwrap();
                    assert_eq!(page, new, "round {round}");
                    assert_eq!(old[end..], new[end..]);
                    assert_ne!(old[end - 1], new[end - 1]);
                }
            }
        }
        assert!(encoded_pages > 1000, "{encoded_pages}");
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn random_data_never_panics() {
        let mut random = Random::new(3);
        for _ in 0..20_000 {
            let data: Vec<u8> = (0..random.below(24)).map(|_| random.next() as u8 & 0x8f).collect();
            let _ = decode(&data, &mut [0; 64]);
        }
    }
}
