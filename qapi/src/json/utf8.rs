//! Modified UTF-8: UTF-8 with U+0000 as the two bytes C0 80. Surrogates, noncharacters, overlong
//! forms and code points above U+10FFFF are not part of it.

/// Returns true if a string may contain `code`.
pub(super) fn is_character(code: u32) -> bool {
    char::from_u32(code).is_some() && !(0xFDD0..=0xFDEF).contains(&code) && code & 0xFFFE != 0xFFFE
}

/// Reads the character that starts `bytes`; returns its length, or the number of bytes to skip.
pub(super) fn next_character(bytes: &[u8]) -> (Result<char, ()>, usize) {
    let first = bytes[0];
    let length = match first.leading_ones() {
        0 => return (Ok(first as char), 1),
        1 | 7 | 8 => return (Err(()), 1),
        ones => ones as usize,
    };
    let mut code = u32::from(first) & (0x7F >> length);
    for position in 1..length {
        match bytes.get(position) {
            Some(byte) if byte & 0xC0 == 0x80 => code = code << 6 | u32::from(byte & 0x3F),
            _ => return (Err(()), position),
        }
    }
    let shortest = [0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000][length - 2];
    let canonical = code >= shortest || (code == 0 && length == 2);
    let character = char::from_u32(code).filter(|_| canonical && is_character(code));
    (character.ok_or(()), length)
}

/// Decodes text that is shown in an error: a broken sequence becomes U+FFFD.
pub(super) fn decode_lossy(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    while !bytes.is_empty() {
        let (character, length) = next_character(bytes);
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        bytes = &bytes[length..];
    }
    text
}
