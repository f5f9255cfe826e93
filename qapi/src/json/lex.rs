//! From bytes to tokens: the states between two bytes, and how far a token reaches.

/// The state of the lexer between two bytes. All but the first two are inside a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
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
pub(crate) enum End {
    /// Not within these bytes.
    Open(State),
    String,
    Integer,
    Float,
    Keyword,
    /// The last byte scanned does not belong.
    Stray,
}

/// Scans a token that is in `state` over the bytes that come next; tells how many of them are part
/// of it.
pub(crate) fn scan(state: State, bytes: &[u8]) -> (End, usize) {
    match state {
        State::String { quote, escape } => scan_string(quote, escape, bytes),
        _ => scan_word(state, bytes),
    }
}

/// Scans a number or a keyword.
fn scan_word(mut state: State, bytes: &[u8]) -> (End, usize) {
    for (position, byte) in bytes.iter().enumerate() {
        state = match (state, byte) {
            (State::Digits, b'0'..=b'9') => State::Digits,
            (State::Sign | State::LooseSign, b'0') => State::Zero,
            (State::Sign | State::LooseSign, b'1'..=b'9') => State::Digits,
            (State::LooseSign | State::Letters, b'a'..=b'z' | b'A'..=b'Z') => State::Letters,
            (State::Zero, b'0'..=b'9') => return (End::Stray, position + 1),
            (State::Zero | State::Digits, b'.') => State::Point,
            // `0e1` is `0` and then a word: an exponent needs other digits before it.
            (State::Digits | State::Fraction, b'e' | b'E') => State::Exponent,
            (State::Point | State::Fraction, b'0'..=b'9') => State::Fraction,
            (State::Exponent, b'+' | b'-') => State::ExponentSign,
            (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => {
                State::ExponentDigits
            }
            (State::Keyword, b'a'..=b'z') => State::Keyword,
            (State::Zero | State::Digits, _) => return (End::Integer, position),
            (State::Fraction | State::ExponentDigits, _) => return (End::Float, position),
            (State::Keyword | State::Letters, _) => return (End::Keyword, position),
            _ => return (End::Stray, position + 1),
        };
    }
    (End::Open(state), bytes.len())
}

fn scan_string(quote: u8, mut escape: bool, bytes: &[u8]) -> (End, usize) {
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            0..=0x1F | 0xFE..=0xFF => return (End::Stray, position + 1),
            _ if escape => escape = false,
            b'\\' => escape = true,
            byte if *byte == quote => return (End::String, position + 1),
            _ => position += plain_run(quote, &bytes[position + 1..]),
        }
        position += 1;
    }
    (End::Open(State::String { quote, escape }), position)
}

/// Counts the bytes up to the first that is not printable ASCII, a backslash or the quote.
#[inline]
pub(crate) fn plain_run(quote: u8, bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let quotes = ONES * u64::from(quote);
    let mut run = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let (quote, backslash) = (word ^ quotes, word ^ (ONES * 0x5C));
        // Sets the high bit of each byte that ends the run; exact up to the first such byte.
        let found = quote.wrapping_sub(ONES)
            | backslash.wrapping_sub(ONES)
            | word.wrapping_sub(ONES * 0x20)
            | word.wrapping_add(ONES);
        match found & HIGH {
            0 => run += 8,
            ends => return run + ends.trailing_zeros() as usize / 8,
        }
    }
    run + bytes[run..]
        .iter()
        .take_while(|byte| matches!(byte, 0x20..=0x7E) && **byte != b'\\' && **byte != quote)
        .count()
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
