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
        digits.iter().try_fold(0, |number: u64, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
    };
    match magnitude {
        Some(number) if negative && number <= 1 << 63 => {
            (Token::Int, (number as i64).wrapping_neg() as u64)
        }
        Some(number) if !negative && number < 1 << 63 => (Token::Int, number),
        Some(number) if !negative => (Token::Uint, number),
        _ => parse_double(token),
    }
}

pub(super) fn parse_double(token: &[u8]) -> (Token, u64) {
    // The lexer lets only numbers come here, so there is nothing to report.
    let number: f64 =
        std::str::from_utf8(token).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    (Token::Double, number.to_bits())
}

/// Reads a number of few digits, without an exponent, that starts `rest` and ends within it;
/// returns its length as well.
#[inline(always)]
pub(super) fn plain_number(rest: &[u8]) -> Option<(Token, u64, usize)> {
    if let Some(word) = rest.first_chunk() {
        let word = u64::from_le_bytes(*word);
        let (number, count) = leading_digits(word);
        let leading_zero = word as u8 == b'0' && count > 1;
        // Most numbers and what ends them are within these bytes.
        if (1..8).contains(&count)
            && !leading_zero
            && !matches!((word >> (count * 8)) as u8, b'.' | b'e' | b'E')
        {
            return Some((Token::Int, number, count));
        }
    }
    longer_number(rest)
}

#[inline(never)]
fn longer_number(rest: &[u8]) -> Option<(Token, u64, usize)> {
    let (negative, unsigned) = match rest {
        [b'-', unsigned @ ..] => (true, unsigned),
        unsigned => (false, unsigned),
    };
    let sign = usize::from(negative);
    let (whole, end) = digits(unsigned, 0, 0)?;
    if end == 0 || (unsigned[0] == b'0' && end > 1) {
        return None;
    }
    match unsigned.get(end)? {
        b'.' => {
            let (scaled, last) = digits(unsigned, end + 1, whole)?;
            let scale = *POWERS.get(last - end - 1)?;
            if last == end + 1 || scaled > EXACT || matches!(unsigned.get(last)?, b'e' | b'E') {
                return None;
            }
            // Both are exact, so that the quotient is rounded once, as the number's spelling has to
            // be.
            let number = scaled as f64 / scale;
            let number = if negative { -number } else { number };
            Some((Token::Double, number.to_bits(), sign + last))
        }
        b'e' | b'E' => None,
        _ => {
            let number = whole as i64;
            Some((Token::Int, if negative { -number } else { number } as u64, sign + end))
        }
    }
}

/// Up to this every integer is a double.
const EXACT: u64 = 1 << 53;

/// Powers of ten that are doubles.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Powers of ten that up to eight digits need.
const TENS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Appends the digits from `at` on to `number` and returns their end; `None` if they are too many.
#[inline]
fn digits(rest: &[u8], at: usize, mut number: u64) -> Option<(u64, usize)> {
    let mut end = at;
    while let Some(word) = rest.get(end..).and_then(|rest| rest.first_chunk()) {
        let (value, count) = leading_digits(u64::from_le_bytes(*word));
        number = number.wrapping_mul(TENS[count]).wrapping_add(value);
        end += count;
        if count < 8 {
            return (end <= LONGEST).then_some((number, end));
        }
    }
    loop {
        let digit = rest.get(end)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    (end <= LONGEST).then_some((number, end))
}

/// A number that ends here has at most 18 digits, and cannot have wrapped.
const LONGEST: usize = 18;

/// The number that the digits are with which a text of eight bytes starts, the first in the lowest
/// byte; and how many these are.
#[inline]
fn leading_digits(word: u64) -> (u64, usize) {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let digits = word.wrapping_sub(ONES * 0x30);
    // The first byte that is no digit has a high bit here; what it carries and borrows goes to
    // those behind it.
    let ends = (digits | word.wrapping_add(ONES * 0x46)) & (ONES * 0x80);
    let count = ends.trailing_zeros() / 8;
    // Moved to the end, so that zeros are before them and nothing behind.
    let digits = digits.unbounded_shl(64 - count * 8);
    // Pairs, then fours, then all eight: the earlier digit is the lower one and weighs more.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    let number = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
    (number, count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_at_once() {
        let leading = |word: &[u8; 8]| leading_digits(u64::from_le_bytes(*word));
        assert_eq!(leading(b"12345678"), (12_345_678, 8));
        assert_eq!(leading(b"99999999"), (99_999_999, 8));
        for place in 0..8 {
            for other in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                for behind in [b'0', b'9', 0, u8::MAX] {
                    let mut word = *b"90901239";
                    word[place..].fill(behind);
                    word[place] = other;
                    let number = "90901239"[..place].parse().unwrap_or_default();
                    assert_eq!(leading(&word), (number, place), "{word:?}");
                }
            }
        }
    }

    #[test]
    fn plain_numbers_are_what_all_numbers_are() {
        for text in [
            "0",
            "-0",
            "7",
            "-12",
            "939.4512",
            "0.123",
            "-80.1",
            "9007199254740993",
            "12345678901234567",
        ] {
            let integer = !text.contains('.');
            let (token, bits) = if integer {
                parse_integer(text.as_bytes())
            } else {
                parse_double(text.as_bytes())
            };
            assert_eq!(
                plain_number(format!("{text},").as_bytes()),
                Some((token, bits, text.len()))
            );
        }
        for text in [
            "-",
            "01",
            "1e3",
            "1.",
            ".5",
            "1.5e3",
            "9007199254740993.5",
            "1234567890123456789",
            "12",
        ] {
            let ended = if text == "12" { text.to_owned() } else { format!("{text},") };
            assert_eq!(plain_number(ended.as_bytes()), None, "{text}");
        }
    }
}
