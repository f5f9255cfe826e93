//! Ranges of bits in slices of 64-bit words.

/// A cache line of words, tested as a unit: most lines have no bit set, and a line is tested as
/// fast as a word.
type Line = [u64; 8];

/// Returns true if no bit is set.
fn is_clear(line: &Line) -> bool {
    line.iter().fold(0, |all, word| all | word) == 0
}

/// Counts the set bits.
pub(super) fn count(bits: &[u64]) -> u64 {
    let (lines, rest) = bits.as_chunks::<8>();
    let words = lines.iter().filter(|line| !is_clear(line)).flatten().chain(rest);
    words.map(|word| u64::from(word.count_ones())).sum()
}

/// Finds the first set bit in `from..end`.
pub(super) fn find(bits: &[u64], from: u64, end: u64) -> Option<u64> {
    let bits = &bits[..bits.len().min(end.div_ceil(64) as usize)];
    let mut at = (from / 64) as usize;
    let mut wanted = bits.get(at)? & (u64::MAX << (from % 64));
    if wanted == 0 {
        at += 1;
        let (lines, _) = bits[at..].as_chunks();
        at += 8 * lines.iter().take_while(|line| is_clear(line)).count();
        at += bits[at..].iter().take_while(|word| **word == 0).count();
        wanted = *bits.get(at)?;
    }
    Some(at as u64 * 64 + u64::from(wanted.trailing_zeros())).filter(|&found| found < end)
}

/// Finds the first clear bit at or after `from`; `end` if there is none.
pub(super) fn end_of_run(bits: &[u64], from: u64, end: u64) -> u64 {
    let mut at = from;
    while at < end {
        let run = u64::from((!bits[(at / 64) as usize] >> (at % 64)).trailing_zeros());
        // The shift brings in zero bits, so the run must not be counted past the end of the word.
        let in_word = 64 - at % 64;
        at += run.min(in_word);
        if run < in_word {
            break;
        }
    }
    at.min(end)
}

/// Lists the words that a range of bits touches, each with a mask of its bits.
fn words(first: u64, end: u64) -> impl Iterator<Item = (usize, u64)> {
    (first / 64..end.div_ceil(64)).map(move |word| {
        let from = first.saturating_sub(word * 64);
        let to = (end - word * 64).min(64);
        (word as usize, (u64::MAX >> (64 - (to - from))) << from)
    })
}

/// Sets a range of bits.
pub(super) fn set(bits: &mut [u64], first: u64, end: u64) {
    for (word, mask) in words(first, end) {
        bits[word] |= mask;
    }
}

/// Clears a range of bits and returns how many were set.
pub(super) fn clear(bits: &mut [u64], first: u64, end: u64) -> u64 {
    let mut cleared = 0;
    for (word, mask) in words(first, end) {
        cleared += u64::from((bits[word] & mask).count_ones());
        bits[word] &= !mask;
    }
    cleared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_found_wherever_it_is() {
        let mut bits = [0; 21];
        assert_eq!((find(&bits, 0, 21 * 64), count(&bits)), (None, 0));
        for at in 0..21 * 64 {
            set(&mut bits, at, at + 1);
            assert_eq!(count(&bits), 1);
            for from in 0..21 * 64 + 2 {
                assert_eq!(
                    find(&bits, from, u64::MAX),
                    Some(at).filter(|_| from <= at),
                    "{at} from {from}"
                );
            }
            assert_eq!(find(&bits, 0, at), None);
            clear(&mut bits, at, at + 1);
        }
    }

    #[test]
    fn runs_of_bits_end_where_they_end() {
        let bits = [u64::MAX << 60, u64::MAX, 0b0111];
        assert_eq!(find(&bits, 0, 192), Some(60));
        assert_eq!(end_of_run(&bits, 60, 192), 131);
        assert_eq!(end_of_run(&bits, 60, 100), 100);
        assert_eq!(find(&bits, 131, 192), None);
        assert_eq!(find(&bits, 0, 60), None);
        assert_eq!(count(&bits), 71);
        let mut bits = [0; 2];
        set(&mut bits, 62, 66);
        assert_eq!(bits, [0b11 << 62, 0b11]);
        assert_eq!(clear(&mut bits, 63, 128), 3);
        assert_eq!(bits, [1 << 62, 0]);
    }
}
