//! Parses a file's text into objects and documentation blocks, in order.

pub(crate) mod error;
#[rustfmt::skip]
mod grammar;
mod keys;
mod scan;
mod value;

use std::ops::Range;
use std::sync::Arc;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use crate::doc::{self, ParsedDoc};
use crate::expression::{Object, Value};
use crate::source::{FileId, Span};
pub(crate) use error::SyntaxError;
use error::{SyntaxErrorKind, Token};
use grammar::{Grammar, Rule};
use scan::BadString;

/// Maximum number of syntax errors per file. The next one ends the parse of the file.
const MOST_ERRORS: usize = 50;

/// An item at a file's top level.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A comment block from `##` to `##`.
    Doc(ParsedDoc),
    /// An object.
    Object(Object),
    /// Text that does not match the grammar, or a value that is not an object.
    Error(SyntaxError),
}

/// The pieces of a file. After an error, continues at the next line that starts like a piece.
pub(crate) struct Pieces {
    file: FileId,
    text: Arc<str>,
    /// The offset at which the next piece is searched.
    base: usize,
    errors: usize,
    /// Checks the style of documentation.
    style: bool,
    /// The second error of the last piece.
    pending: Option<SyntaxError>,
}

impl Pieces {
    pub(crate) fn new(file: FileId, text: Arc<str>, style: bool) -> Pieces {
        Pieces { file, text, base: 0, errors: 0, style, pending: None }
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some(error) = self.pending.take() {
            return Some(Piece::Error(error));
        }
        let reader =
            PieceReader { file: self.file, text: &self.text, base: self.base, style: self.style };
        let NextPiece { mut piece, mut next, second } = reader.piece()?;
        if matches!(piece, Piece::Error(_)) {
            self.errors += 1;
            if self.errors > MOST_ERRORS {
                piece = Piece::Error(
                    reader.error(self.base..self.base, SyntaxErrorKind::TooManyErrors),
                );
                next = self.text.len();
            } else {
                self.pending = second;
            }
        }
        self.base = next;
        Some(piece)
    }
}

/// A piece, the offset after it, and a second error if the piece is one.
struct NextPiece {
    piece: Piece,
    next: usize,
    second: Option<SyntaxError>,
}

/// Reads the next piece behind `base`.
struct PieceReader<'a> {
    file: FileId,
    text: &'a str,
    base: usize,
    style: bool,
}

