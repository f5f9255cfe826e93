//! JSON values of messages with their places.

use std::collections::HashSet;
use std::ops::Range;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use super::error::ExampleError;
use super::grammar::{Grammar, Rule};
use crate::source::{FileId, Span};

/// Maximum nesting. The grammar recurses.
pub(super) const DEEPEST: usize = 100;

/// A JSON value and its place.
#[derive(Debug)]
pub(super) struct Json {
    pub(super) kind: JsonKind,
    pub(super) span: Span,
}

/// A JSON value.
#[derive(Debug)]
pub(super) enum JsonKind {
    Null,
    Bool,
    /// A number as written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<JsonMember>),
}

/// A member of a JSON object.
#[derive(Debug)]
pub(super) struct JsonMember {
    pub(super) name: String,
    pub(super) name_span: Span,
    pub(super) value: Json,
}

impl Json {
    /// Returns the kind of value for messages.
    pub(super) fn found(&self) -> &'static str {
        match &self.kind {
            JsonKind::Null => "null",
            JsonKind::Bool => "boolean",
            JsonKind::Number(_) => "number",
            JsonKind::String(_) => "string",
            JsonKind::Array(_) => "array",
            JsonKind::Object(_) => "object",
        }
    }

    /// Returns the part of the place on the first line: of objects and arrays the opening bracket.
    pub(super) fn start(&self) -> Span {
        match self.kind {
            JsonKind::Array(_) | JsonKind::Object(_) => {
                Span { end: self.span.start + 1, ..self.span }
            }
            _ => self.span,
        }
    }
}

/// Parses the JSON value at `range` of a file's text.
///
/// # Errors
/// The first syntax error, or a member twice in one object, with its place.
pub(super) fn parse(
    file: FileId,
    text: &str,
    range: Range<usize>,
) -> Result<Json, (Span, ExampleError)> {
    let reader = MessageReader { file, base: range.start };
    let text = &text[range];
    match Grammar::parse(Rule::message, text) {
        Ok(mut pairs) => match pairs.next() {
            Some(pair) => reader.value(pair),
            None => Err(reader.syntax_error(text, 0, &[])),
        },
        Err(error) => {
            let at = match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
            };
            let expected = match &error.variant {
                ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
                ErrorVariant::CustomError { .. } => &[],
            };
            Err(reader.syntax_error(text, at, expected))
        }
    }
}

/// Converts places in a message to places in its file.
struct MessageReader {
    file: FileId,
    base: usize,
}

impl MessageReader {
    fn span(&self, range: Range<usize>) -> Span {
        let (start, end) = (self.base + range.start, self.base + range.end);
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    fn value(&self, pair: Pair<'_, Rule>) -> Result<Json, (Span, ExampleError)> {
        let span = pair.as_span();
        let span = self.span(span.start()..span.end());
        let kind = match pair.as_rule() {
            Rule::object => JsonKind::Object(self.members(pair)?),
            Rule::array => JsonKind::Array(
                values(pair.into_inner()).map(|item| self.value(item)).collect::<Result<_, _>>()?,
            ),
            Rule::string => JsonKind::String(unescape(pair.as_str())),
            Rule::number => JsonKind::Number(pair.as_str().to_owned()),
            _ if pair.as_str() == "null" => JsonKind::Null,
            _ => JsonKind::Bool,
        };
        Ok(Json { kind, span })
    }

    fn members(&self, pair: Pair<'_, Rule>) -> Result<Vec<JsonMember>, (Span, ExampleError)> {
        let mut members = Vec::new();
        let mut names = HashSet::new();
        let mut inner = values(pair.into_inner());
        while let (Some(key), Some(value)) = (inner.next(), inner.next()) {
            let name = unescape(key.as_str());
            let name_span = self.span(key.as_span().start()..key.as_span().end());
            if !names.insert(name.clone()) {
                return Err((name_span, ExampleError::DuplicateMember { name }));
            }
            members.push(JsonMember { name, name_span, value: self.value(value)? });
        }
        Ok(members)
    }

    fn syntax_error(&self, text: &str, at: usize, expected: &[Rule]) -> (Span, ExampleError) {
        let width = text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        let mut names: Vec<&str> = expected.iter().filter_map(|&rule| token(rule)).collect();
        if VALUES.iter().all(|name| names.contains(name)) {
            names.retain(|name| !VALUES.contains(name));
            names.push("a value");
        }
        names.sort_unstable();
        names.dedup();
        let expected = match names.as_slice() {
            [] => "a value".to_owned(),
            [name] => (*name).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        (self.span(at..at + width), ExampleError::Syntax { expected })
    }
}

/// Returns the pairs that are values or names, without punctuation.
fn values(pairs: Pairs<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pairs.filter(|pair| {
        let rule = pair.as_rule();
        matches!(rule, Rule::object | Rule::array | Rule::string | Rule::number | Rule::literal)
    })
}

/// The names of all values in messages.
const VALUES: &[&str] = &["an object", "an array", "a string", "a number", "true, false or null"];

/// Returns the name of a rule in messages.
fn token(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the message",
        Rule::close_brace => "'}'",
        Rule::close_bracket => "']'",
        Rule::colon => "':'",
        Rule::comma => "','",
        Rule::object | Rule::open_brace => "an object",
        Rule::array | Rule::open_bracket => "an array",
        Rule::string => "a string",
        Rule::number => "a number",
        Rule::literal => "true, false or null",
        _ => return None,
    })
}

/// Returns the text of a valid string literal with its quotes.
fn unescape(literal: &str) -> String {
    let inner = &literal[1..literal.len() - 1];
    let mut text = String::with_capacity(inner.len());
    let mut units = Vec::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        if escaped == Some('u') {
            let digits: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&digits, 16).unwrap_or_default());
            continue;
        }
        text.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        text.push(match escaped {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(other) => other,
            None => c,
        });
    }
    text.push_str(&String::from_utf16_lossy(&units));
    text
}
