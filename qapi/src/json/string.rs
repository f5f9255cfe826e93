//! The content of strings: characters and escapes.

use super::error::JsonError;
use super::utf8::{is_character, next_character};

/// Decodes the token of a string, quotes included, to the end of `out`.
pub(crate) fn decode_string(token: &[u8], out: &mut String) -> Result<(), JsonError> {
    let end = token.len() - 1;
    let mut at = 1;
    while at < end {
        let clean =
            token[at..end].iter().take_while(|byte| byte.is_ascii() && **byte != b'\\').count();
        if clean > 0 {
            out.extend(token[at..at + clean].iter().map(|byte| *byte as char));
            at += clean;
        } else if token[at] == b'\\' {
            at += decode_escape(&token[at..], out)?;
        } else {
            let (character, length) = next_character(&token[at..end]);
            out.push(
                character.map_err(|()| JsonError::parse(b"invalid UTF-8 sequence in string"))?,
            );
            at += length;
        }
    }
    Ok(())
}

/// Decodes the escape that starts `rest`; returns its length.
fn decode_escape(rest: &[u8], out: &mut String) -> Result<usize, JsonError> {
    out.push(match rest[1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        escaped @ (b'"' | b'\'' | b'\\' | b'/') => escaped as char,
        b'u' => return decode_unicode(rest, out),
        _ => return Err(JsonError::parse(b"invalid escape sequence in string")),
    });
    Ok(2)
}

fn decode_unicode(rest: &[u8], out: &mut String) -> Result<usize, JsonError> {
    let mut length = 6;
    let mut code = hex4(&rest[2..]);
    if let Some(leading @ 0xD800..=0xDBFF) = code
        && rest[6..].starts_with(b"\\u")
    {
        code = match hex4(&rest[8..]) {
            Some(trailing @ 0xDC00..=0xDFFF) => {
                length = 12;
                Some(0x1_0000 + ((leading & 0x3FF) << 10) + (trailing & 0x3FF))
            }
            _ => None,
        };
    }
    match code.filter(|code| is_character(*code)).and_then(char::from_u32) {
        Some(character) => {
            out.push(character);
            Ok(length)
        }
        // What is shown may take in the closing quote, and never more than the token.
        None => Err(JsonError::parse(
            &[&rest[..rest.len().min(length)], b" is not a valid Unicode character"].concat(),
        )),
    }
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits
        .get(..4)?
        .iter()
        .try_fold(0, |code, digit| Some(code << 4 | (*digit as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::super::utf8::decode_lossy;
    use super::*;

    fn decode(token: &[u8]) -> Result<String, String> {
        let mut out = String::new();
        decode_string(token, &mut out).map(|()| out).map_err(|error| error.to_string())
    }

    #[test]
    fn escapes_and_modified_utf8() {
        assert_eq!(decode(br#"'a\'\"\/\u00e9\ud83d\ude00'"#).unwrap(), "a'\"/\u{e9}\u{1f600}");
        assert_eq!(decode(b"\"\xC0\x80\"").unwrap(), "\0");
        assert_eq!(decode(b"\"\\u0000\"").unwrap(), "\0");
        assert!(decode(b"\"\xC1\x80\"").unwrap_err().ends_with("invalid UTF-8 sequence in string"));
        assert!(
            decode(b"\"\xED\xA0\x80\"").unwrap_err().ends_with("invalid UTF-8 sequence in string")
        );
        assert!(decode(b"\"\\x\"").unwrap_err().ends_with("invalid escape sequence in string"));
    }

    #[test]
    fn broken_unicode_escapes_are_shown() {
        let shown = |token: &[u8]| decode(token).unwrap_err();
        assert!(shown(br#""\u12""#).ends_with(r#", \u12" is not a valid Unicode character"#));
        assert!(shown(br#""\ud800""#).ends_with(r", \ud800 is not a valid Unicode character"));
        assert!(
            shown(br#""\ud800\u0041""#).ends_with(r", \ud800 is not a valid Unicode character")
        );
        assert!(shown(br#""\uffff""#).ends_with(r", \uffff is not a valid Unicode character"));
    }

    #[test]
    fn lossy_text_marks_each_broken_sequence_once() {
        assert_eq!(decode_lossy(b"a\xFFb\xE2\x82c\x80"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }
}