impl PieceReader<'_> {
    /// Returns the next piece; `None` at the end of the file.
    fn piece(&self) -> Option<NextPiece> {
        let cut = scan::find_cut(self.text, self.base);
        let end = cut.unwrap_or(self.text.len());
        let mut pairs = match Grammar::parse(Rule::item, &self.text[self.base..end]) {
            Ok(pairs) => pairs,
            Err(error) => return Some(self.no_match(&error, cut)),
        };
        let pair = next_token(&mut pairs)?;
        let span = self.span(&pair);
        let piece = match pair.as_rule() {
            Rule::EOI => {
                let at = cut?;
                return Some(self.mistake(self.bad_string(at)?, None));
            }
            Rule::doc => {
                let doc = doc::parse(self.text, span, self.style);
                let end = doc.block.span.end as usize;
                return Some(NextPiece { piece: Piece::Doc(doc), next: end, second: None });
            }
            _ => match self.value(pair) {
                Ok(Value::Object(object)) => Piece::Object(object),
                Err(error) => Piece::Error(error),
                Ok(_) => {
                    let range = span.start as usize..span.end as usize;
                    let error = self.error(range, SyntaxErrorKind::NotAnObject);
                    let next = self.next_start(span.end as usize);
                    return Some(NextPiece { piece: Piece::Error(error), next, second: None });
                }
            },
        };
        Some(NextPiece { piece, next: span.end as usize, second: None })
    }

    /// Returns a syntax error as a piece. A repeated key before it comes first, as in QEMU.
    fn mistake(&self, error: SyntaxError, repeated: Option<SyntaxError>) -> NextPiece {
        let next = self.next_start(error.span.start as usize);
        match repeated {
            Some(first) => NextPiece { piece: Piece::Error(first), next, second: Some(error) },
            None => NextPiece { piece: Piece::Error(error), next, second: None },
        }
    }

    /// Finds the first line at or behind `from` that starts an expression or a documentation block;
    /// always behind `base`.
    fn next_start(&self, from: usize) -> usize {
        let text = self.text;
        let starts = |at: usize| text[at..].starts_with('{') || text[at..].starts_with("##");
        if from > self.base && text.as_bytes()[from - 1] == b'\n' && starts(from) {
            return from;
        }
        let lines = text[from..].match_indices('\n').map(|(newline, _)| from + newline + 1);
        lines.into_iter().find(|&at| starts(at)).unwrap_or(text.len())
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        Span {
            file: self.file,
            start: (self.base + span.start()) as u32,
            end: (self.base + span.end()) as u32,
        }
    }

    /// Returns the error that the key `literal` at `second` repeats the one at `first`.
    fn repeated_key(&self, literal: &str, first: usize, second: usize) -> SyntaxError {
        let kind = SyntaxErrorKind::DuplicateKey { key: unquoted(literal) };
        let first = self.error(first..first + literal.len(), kind.clone()).span;
        SyntaxError { other: Some(first), ..self.error(second..second + literal.len(), kind) }
    }

    fn error(&self, range: Range<usize>, kind: SyntaxErrorKind) -> SyntaxError {
        let span = Span { file: self.file, start: range.start as u32, end: range.end as u32 };
        SyntaxError { span, kind, other: None }
    }

    /// Converts a failed match.
    fn no_match(&self, error: &pest::error::Error<Rule>, cut: Option<usize>) -> NextPiece {
        let (InputLocation::Pos(offset), ErrorVariant::ParsingError { positives, .. }) =
            (&error.location, &error.variant)
        else {
            let too_deep = SyntaxErrorKind::TooDeep { limit: scan::DEEPEST };
            return self.mistake(self.error(self.base..self.base, too_deep), None);
        };
        let at = self.base + offset;
        let error = self.syntax_error(positives, at, cut);
        let is_token = matches!(
            error.kind,
            SyntaxErrorKind::Expected { .. } | SyntaxErrorKind::TooDeep { .. }
        );
        let repeated = keys::find_repeated(self.text, self.base, at, is_token)
            .map(|key| self.repeated_key(key.literal, key.first, key.second));
        self.mistake(error, repeated)
    }

    /// Returns the error at `at`, where a match failed. Text that is not a token takes precedence
    /// over the tokens that were expected.
    fn syntax_error(&self, positives: &[Rule], at: usize, cut: Option<usize>) -> SyntaxError {
        let too_deep = SyntaxErrorKind::TooDeep { limit: scan::DEEPEST };
        let rest = &self.text[at..];
        match rest.chars().next() {
            Some('\'') => self.bad_string(at).unwrap_or_else(|| self.unexpected(positives, at)),
            Some('{' | '[') if cut == Some(at) => self.error(at..at + 1, too_deep),
            None | Some('{' | '}' | '[' | ']' | ':' | ',' | '#') => self.unexpected(positives, at),
            Some(_) if rest.starts_with("true") || rest.starts_with("false") => {
                self.unexpected(positives, at)
            }
            Some(_) => {
                let end = |c: char| "[]{}:,'".contains(c) || c.is_whitespace();
                let stray = &rest[..rest.find(end).unwrap_or(rest.len())];
                let text = stray.chars().take(40).flat_map(printable).collect();
                self.error(at..at + stray.len(), SyntaxErrorKind::Stray { text })
            }
        }
    }

    /// Returns the fault of the string at `at`, if it has one.
    fn bad_string(&self, at: usize) -> Option<SyntaxError> {
        Some(match scan::scan_string(self.text, at).err()? {
            BadString::Unterminated => {
                let length = self.text[at..].find('\n').unwrap_or(self.text.len() - at);
                self.error(at..at + length, SyntaxErrorKind::UnterminatedString)
            }
            BadString::FunnyCharacter(range) => self.error(range, SyntaxErrorKind::FunnyCharacter),
            BadString::UnknownEscape(range) => {
                let escaped = self.text[range.clone()].chars().nth(1).unwrap_or_default();
                self.error(range, SyntaxErrorKind::UnknownEscape { escaped })
            }
        })
    }

    /// Reports the token, or the end of the file, at `at`.
    fn unexpected(&self, expected: &[Rule], at: usize) -> SyntaxError {
        let mut tokens: Vec<Token> = expected.iter().filter_map(|&rule| token(rule)).collect();
        tokens.sort();
        let found = self.text[at..].chars().next();
        let open = self.open_bracket(at);
        let hint = match found {
            Some('}' | ']') if open.is_none() => Some("it closes nothing"),
            Some('}' | ']') if self.text[self.base..at].trim_end().ends_with(',') => {
                Some("no comma may follow the last one: remove it")
            }
            Some('#') => {
                Some("'##' starts documentation, which stands before a definition: write one '#'")
            }
            _ => None,
        };
        let kind = SyntaxErrorKind::Expected { tokens, hint };
        let end = match found {
            Some('\'') => scan::scan_string(self.text, at).unwrap_or(at + 1),
            Some('t') => at + 4,
            Some('f') => at + 5,
            Some('#') => at + 2,
            Some('{') if self.text[..at].ends_with('\n') => {
                return SyntaxError { other: open, ..self.error(at..at + 1, kind) };
            }
            Some(_) => at + 1,
            None => {
                // QEMU reports the end of a file at its last line end.
                let last = at - usize::from(self.text.ends_with('\n') && at > self.base);
                return SyntaxError { other: open, ..self.error(last..last, kind) };
            }
        };
        self.error(at..end, kind)
    }

    /// Finds the innermost bracket that is open at `end`.
    fn open_bracket(&self, end: usize) -> Option<Span> {
        let text = &self.text[..end];
        let mut open = Vec::new();
        let mut at = self.base;
        while let Some(&byte) = text.as_bytes().get(at) {
            match byte {
                b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
                b'\'' => at = scan::scan_string(text, at).map_or(text.len(), |end| end - 1),
                b'{' | b'[' => open.push(at),
                b'}' | b']' => drop(open.pop()),
                _ => {}
            }
            at += 1;
        }
        let at = open.pop()? as u32;
        Some(Span { file: self.file, start: at, end: at + 1 })
    }
}

