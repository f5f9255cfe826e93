//! Scans an expression byte by byte before pest parses it: nesting that would exhaust the stack,
//! and the inside of strings, for which a grammar rule per character would be slow.

use std::ops::Range;

/// Maximum nesting of objects and arrays. Python's recursion limit ends QEMU's parser at 493.
pub(super) const DEEPEST: usize = 500;

/// Finds the place to cut off the expression behind `from`: a bracket that nests too deep, or an
/// invalid string. Everything before is left to the grammar.
pub(super) fn find_cut(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' if depth == 0 && bytes.get(at + 1) == Some(&b'#') => return None,
            b'#' => {
                at += text[at..].find('\n')?;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    return Some(at);
                }
            }
            b'}' | b']' if depth <= 1 => return None,
            b'}' | b']' => depth -= 1,
            b'\'' => match scan_string(text, at) {
                Ok(_) if depth == 0 => return None,
                Ok(end) => {
                    at = end;
                    continue;
                }
                Err(_) => return Some(at),
            },
            b'!'..=b'~' if depth == 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The faults of a string.
pub(super) enum BadString {
    /// The line ends first.
    Unterminated,
    /// A character outside printable ASCII.
    FunnyCharacter(Range<usize>),
    /// A backslash before something other than a backslash.
    UnknownEscape(Range<usize>),
}

/// Returns the end of the string whose opening quote is at `start`.
pub(super) fn scan_string(text: &str, start: usize) -> Result<usize, BadString> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' => return Ok(at + 1),
            b'\n' => break,
            b'\\' => match text[at + 1..].chars().next() {
                Some('\\') => at += 1,
                Some('\n') | None => break,
                Some(other) => return Err(BadString::UnknownEscape(at..at + 1 + other.len_utf8())),
            },
            b' '..=b'~' => {}
            _ => {
                let width = text[at..].chars().next().map_or(1, char::len_utf8);
                return Err(BadString::FunnyCharacter(at..at + width));
            }
        }
        at += 1;
    }
    Err(BadString::Unterminated)
}
