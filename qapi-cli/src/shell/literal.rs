//! Literals of JSON and Python: words, numbers, escape sequences.

use qapi::Value;

/// Returns the value of a word that is a literal.
pub(super) fn literal(word: &str) -> Option<Value> {
    match word {
        "null" | "None" => Some(Value::Null),
        "true" | "True" => Some(Value::Bool(true)),
        "false" | "False" => Some(Value::Bool(false)),
        _ => integer(word).or_else(|| number(word)),
    }
}

/// Returns the value of an argument without a type, as `qmp-shell` does: integers and booleans,
/// all else being strings.
pub(super) fn guess(word: &str) -> Value {
    boolean(word).or_else(|| integer(word)).unwrap_or_else(|| word.into())
}

/// Reads a boolean in any case.
pub(super) fn boolean(word: &str) -> Option<Value> {
    let is = |name| word.eq_ignore_ascii_case(name);
    if is("true") { Some(true.into()) } else { is("false").then(|| false.into()) }
}

/// Reads a decimal integer that QMP can express.
pub(super) fn integer(word: &str) -> Option<Value> {
    let signed = word.parse::<i64>().ok().map(Value::from);
    signed.or_else(|| word.parse::<u64>().ok().map(Value::from))
}

/// Reads a hexadecimal integer.
pub(super) fn hexadecimal(word: &str) -> Option<Value> {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?;
    u64::from_str_radix(digits, 16).ok().map(Value::from)
}

/// Reads a number that is no integer.
pub(super) fn number(word: &str) -> Option<Value> {
    // Excludes `inf` and `nan`, which JSON cannot express.
    let begins = word.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
    let number = word.parse::<f64>().ok().filter(|number| begins && number.is_finite());
    number.map(Value::Number)
}

/// Replaces the escape sequences of JSON, and `\'`; `None` if one is invalid.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next()? {
            c @ ('"' | '\'' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => match code_unit(&mut chars)? {
                high @ 0xd800..0xdc00 => {
                    let is_pair = chars.next()? == '\\' && chars.next()? == 'u';
                    let low = code_unit(&mut chars).filter(|_| is_pair)?;
                    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?
                }
                unit => char::from_u32(unit)?,
            },
            _ => return None,
        });
    }
    Some(out)
}

/// Reads four hexadecimal digits.
fn code_unit(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | chars.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_guessed_as_by_qmp_shell() {
        for (word, value) in [
            ("5", Value::Int(5)),
            ("-5", Value::Int(-5)),
            ("18446744073709551615", Value::Uint(u64::MAX)),
            ("TRUE", true.into()),
            ("false", false.into()),
            ("null", "null".into()),
            ("1.5", "1.5".into()),
            ("0x5", "0x5".into()),
            ("18446744073709551616", "18446744073709551616".into()),
        ] {
            assert_eq!(guess(word), value, "{word}");
        }
    }

    #[test]
    fn literals_are_json_or_python() {
        assert_eq!(literal("None"), Some(Value::Null));
        assert_eq!(literal("1e3"), Some(Value::Number(1000.0)));
        for word in ["inf", "nan", "-inf", "TRUE", "1e999", "x", ".5"] {
            assert_eq!(literal(word), None, "{word}");
        }
        assert_eq!(hexadecimal("0xff"), Some(Value::Int(255)));
        assert_eq!(hexadecimal("0x"), None);
    }

    #[test]
    fn escapes_are_replaced() {
        assert_eq!(unescape(r"\ud83d\ude00\t\/").as_deref(), Some("😀\t/"));
        for text in [r"\ud83d", r"\ud83dx", r"\ude00", r"\u00g0", r"\u00", r"\q", "\\"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }
}