/// Returns the next pair other than punctuation and comments.
fn next_token<'i>(pairs: &mut Pairs<'i, Rule>) -> Option<Pair<'i, Rule>> {
    pairs.find(|pair| {
        matches!(
            pair.as_rule(),
            Rule::string | Rule::object | Rule::array | Rule::boolean | Rule::doc | Rule::EOI
        )
    })
}

/// Returns the characters of a string between its quotes. A backslash escapes only itself.
fn unquoted(literal: &str) -> String {
    let inner = &literal[1..literal.len() - 1];
    if inner.contains('\\') { inner.replace("\\\\", "\\") } else { inner.to_owned() }
}

/// Returns the token of a rule; `None` for rules that messages do not mention.
fn token(rule: Rule) -> Option<Token> {
    Some(match rule {
        Rule::open_brace | Rule::object => Token::OpenBrace,
        Rule::open_bracket | Rule::array => Token::OpenBracket,
        Rule::colon => Token::Colon,
        Rule::comma => Token::Comma,
        Rule::close_bracket => Token::CloseBracket,
        Rule::string => Token::String,
        Rule::boolean => Token::Boolean,
        Rule::close_brace => Token::CloseBrace,
        _ => return None,
    })
}

/// Returns the character, or a printable escape of it.
fn printable(c: char) -> impl Iterator<Item = char> {
    let escape = c.is_control() || c == '\u{feff}';
    let (escaped, plain) = if escape { (Some(c.escape_default()), None) } else { (None, Some(c)) };
    escaped.into_iter().flatten().chain(plain)
}
