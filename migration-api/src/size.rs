//! Sizes in bytes, as QEMU's users write them.

/// Error of a text that is not a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// It does not begin with a number, or ends with something else than a suffix.
    #[error("not a size; expected a number with an optional suffix B, K, M, G, T, P or E")]
    Invalid,
    /// It is negative, or does not fit into 64 bits.
    #[error("out of range")]
    Range,
}

/// Reads a size: a decimal number, with a fraction if it counts larger units than bytes, and an
/// optional suffix B, K, M, G, T, P or E; or a hexadecimal number without a suffix. A number
/// without a suffix counts units of `1 << unit` bytes.
///
/// ```
/// use migration_api::size::{SizeError, parse};
/// assert_eq!(parse("1.5G", 0), Ok(3 << 29));
/// assert_eq!(parse("64", 20), Ok(64 << 20));
/// assert_eq!(parse("1.5", 0), Err(SizeError::Invalid));
/// ```
///
/// # Errors
/// See [`SizeError`].
pub fn parse(text: &str, unit: u32) -> Result<u64, SizeError> {
    use SizeError::{Invalid, Range};
    let number = text.trim_start();
    let (number, negative) = match number.strip_prefix(['+', '-']) {
        Some(rest) => (rest, number.starts_with('-')),
        None => (number, false),
    };
    if !number.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Invalid);
    }
    if negative {
        return Err(Range);
    }
    if let Some(digits) = number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Invalid);
        }
        let value = u64::from_str_radix(digits, 16).map_err(|_| Range)?;
        return value.checked_mul(1 << unit).ok_or(Range);
    }
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (number, suffix) = number.split_at(end);
    let shift = match suffix {
        "" => unit,
        "B" | "b" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        "T" | "t" => 40,
        "P" | "p" => 50,
        "E" | "e" => 60,
        _ => return Err(Invalid),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (shift == 0 && number.contains('.')) {
        return Err(Invalid);
    }
    let whole: u64 = whole.parse().map_err(|_| Range)?;
    let whole = whole.checked_mul(1 << shift).ok_or(Range)?;
    let fraction: f64 = format!("0.{fraction}0").parse().map_err(|_| Invalid)?;
    whole.checked_add((fraction * (1u64 << shift) as f64) as u64).ok_or(Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_follow_the_number() {
        for (text, unit, size) in [
            ("64", 20, 64 << 20),
            ("4096B", 20, 4096),
            ("2G", 0, 2 << 30),
            ("1.5g", 20, 3 << 29),
            ("0.25", 20, 1 << 18),
            ("3P", 20, 3 << 50),
            ("15E", 20, 15 << 60),
            ("0x10", 20, 16 << 20),
            ("+1", 0, 1),
            (" 7k", 0, 7 << 10),
        ] {
            assert_eq!(parse(text, unit), Ok(size), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in
            ["", "x", "K", "1é", "1KB", "1.5B", "1.+5G", "1.5.5G", "0x1G", "0x", ".5G", "nan", "+"]
        {
            assert_eq!(parse(wrong, 0), Err(SizeError::Invalid), "{wrong}");
        }
        for beyond in ["-1", "16E", "18446744073709551616", "0x10000000000000000"] {
            assert_eq!(parse(beyond, 0), Err(SizeError::Range), "{beyond}");
        }
    }
}
