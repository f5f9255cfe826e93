//! A file's text to objects and documentation blocks, in order. The only file naming pest rules.

mod error;
mod scan;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};
use pest_derive::Parser;

use crate::doc::{self, ParsedDoc};
use crate::expression::{Object, Text, Value};
use crate::source::{FileId, Span};
pub(crate) use error::SyntaxError;
pub use error::{SyntaxErrorKind, Token};
use scan::BadString;

/// The most syntax errors reported of a file; at the next the rest of it is not looked at.
const MOST_ERRORS: usize = 50;

/// Among so few keys looking at each is the fastest way to find a repeated one.
const FEW_KEYS: usize = 16;

#[derive(Parser)]
#[grammar = "qapi.pest"]
struct Grammar;

/// What stands at a file's top level.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A comment block from `##` to `##`.
    Doc(ParsedDoc),
    /// An object.
    Object(Object),
    /// Something that is not to the grammar, or no object.
    Error(SyntaxError),
}

/// The pieces of a file. Behind a mistake they go on at the next line that starts like a piece.
pub(crate) struct Pieces {
    file: FileId,
    text: Arc<str>,
    /// Where the next one is looked for.
    base: usize,
    errors: usize,
    /// Checks the style of documentation.
    style: bool,
}

impl Pieces {
    pub(crate) fn new(file: FileId, text: Arc<str>, style: bool) -> Pieces {
        Pieces { file, text, base: 0, errors: 0, style }
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let reader =
            Reader { file: self.file, text: &self.text, base: self.base, style: self.style };
        let (mut piece, mut next) = reader.piece()?;
        if matches!(piece, Piece::Error(_)) {
            self.errors += 1;
            if self.errors > MOST_ERRORS {
                piece = Piece::Error(
                    reader.error(self.base..self.base, SyntaxErrorKind::TooManyErrors),
                );
                next = self.text.len();
            }
        }
        self.base = next;
        Some(piece)
    }
}

/// Reads the piece that comes next behind `base`.
struct Reader<'a> {
    file: FileId,
    text: &'a str,
    base: usize,
    style: bool,
}

impl Reader<'_> {
    /// The next piece and where to go on; nothing at the end of the file.
    fn piece(&self) -> Option<(Piece, usize)> {
        let cut = scan::find_cut(self.text, self.base);
        let end = cut.unwrap_or(self.text.len());
        let mut pairs = match Grammar::parse(Rule::item, &self.text[self.base..end]) {
            Ok(pairs) => tokens(pairs),
            Err(error) => return Some(self.mistake(self.syntax_error(&error, cut))),
        };
        let pair = pairs.next()?;
        let span = self.span(&pair);
        let piece = match pair.as_rule() {
            Rule::EOI => {
                let at = cut?;
                return Some(self.mistake(self.bad_string(at)?));
            }
            Rule::doc => {
                let doc = doc::parse(self.text, span, self.style);
                let end = doc.block.span.end as usize;
                return Some((Piece::Doc(doc), end));
            }
            Rule::object => self.object(pair).map_or_else(Piece::Error, Piece::Object),
            _ => {
                let error = self
                    .error(span.start as usize..span.end as usize, SyntaxErrorKind::NotAnObject);
                return Some((Piece::Error(error), self.next_start(span.end as usize)));
            }
        };
        Some((piece, span.end as usize))
    }

    /// A piece that could not be read, and where the next one starts.
    fn mistake(&self, error: SyntaxError) -> (Piece, usize) {
        let next = self.next_start(error.span.start as usize);
        (Piece::Error(error), next)
    }

    /// The first line at or behind `from` that starts an expression or a documentation block; always
    /// behind `base`.
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

    fn object(&self, pair: Pair<'_, Rule>) -> Result<Object, SyntaxError> {
        let span = self.span(&pair);
        let mut members: Vec<(Text, Value)> = Vec::new();
        let mut keys = HashSet::new();
        let mut inner = tokens(pair.into_inner());
        while let (Some(key), Some(value)) = (inner.next(), inner.next()) {
            let key = self.string(&key);
            if members.len() == FEW_KEYS {
                keys.extend(members.iter().map(|(key, _)| key.text.clone()));
            }
            let perhaps_repeated = members.len() < FEW_KEYS || !keys.insert(key.text.clone());
            if perhaps_repeated
                && let Some((first, _)) = members.iter().find(|(name, _)| name.text == key.text)
            {
                let other = Some(first.span);
                let kind = SyntaxErrorKind::DuplicateKey { key: key.text };
                return Err(SyntaxError { span: key.span, kind, other });
            }
            members.push((key, self.value(value)?));
        }
        Ok(Object { members, span })
    }

    fn value(&self, pair: Pair<'_, Rule>) -> Result<Value, SyntaxError> {
        Ok(match pair.as_rule() {
            Rule::object => Value::Object(self.object(pair)?),
            Rule::array => {
                let span = self.span(&pair);
                let items = tokens(pair.into_inner()).map(|item| self.value(item));
                Value::Array(items.collect::<Result<_, _>>()?, span)
            }
            Rule::boolean => Value::Bool(pair.as_str() == "true", self.span(&pair)),
            _ => Value::String(self.string(&pair)),
        })
    }

    fn string(&self, pair: &Pair<'_, Rule>) -> Text {
        let literal = pair.as_str();
        let inner = &literal[1..literal.len() - 1];
        let text =
            if inner.contains('\\') { inner.replace("\\\\", "\\") } else { inner.to_owned() };
        Text { text, span: self.span(pair) }
    }

    fn error(&self, range: Range<usize>, kind: SyntaxErrorKind) -> SyntaxError {
        let span = Span { file: self.file, start: range.start as u32, end: range.end as u32 };
        SyntaxError { span, kind, other: None }
    }

    /// What a failed match means. Text that is no token comes first, whatever was expected there.
    fn syntax_error(&self, error: &pest::error::Error<Rule>, cut: Option<usize>) -> SyntaxError {
        let too_deep = SyntaxErrorKind::TooDeep { limit: scan::DEEPEST };
        let (InputLocation::Pos(offset), ErrorVariant::ParsingError { positives, .. }) =
            (&error.location, &error.variant)
        else {
            return self.error(self.base..self.base, too_deep);
        };
        let at = self.base + offset;
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

    /// What is wrong with the string at `at`, if anything is.
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

    /// A token that cannot stand at `at`, or the end of the file.
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
                // The reference reports the end of a file at its last line end.
                let last = at - usize::from(self.text.ends_with('\n') && at > self.base);
                return SyntaxError { other: open, ..self.error(last..last, kind) };
            }
        };
        self.error(at..end, kind)
    }

    /// The innermost bracket that is open at `end`.
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

/// The pairs that carry meaning, punctuation and comments left out.
fn tokens(pairs: Pairs<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pairs.filter(|pair| {
        matches!(
            pair.as_rule(),
            Rule::string | Rule::object | Rule::array | Rule::boolean | Rule::doc | Rule::EOI
        )
    })
}

/// How people call a rule; nothing for what is never missed.
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

/// The character, or an escape that can be shown.
fn printable(c: char) -> impl Iterator<Item = char> {
    let escape = c.is_control() || c == '\u{feff}';
    let (escaped, plain) = if escape { (Some(c.escape_default()), None) } else { (None, Some(c)) };
    escaped.into_iter().flatten().chain(plain)
}
