//! From bytes to tokens: the states between two bytes, and how far a token reaches.

/// The state of the lexer between two bytes. All but the first two are inside a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LexState {
    Start,
    /// After an error: skipping to a byte that may start anew.
    Recovery,
    String {
        quote: u8,
        escape: bool,
    },
    Sign,
    /// As [`Sign`](Self::Sign), and [`Letters`](Self::Letters) may follow.
    LooseSign,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Keyword,
    /// As [`Keyword`](Self::Keyword), with capital letters: it may be a number that is not finite.
    Letters,
}

/// The end of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenEnd {
    /// Not within these bytes.
    Open(LexState),
    String,
    Integer,
    Float,
    Keyword,
    /// The last byte scanned does not belong.
    Stray,
}

/// Scans a token that is in `state` over the bytes that come next; tells how many of them are part
/// of it.
pub(crate) fn scan(state: LexState, bytes: &[u8]) -> (TokenEnd, usize) {
    match state {
        LexState::String { quote, escape } => scan_string(quote, escape, bytes),
        _ => scan_word(state, bytes),
    }
}

/// Scans a number or a keyword.
fn scan_word(mut state: LexState, bytes: &[u8]) -> (TokenEnd, usize) {
    for (position, byte) in bytes.iter().enumerate() {
        state = match (state, byte) {
            (LexState::Digits, b'0'..=b'9') => LexState::Digits,
            (LexState::Sign | LexState::LooseSign, b'0') => LexState::Zero,
            (LexState::Sign | LexState::LooseSign, b'1'..=b'9') => LexState::Digits,
            (LexState::LooseSign | LexState::Letters, b'a'..=b'z' | b'A'..=b'Z') => {
                LexState::Letters
            }
            (LexState::Zero, b'0'..=b'9') => return (TokenEnd::Stray, position + 1),
            (LexState::Zero | LexState::Digits, b'.') => LexState::Point,
            // `0e1` is `0` and then a word: an exponent needs other digits before it.
            (LexState::Digits | LexState::Fraction, b'e' | b'E') => LexState::Exponent,
            (LexState::Point | LexState::Fraction, b'0'..=b'9') => LexState::Fraction,
            (LexState::Exponent, b'+' | b'-') => LexState::ExponentSign,
            (
                LexState::Exponent | LexState::ExponentSign | LexState::ExponentDigits,
                b'0'..=b'9',
            ) => LexState::ExponentDigits,
            (LexState::Keyword, b'a'..=b'z') => LexState::Keyword,
            (LexState::Zero | LexState::Digits, _) => return (TokenEnd::Integer, position),
            (LexState::Fraction | LexState::ExponentDigits, _) => {
                return (TokenEnd::Float, position);
            }
            (LexState::Keyword | LexState::Letters, _) => return (TokenEnd::Keyword, position),
            _ => return (TokenEnd::Stray, position + 1),
        };
    }
    (TokenEnd::Open(state), bytes.len())
}

fn scan_string(quote: u8, mut escape: bool, bytes: &[u8]) -> (TokenEnd, usize) {
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            0..=0x1F | 0xFE..=0xFF => return (TokenEnd::Stray, position + 1),
            _ if escape => escape = false,
            b'\\' => escape = true,
            byte if *byte == quote => return (TokenEnd::String, position + 1),
            _ => position += plain_run(quote, &bytes[position + 1..]),
        }
        position += 1;
    }
    (TokenEnd::Open(LexState::String { quote, escape }), position)
}

/// Sets the high bit of each byte of a word that is not plain: not printable ASCII, a backslash or
/// the quote. The first byte is the lowest. Exact up to the first that is set.
#[inline]
fn special_bytes(quote: u8, word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (quote, backslash) = (word ^ (ONES * u64::from(quote)), word ^ (ONES * 0x5C));
    let found = quote.wrapping_sub(ONES)
        | backslash.wrapping_sub(ONES)
        | word.wrapping_sub(ONES * 0x20)
        | word.wrapping_add(ONES);
    found & HIGH
}

/// Counts the bytes up to the first that is not printable ASCII, a backslash or the quote.
#[inline]
pub(crate) fn plain_run(quote: u8, bytes: &[u8]) -> usize {
    let mut run = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        match special_bytes(quote, u64::from_le_bytes(*word)) {
            0 => run += 8,
            ends => return run + ends.trailing_zeros() as usize / 8,
        }
    }
    run + bytes[run..]
        .iter()
        .take_while(|byte| matches!(byte, 0x20..=0x7E) && **byte != b'\\' && **byte != quote)
        .count()
}

/// Returns true if a text is printable ASCII without backslashes and double quotes. A short text
/// takes one or two steps.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let is_plain = |word| special_bytes(b'"', word) == 0;
    // The last bytes may overlap the ones before.
    if let Some(last) = text.last_chunk::<8>() {
        let (words, _) = text.as_chunks::<8>();
        return words.iter().all(|word| is_plain(u64::from_le_bytes(*word)))
            && is_plain(u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return is_plain(u64::from(first) | u64::from(last) << 32);
    }
    text.iter().all(|byte| matches!(byte, 0x20..=0x7E) && !matches!(byte, b'\\' | b'"'))
}

/// Returns true if `byte` ends the skipping after an error. It is then read as new input.
#[inline]
pub(crate) fn ends_recovery(byte: u8) -> bool {
    match byte {
        b'\t' => false,
        0..=0x1F | 0xFE..=0xFF => true,
        _ => matches!(byte, b'[' | b']' | b'{' | b'}' | b':' | b','),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_special_byte_is_found_wherever_it_is() {
        for length in 0..40 {
            let plain = vec![b'~'; length];
            assert!(is_plain(&plain));
            assert_eq!(plain_run(b'"', &plain), length);
            for place in 0..length {
                for byte in (0..0x20).chain([b'"', b'\\', 0x7F, 0x80, 0xFF]) {
                    let mut text = plain.clone();
                    text[place] = byte;
                    assert!(!is_plain(&text), "{text:?}");
                    assert_eq!(plain_run(b'"', &text), place);
                }
            }
        }
    }
}
