//! The syntax errors.

use std::fmt;

use crate::codes::coded_errors;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// An error and its place.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) span: Span,
    pub(crate) kind: SyntaxErrorKind,
    /// The bracket that is still open, or the first of two equal keys.
    pub(crate) other: Option<Span>,
}

/// A token, in the order in which messages list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Token {
    /// `{`
    OpenBrace,
    /// `[`
    OpenBracket,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// `]`
    CloseBracket,
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// `}`
    CloseBrace,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Token::OpenBrace => "'{'",
            Token::OpenBracket => "'['",
            Token::Colon => "':'",
            Token::Comma => "','",
            Token::CloseBracket => "']'",
            Token::String => "string",
            Token::Boolean => "boolean",
            Token::CloseBrace => "'}'",
        })
    }
}

coded_errors! {
    /// Syntax errors.
    #[derive(Debug, Clone)]
    pub(crate) enum SyntaxErrorKind {
        /// An unexpected token.
        "unexpected-token" Expected { tokens: Vec<Token>, hint: Option<&'static str> },
        /// Characters that are not a token.
        "stray-characters" Stray { text: String },
        /// A string without its closing quote.
        "unterminated-string" UnterminatedString,
        /// A string with a character outside printable ASCII.
        "funny-character" FunnyCharacter,
        /// A string with a backslash before something other than a backslash.
        "unknown-escape" UnknownEscape { escaped: char },
        /// Objects and arrays nest too deep.
        "too-deep" TooDeep { limit: usize },
        /// A key used twice in one object.
        "duplicate-key" DuplicateKey { key: String },
        /// A string, boolean or array at top level.
        "not-an-object" NotAnObject,
        /// Too many errors; the rest of the file was skipped.
        "too-many-errors" TooManyErrors,
    }
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SyntaxErrorKind::Expected { tokens, .. } => {
                f.write_str("expected ")?;
                for (index, token) in tokens.iter().enumerate() {
                    let rest = tokens.len() - index;
                    let joint = match (index, rest) {
                        (0, _) => "",
                        (1, 1) => " or ",
                        (_, 1) => ", or ",
                        _ => ", ",
                    };
                    write!(f, "{joint}{token}")?;
                }
                Ok(())
            }
            SyntaxErrorKind::Stray { text } => write!(f, "stray '{text}'"),
            SyntaxErrorKind::UnterminatedString => f.write_str("missing terminating \"'\""),
            SyntaxErrorKind::FunnyCharacter => f.write_str("funny character in string"),
            SyntaxErrorKind::UnknownEscape { escaped } => {
                write!(f, "unknown escape \\{}", escaped.escape_debug())
            }
            SyntaxErrorKind::TooDeep { limit } => {
                write!(f, "objects and arrays nest deeper than {limit} levels")
            }
            SyntaxErrorKind::DuplicateKey { key } => write!(f, "duplicate key '{key}'"),
            SyntaxErrorKind::NotAnObject => f.write_str("top-level expression must be an object"),
            SyntaxErrorKind::TooManyErrors => {
                f.write_str("too many syntax errors, the rest of the file is not looked at")
            }
        }
    }
}

impl SyntaxErrorKind {
    /// Returns the likely fix, if one is known.
    fn hint(&self) -> Option<&'static str> {
        match self {
            SyntaxErrorKind::Expected { hint, .. } => *hint,
            SyntaxErrorKind::Stray { text } => match text.chars().next()? {
                '"' => Some("strings stand in single quotes"),
                '0'..='9' | '-' | '+' | '.' => Some("the schema language has no numbers"),
                '/' => Some("comments start with '#'"),
                '\\' if text.starts_with("\\u{feff}") => {
                    Some("the file starts with a byte order mark: save it without")
                }
                _ if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => {
                    Some("booleans are in lower case")
                }
                _ if text == "null" => Some("the schema language has no null"),
                c if c.is_ascii_alphabetic() => Some("strings and keys stand in single quotes"),
                _ => None,
            },
            SyntaxErrorKind::FunnyCharacter => Some("strings hold printable ASCII characters only"),
            SyntaxErrorKind::UnknownEscape { .. } => Some("the only escape is \\\\"),
            _ => None,
        }
    }
}

impl From<SyntaxError> for Diagnostic {
    fn from(error: SyntaxError) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::error(error.kind.code(), error.span, error.kind.to_string());
        if let Some(other) = error.other {
            let what = match error.kind {
                SyntaxErrorKind::DuplicateKey { .. } => "first used here",
                _ => "opened here",
            };
            diagnostic = diagnostic.with_label(other, what);
        }
        match error.kind.hint() {
            Some(hint) => diagnostic.with_hint(hint),
            None => diagnostic,
        }
    }
}
