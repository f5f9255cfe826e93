//! The writer: JSON as QMP prints it, in ASCII, numbers as C's `printf` has them.

use std::fmt::{self, Write as _};

use super::lex::{is_plain, plain_run};
use super::tape::{Entry, Node, Token};

/// Writes a string with its quotes. Characters that QMP's strings cannot hold become U+FFFD.
#[inline]
pub(crate) fn write_string(out: &mut String, string: &str) {
    out.push('"');
    if is_plain(string.as_bytes()) {
        out.push_str(string);
    } else {
        write_escaped(out, string);
    }
    out.push('"');
}

#[inline(never)]
fn write_escaped(out: &mut String, string: &str) {
    let run = plain_run(b'"', string.as_bytes());
    out.push_str(&string[..run]);
    let mut rest = &string[run..];
    while let Some(character) = rest.chars().next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            _ => {
                let code = character as u32;
                let noncharacter = (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE;
                let character = if noncharacter { char::REPLACEMENT_CHARACTER } else { character };
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
        rest = &rest[character.len_utf8()..];
        let run = plain_run(b'"', rest.as_bytes());
        out.push_str(&rest[..run]);
        rest = &rest[run..];
    }
}

#[inline]
pub(crate) fn write_i64(out: &mut String, number: i64) {
    out.push_str(itoa::Buffer::new().format(number));
}

#[inline]
pub(crate) fn write_u64(out: &mut String, number: u64) {
    out.push_str(itoa::Buffer::new().format(number));
}

#[inline]
pub(crate) fn write_bool(out: &mut String, value: bool) {
    out.push_str(if value { "true" } else { "false" });
}

/// Writes a double as `printf` does with `%.17g`: the 17 digits that tell it from every other
/// double, without trailing zeros.
pub(crate) fn write_f64(out: &mut String, number: f64) {
    if !number.is_finite() {
        let text = match number {
            f64::INFINITY => "inf",
            f64::NEG_INFINITY => "-inf",
            _ => "nan",
        };
        return out.push_str(text);
    }
    if number.is_sign_negative() {
        out.push('-');
    }
    let number = number.abs();
    match seventeen_digits(number) {
        Some((digits, exponent)) => write_digits(out, itoa::Buffer::new().format(digits), exponent),
        None => {
            let text = format!("{number:.16e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            write_digits(out, &mantissa.replace('.', ""), exponent.parse().unwrap_or_default());
        }
    }
}

/// Returns the first 17 digits, rounded, of a number that is neither very large nor very small, and
/// its decimal exponent.
fn seventeen_digits(number: f64) -> Option<(u64, i32)> {
    const HIGH: u128 = 10u128.pow(17);
    const LOW: u128 = 10u128.pow(16);
    let bits = number.to_bits();
    let exponent = (bits >> 52) as i32 - 1075;
    // Such a number is this many parts of a power of two, and times a power of ten it still fits.
    let parts = u128::from(bits << 12 >> 12 | 1 << 52);
    let shift = u32::try_from(-exponent).ok().filter(|shift| (1..=100).contains(shift))?;
    let mut decimal = (exponent + 52) * 30103 / 100_000 - i32::from(exponent < -52);
    loop {
        let power = u32::try_from(16 - decimal).ok().filter(|power| *power <= 22)?;
        let product = parts * 10u128.pow(power);
        let (digits, rest) = (product >> shift, product << (128 - shift));
        let half = 1u128 << 127;
        let digits = digits + u128::from(rest > half || (rest == half && digits % 2 == 1));
        match digits {
            HIGH.. => decimal += 1,
            LOW.. => return Some((u64::try_from(digits).ok()?, decimal)),
            _ => decimal -= 1,
        }
    }
}

fn write_digits(out: &mut String, digits: &str, exponent: i32) {
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    if (-4..17).contains(&exponent) {
        write_fixed(out, digits, exponent);
    } else {
        write_point(out, digits, 1);
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{:02}", exponent.abs());
    }
}

fn write_fixed(out: &mut String, digits: &str, exponent: i32) {
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        out.push_str(digits);
    } else {
        let whole = exponent as usize + 1;
        write_point(out, digits, whole);
        out.extend(std::iter::repeat_n('0', whole.saturating_sub(digits.len())));
    }
}

/// Writes digits with a point after the first `whole`, if any follow.
fn write_point(out: &mut String, digits: &str, whole: usize) {
    let (before, after) = digits.split_at(whole.min(digits.len()));
    out.push_str(before);
    if !after.is_empty() {
        out.push('.');
        out.push_str(after);
    }
}

/// Writes the number, boolean or null of an entry.
fn write_scalar(out: &mut String, entry: Entry) {
    match entry.token {
        Token::Bool => write_bool(out, entry.payload != 0),
        Token::Int => write_i64(out, entry.payload as i64),
        Token::Uint => write_u64(out, entry.payload),
        Token::Double => write_f64(out, f64::from_bits(entry.payload)),
        _ => out.push_str("null"),
    }
}

/// Writes a value of a document, members in the order in which they came.
pub(crate) fn write_node(out: &mut String, node: Node<'_>) {
    let separate = |out: &mut String, first: &mut bool| {
        if !std::mem::take(first) {
            out.push_str(", ");
        }
    };
    let mut first = true;
    match node.entry().token {
        Token::Dict => {
            out.push('{');
            for (name, value) in node.members() {
                separate(out, &mut first);
                write_string(out, name);
                out.push_str(": ");
                write_node(out, value);
            }
            out.push('}');
        }
        Token::List => {
            out.push('[');
            for element in node.elements() {
                separate(out, &mut first);
                write_node(out, element);
            }
            out.push(']');
        }
        Token::Text | Token::Decoded => write_string(out, node.document.str(node.index)),
        _ => write_scalar(out, node.entry()),
    }
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write_node(&mut text, *self);
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(number: f64) -> String {
        let mut out = String::new();
        write_f64(&mut out, number);
        out
    }

    #[test]
    fn doubles_have_seventeen_digits() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.10000000000000001"),
            (18446744073709551616.0, "1.8446744073709552e+19"),
            (1e16, "10000000000000000"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (1e-5, "1.0000000000000001e-05"),
            (0.0001, "0.0001"),
            (-2.5, "-2.5"),
            (1e300, "1.0000000000000001e+300"),
            (5e-324, "4.9406564584124654e-324"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(double(number), text);
        }
    }

    #[test]
    fn digits_are_those_of_the_slow_way() {
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Exponents from 2^-30 to 2^60, and some mantissas that end early.
            let exponent = 1023 - 30 + (state >> 57) % 90;
            let mantissa = (state << 12 >> 12) >> (state % 3 * 24) << (state % 3 * 24);
            let number = f64::from_bits(exponent << 52 | mantissa);
            if let Some((digits, decimal)) = seventeen_digits(number) {
                let text = digits.to_string();
                assert_eq!(
                    format!("{}.{}e{decimal}", &text[..1], &text[1..]),
                    format!("{number:.16e}")
                );
            }
        }
        assert!(seventeen_digits(939.4512).is_some());
        assert!(seventeen_digits(0.1).is_some());
        assert_eq!(seventeen_digits(0.0), None);
    }

    #[test]
    fn strings_are_ascii() {
        let mut out = String::new();
        write_string(
            &mut out,
            "plain \"\\/'\u{8}\u{c}\n\r\t\u{1}\u{7f}\u{e9}\u{1f600}\u{ffff} end of a longer run",
        );
        assert_eq!(
            out,
            r#""plain \"\\/'\b\f\n\r\t\u0001\u007F\u00E9\uD83D\uDE00\uFFFD end of a longer run""#
        );
    }
}
