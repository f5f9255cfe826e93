//! From a number's spelling to its value.

use super::tape::Token;

/// An integer is of 64 bits, signed if it fits, else unsigned, else a double.
pub(super) fn parse_integer(token: &[u8]) -> (Token, u64) {
    let (negative, digits) = match token {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let magnitude = if digits.len() < 19 {
        Some(digits.iter().fold(0, |number: u64, digit| number * 10 + u64::from(digit - b'0')))
    } else {
        digits
            .iter()
            .try_fold(0, |number: u64, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
    };
    match magnitude {
        Some(number) if negative && number <= 1 << 63 => (Token::Int, (number as i64).wrapping_neg() as u64),
        Some(number) if !negative && number < 1 << 63 => (Token::Int, number),
        Some(number) if !negative => (Token::Uint, number),
        _ => parse_double(token),
    }
}

pub(super) fn parse_double(token: &[u8]) -> (Token, u64) {
    // The lexer lets only numbers come here, so there is nothing to report.
    let number: f64 = std::str::from_utf8(token).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    (Token::Double, number.to_bits())
}

/// A number of few digits, without an exponent, that starts `rest` and ends within it; and its length.
#[inline]
pub(super) fn plain_number(rest: &[u8]) -> Option<(Token, u64, usize)> {
    let sign = usize::from(rest[0] == b'-');
    let (whole, end) = digits(rest, sign, 0)?;
    if end == sign || (rest[sign] == b'0' && end > sign + 1) {
        return None;
    }
    match rest.get(end)? {
        b'.' => {
            let (scaled, last) = digits(rest, end + 1, whole)?;
            let scale = *POWERS.get(last - end - 1)?;
            if last == end + 1 || scaled > EXACT || matches!(rest.get(last)?, b'e' | b'E') {
                return None;
            }
            // Both are exact, so that the quotient is rounded once, as the number's spelling has to be.
            let number = scaled as f64 / scale;
            let number = if sign == 1 { -number } else { number };
            Some((Token::Double, number.to_bits(), last))
        }
        b'e' | b'E' => None,
        _ => {
            let number = whole as i64;
            Some((Token::Int, if sign == 1 { -number } else { number } as u64, end))
        }
    }
}

/// Up to this every integer is a double.
const EXACT: u64 = 1 << 53;

/// Powers of ten that are doubles.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads digits from `at` on behind those of `number`, and tells where they end; none if there are too many.
#[inline]
fn digits(rest: &[u8], at: usize, mut number: u64) -> Option<(u64, usize)> {
    let mut end = at;
    while let Some(word) = rest.get(end..).and_then(|rest| rest.first_chunk()) {
        let Some(eight) = eight_digits(u64::from_le_bytes(*word)) else { break };
        number = number.wrapping_mul(100_000_000).wrapping_add(eight);
        end += 8;
    }
    loop {
        let digit = rest.get(end)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    // With the sign and the point, 18 digits are at most these, and cannot have wrapped.
    (end <= 18).then_some((number, end))
}

/// The number that eight digits are, the first in the lowest byte; none if some are no digits.
#[inline]
fn eight_digits(word: u64) -> Option<u64> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let digits = word.wrapping_sub(ONES * 0x30);
    // A byte that is no digit has a high bit here, or the borrow of one below it that has.
    if (digits | word.wrapping_add(ONES * 0x46)) & (ONES * 0x80) != 0 {
        return None;
    }
    // Pairs, then fours, then all eight: the earlier digit is the lower one and weighs more.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_at_once() {
        assert_eq!(eight_digits(u64::from_le_bytes(*b"12345678")), Some(12_345_678));
        assert_eq!(eight_digits(u64::from_le_bytes(*b"99999999")), Some(99_999_999));
        for place in 0..8 {
            for other in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                let mut word = *b"00901239";
                word[place] = other;
                assert_eq!(eight_digits(u64::from_le_bytes(word)), None, "{word:?}");
            }
        }
    }

    #[test]
    fn plain_numbers_are_what_all_numbers_are() {
        for text in
            ["0", "-0", "7", "-12", "939.4512", "0.123", "-80.1", "9007199254740993", "12345678901234567"]
        {
            let integer = !text.contains('.');
            let (token, bits) =
                if integer { parse_integer(text.as_bytes()) } else { parse_double(text.as_bytes()) };
            assert_eq!(plain_number(format!("{text},").as_bytes()), Some((token, bits, text.len())));
        }
        for text in ["-", "01", "1e3", "1.", ".5", "1.5e3", "9007199254740993.5", "1234567890123456789", "12"]
        {
            let ended = if text == "12" { text.to_owned() } else { format!("{text},") };
            assert_eq!(plain_number(ended.as_bytes()), None, "{text}");
        }
    }
}
