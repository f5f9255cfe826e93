//! Errors of the JSON reader, in the words that a QMP peer sees.

use std::fmt;

use super::utf8::decode_lossy;

/// A text that is not QMP's JSON; [`Display`](fmt::Display) is the error that a peer sees, of class
/// `GenericError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    text: String,
}

/// The longest message of the parser after its prefix, in bytes.
const LONGEST: usize = 1023;

impl JsonError {
    /// A byte that cannot start or continue a token; `token` is the text up to and with it.
    pub(crate) fn stray(token: &[u8]) -> JsonError {
        let shown = token.split(|byte| *byte == 0).next().unwrap_or_default();
        JsonError { text: format!("JSON parse error, stray '{}'", decode_lossy(shown)) }
    }

    /// A sequence of tokens that is no value, or a token's content that is not valid.
    pub(crate) fn parse(message: &[u8]) -> JsonError {
        let message = &message[..message.len().min(LONGEST)];
        JsonError { text: format!("JSON parse error, {}", decode_lossy(message)) }
    }

    /// A text without any token where a value belongs.
    pub(crate) fn nothing() -> JsonError {
        JsonError { text: "Expecting a JSON value".into() }
    }

    pub(crate) fn limit(what: &str) -> JsonError {
        JsonError { text: format!("JSON {what} limit exceeded") }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for JsonError {}
