//! Errors of decoding, with their place.

use std::fmt;

use crate::error::QmpError;
use crate::json::{self, JsonError, Kind, Node};

/// A text that is not of the wanted type: what is wrong, and at which member.
///
/// [`Display`](fmt::Display) gives the words that a QMP server answers with, which name the member
/// by its path or by its last part only; [`path`](DecodeError::path) always has all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    name: Option<String>,
    kind: DecodeErrorKind,
    found: Option<String>,
}

/// The fault.
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
        /// The given value.
        value: String,
    },
    /// An alternate has nothing for this JSON type.
    Alternative {
        /// The alternate's name.
        alternate: &'static str,
    },
    /// The compat policy refuses the member or the value.
    Policy {
        /// The refused thing, as in `Deprecated parameter foo`.
        what: String,
        /// The policy wants the process to end at once.
        crash: bool,
    },
}

impl DecodeError {
    /// The place: names joined by `.`, elements as `[0]`; empty for the value as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The fault.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Returns true if the policy wants the process to end at once.
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
        let found = below.is_none().then(|| excerpt(node));
        if let Some(below) = below {
            place.enter(below);
        }
        DecodeError { path: place.path, name: place.name.map(str::to_owned), kind, found }
    }

    /// The value that was found there, as JSON; long ones are cut, objects and lists are `{...}`
    /// and `[...]`.
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// The error in plain words instead of those of a QMP server: `status: unknown value 'novel'`.
    pub fn plain(&self) -> impl fmt::Display {
        Plain(self)
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

/// Longest value that an error shows, in characters.
const LONGEST: usize = 100;

fn excerpt(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Dict => "{...}".to_owned(),
        Kind::List => "[...]".to_owned(),
        Kind::String => {
            let text = node.as_str().unwrap_or_default();
            let (start, rest) = match text.char_indices().nth(LONGEST) {
                Some((end, _)) => (&text[..end], "..."),
                None => (text, ""),
            };
            let mut quoted = String::new();
            json::write_string(&mut quoted, start);
            quoted + rest
        }
        _ => node.to_string(),
    }
}

struct Plain<'e>(&'e DecodeError);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DecodeError { path, name, kind, found } = self.0;
        if !path.is_empty() || name.is_some() {
            write!(f, "{path}: ")?;
        }
        let expected = match kind {
            DecodeErrorKind::Json(error) => return error.fmt(f),
            DecodeErrorKind::Missing => return f.write_str("missing"),
            DecodeErrorKind::Unexpected => return f.write_str("unexpected member"),
            DecodeErrorKind::Value { value } => return write!(f, "unknown value '{value}'"),
            DecodeErrorKind::Policy { what, .. } => return write!(f, "{what} disabled by policy"),
            DecodeErrorKind::Type { expected } | DecodeErrorKind::Range { expected } => expected,
            DecodeErrorKind::NotUint64 => "uint64",
            DecodeErrorKind::Alternative { alternate } => alternate,
        };
        write!(f, "expected {expected}")?;
        found.as_ref().map_or(Ok(()), |found| write!(f, ", found {found}"))
    }
}

impl From<JsonError> for DecodeError {
    fn from(error: JsonError) -> DecodeError {
        let kind = DecodeErrorKind::Json(error);
        DecodeError { path: String::new(), name: None, kind, found: None }
    }
}

impl From<DecodeError> for QmpError {
    fn from(error: DecodeError) -> QmpError {
        QmpError::generic(error.to_string())
    }
}
