//! What is wrong with a value, and where.

use std::fmt;

use crate::QmpError;
use crate::json::{JsonError, Kind, Node};

/// A text that is not of the wanted type: what is wrong, and at which member.
///
/// [`Display`](fmt::Display) gives the words that a QMP server answers with, which name the member by its path or
/// by its last part only; [`path`](DecodeError::path) always has all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    name: Option<String>,
    kind: DecodeErrorKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The text is not JSON.
    Json(JsonError),
    /// A mandatory member is absent.
    Missing,
    /// A member that the type does not have.
    Unexpected,
    /// A value of another JSON type; `expected` is JSON's name of the right one.
    Type {
        /// `string`, `object` ...
        expected: &'static str,
    },
    /// Not a number of unsigned 64 bits, to which QMP counts the negative ones of signed 64 bits.
    NotUint64,
    /// An integer that is too large or too small; `expected` is its type in C.
    Range {
        /// `int8_t`, `uint32_t` ...
        expected: &'static str,
    },
    /// A name that the enumeration does not have.
    Value {
        /// What was given.
        value: String,
    },
    /// An alternate has nothing for this JSON type.
    Alternative {
        /// The alternate's name.
        alternate: &'static str,
    },
    /// The compat policy refuses the member or the value.
    Policy {
        /// What is refused, as in `Deprecated parameter foo`.
        what: String,
        /// Whether the policy wants the process to end at once.
        crash: bool,
    },
}

impl DecodeError {
    /// Where: names joined by `.`, elements as `[0]`; empty for the value as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Whether the policy wants the process to end at once.
    pub fn is_crash(&self) -> bool {
        matches!(self.kind, DecodeErrorKind::Policy { crash: true, .. })
    }

    /// An error at the value `index` below `root`; at the member `below` of it, if given.
    pub(crate) fn locate(
        root: Node<'_>,
        index: u32,
        below: Option<&str>,
        kind: DecodeErrorKind,
    ) -> DecodeError {
        let mut place = Place { path: String::new(), name: None };
        let mut node = root;
        while node.index < index {
            match place.step(node, index) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        if let Some(below) = below {
            place.enter(below);
        }
        DecodeError { path: place.path, name: place.name.map(str::to_owned), kind }
    }
}

/// A path on its way down.
struct Place<'p> {
    path: String,
    name: Option<&'p str>,
}

impl<'p> Place<'p> {
    fn enter(&mut self, name: &'p str) {
        // A name may be empty, too.
        if !self.path.is_empty() || self.name.is_some() {
            self.path.push('.');
        }
        self.path.push_str(name);
        self.name = Some(name);
    }

    /// Goes to the part of `node` that holds the entry `index`.
    fn step<'d: 'p>(&mut self, node: Node<'d>, index: u32) -> Option<Node<'d>> {
        if node.kind() == Kind::Dict {
            let (name, value) = node.members().find(|(_, value)| index < value.entry().next)?;
            self.enter(name);
            return Some(value);
        }
        let (position, value) =
            node.elements().enumerate().find(|(_, value)| index < value.entry().next)?;
        self.path.push_str(&format!("[{position}]"));
        self.name = None;
        Some(value)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.path.is_empty() && self.name.is_none();
        let path = if whole { "<anonymous>" } else { &self.path };
        let name = self.name.as_deref().unwrap_or("null");
        match &self.kind {
            DecodeErrorKind::Json(error) => error.fmt(f),
            DecodeErrorKind::Missing => write!(f, "Parameter '{path}' is missing"),
            DecodeErrorKind::Unexpected => write!(f, "Parameter '{path}' is unexpected"),
            DecodeErrorKind::Type { expected } => {
                write!(f, "Invalid parameter type for '{path}', expected: {expected}")
            }
            DecodeErrorKind::NotUint64 => write!(f, "Parameter '{path}' expects uint64"),
            DecodeErrorKind::Range { expected } => {
                write!(f, "Parameter '{name}' expects {expected}")
            }
            DecodeErrorKind::Value { value } => {
                write!(f, "Parameter '{name}' does not accept value '{value}'")
            }
            DecodeErrorKind::Alternative { alternate } => {
                write!(f, "Invalid parameter type for '{name}', expected: {alternate}")
            }
            DecodeErrorKind::Policy { what, .. } => write!(f, "{what} disabled by policy"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<JsonError> for DecodeError {
    fn from(error: JsonError) -> DecodeError {
        DecodeError { path: String::new(), name: None, kind: DecodeErrorKind::Json(error) }
    }
}

impl From<DecodeError> for QmpError {
    fn from(error: DecodeError) -> QmpError {
        QmpError::generic(error.to_string())
    }
}
