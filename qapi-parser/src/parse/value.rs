//! Converts the grammar's pairs to values with an explicit stack, as the input may nest deeply.

use pest::iterators::{Pair, Pairs};

use super::keys::KeySet;
use super::{PieceReader, Rule, SyntaxError, next_token, unquoted};
use crate::expression::{Object, Text, Value};
use crate::source::Span;

/// An array or object whose end has not been reached.
struct Open<'i> {
    rest: Pairs<'i, Rule>,
    span: Span,
    content: Content<'i>,
}

enum Content<'i> {
    Array(Vec<Value>),
    Object {
        members: Vec<(Text, Value)>,
        keys: KeySet<'i>,
        /// The key whose value comes next.
        key: Option<Text>,
    },
}

impl<'i> Open<'i> {
    fn new(pair: Pair<'i, Rule>, span: Span) -> Self {
        let content = match pair.as_rule() {
            Rule::object => {
                Content::Object { members: Vec::new(), keys: KeySet::default(), key: None }
            }
            _ => Content::Array(Vec::new()),
        };
        Open { rest: pair.into_inner(), span, content }
    }

    fn add(&mut self, value: Value) {
        match &mut self.content {
            Content::Array(items) => items.push(value),
            Content::Object { members, key, .. } => members.extend(key.take().zip(Some(value))),
        }
    }

    fn close(self) -> Value {
        match self.content {
            Content::Array(items) => Value::Array(items, self.span),
            Content::Object { members, .. } => Value::Object(Object { members, span: self.span }),
        }
    }
}

impl PieceReader<'_> {
    /// Converts the value that `pair` matched.
    ///
    /// # Errors
    ///
    /// If an object in it repeats a key.
    pub(super) fn value(&self, pair: Pair<'_, Rule>) -> Result<Value, SyntaxError> {
        let mut open: Vec<Open> = Vec::new();
        let mut next = Some(pair);
        loop {
            let finished = match next {
                None => open.pop().map(Open::close),
                Some(pair) => match (pair.as_rule(), open.last_mut().map(|open| &mut open.content))
                {
                    (_, Some(Content::Object { keys, key: key @ None, .. })) => {
                        *key = Some(self.key(&pair, keys)?);
                        None
                    }
                    (Rule::object | Rule::array, _) => {
                        let span = self.span(&pair);
                        open.push(Open::new(pair, span));
                        None
                    }
                    (Rule::boolean, _) => {
                        Some(Value::Bool(pair.as_str() == "true", self.span(&pair)))
                    }
                    _ => Some(Value::String(self.string(&pair))),
                },
            };
            if let Some(value) = finished {
                match open.last_mut() {
                    Some(parent) => parent.add(value),
                    None => return Ok(value),
                }
            }
            next = open.last_mut().and_then(|open| next_token(&mut open.rest));
        }
    }

    fn key<'i>(&self, pair: &Pair<'i, Rule>, keys: &mut KeySet<'i>) -> Result<Text, SyntaxError> {
        let key = self.string(pair);
        match keys.insert(pair.as_str(), key.span.start as usize) {
            None => Ok(key),
            Some(first) => Err(self.repeated_key(pair.as_str(), first, key.span.start as usize)),
        }
    }

    fn string(&self, pair: &Pair<'_, Rule>) -> Text {
        Text { text: unquoted(pair.as_str()), span: self.span(pair) }
    }
}

#[cfg(test)]
mod tests {
    use crate::expression::{Object, Value};
    use crate::parse::{Piece, Pieces};
    use crate::source::SourceMap;

    #[test]
    fn spans_of_values_include_their_delimiters() {
        let text = "# Ünïcode moves columns and bytes apart.\n\
                    { 'data': { 'by': [ 'int' ], '*hard': true }, 'returns': 'Po\\\\int' }\n";
        let mut sources = SourceMap::default();
        let file = sources.add("a.json".into(), "a.json".to_owned(), text.to_owned(), None);
        let mut pieces = Pieces::new(file, sources.file(file).shared_text(), false);
        let Some(Piece::Object(object)) = pieces.next() else { panic!("an object") };
        let text = |span| sources.text(span);

        assert!(text(object.span).starts_with("{ 'data'") && text(object.span).ends_with("int' }"));
        let (key, value) = &object.members[0];
        assert_eq!(text(key.span), "'data'");
        assert_eq!(text(value.span()), "{ 'by': [ 'int' ], '*hard': true }");
        let Value::Object(Object { members, .. }) = value else { panic!("an object") };
        assert_eq!(text(members[0].1.span()), "[ 'int' ]");
        assert_eq!(text(members[1].1.span()), "true");
        let Some(Value::String(returns)) = object.get("returns") else { panic!("a string") };
        assert_eq!((returns.text.as_str(), text(returns.span)), ("Po\\int", "'Po\\\\int'"));
    }
}
