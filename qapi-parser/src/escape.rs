//! Escapes characters that control a terminal or are not shown: control characters, bidirectional
//! overrides, invisible characters, bytes that are not UTF-8.

use std::fmt::{self, Display, Write};
use std::path::Path;

/// Displays a text on one line: `\n`, `\u{202e}` instead of the characters themselves.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

/// Displays a path like [`Escaped`], with `\xff` for a byte that is not UTF-8.
#[derive(Debug, Clone, Copy)]
pub struct EscapedPath<'a>(pub &'a Path);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match is_printable(c) {
            true => f.write_char(c),
            false => c.escape_debug().fmt(f),
        })
    }
}

impl Display for EscapedPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_os_str().as_encoded_bytes().utf8_chunks().try_for_each(|chunk| {
            Escaped(chunk.valid()).fmt(f)?;
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
        })
    }
}

/// Returns true for a space and for characters with a glyph, combining marks included.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // At the start of a text `escape_debug` escapes combining marks, too.
    let mut text = String::from("x");
    text.push(c);
    text.escape_debug().nth(1) == Some(c)
}
