//! The parser's output: a schema's text as values.

use crate::doc::DocBlock;
use crate::source::Span;

/// A top-level object of a schema file with the documentation that precedes it.
#[derive(Debug)]
pub(crate) struct Expression {
    /// The members of the object in the order of writing.
    pub(crate) object: Object,
    /// The definition documentation directly before the object.
    pub(crate) doc: Option<DocBlock>,
}

/// A value of the schema language. It has no numbers and no null.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A string, its escapes resolved.
    String(Text),
    /// `true` or `false`.
    Bool(bool, Span),
    /// `[ ... ]`.
    Array(Vec<Value>, Span),
    /// `{ ... }`.
    Object(Object),
}

impl Value {
    /// Returns the place of the value, delimiters included.
    pub(crate) fn span(&self) -> Span {
        match self {
            Value::String(text) => text.span,
            Value::Bool(_, span) | Value::Array(_, span) => *span,
            Value::Object(object) => object.span,
        }
    }
}

/// A string and its place, quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The characters, escapes resolved.
    pub(crate) text: String,
    /// The literal with its quotes.
    pub(crate) span: Span,
}

/// An object's members in the order of writing; the parser has refused repeated keys.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// Key and value of each member.
    pub(crate) members: Vec<(Text, Value)>,
    /// From brace to brace.
    pub(crate) span: Span,
}

impl Object {
    /// Returns the value under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.members.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }
}
