//! Arguments compared with their types.

use std::fmt;

use qapi::Value;
use qapi::introspect::{Entity, EntityKind};
use qapi_parser::nearest;

use super::types::{alternatives, description, fields, of_kind};

/// The values that a message lists at most.
const MOST_VALUES: usize = 8;

/// A fault in the arguments of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The place: names of members joined by `.`, elements as `[0]`.
    pub path: String,
    /// The fault.
    pub kind: FaultKind,
}

/// The kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The type has no such member.
    Unknown {
        /// The name that may have been meant.
        nearest: Option<String>,
    },
    /// A mandatory member is missing.
    Missing,
    /// The value is of another type.
    WrongType {
        /// The expected types.
        expected: String,
        /// The value.
        found: String,
    },
    /// The enumeration has no such value.
    UnknownValue {
        /// The value.
        value: String,
        /// The value that may have been meant.
        nearest: Option<String>,
        /// The values of a small enumeration.
        expected: Vec<String>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_argument = !self.path.contains(['.', '[']);
        let noun = if is_argument { "argument" } else { "member" };
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        let nearest = match &self.kind {
            FaultKind::Unknown { nearest } => {
                write!(f, "unknown {noun}")?;
                nearest
            }
            FaultKind::Missing => return write!(f, "missing {noun}"),
            FaultKind::WrongType { expected, found } => {
                return write!(f, "expected {expected}, found {found}");
            }
            FaultKind::UnknownValue { value, nearest, expected } => {
                write!(f, "unknown value '{value}'")?;
                if nearest.is_none() && !expected.is_empty() {
                    return write!(f, "; expected one of {}", expected.join(", "));
                }
                nearest
            }
        };
        match nearest {
            Some(name) => write!(f, "; did you mean '{name}'?"),
            None => Ok(()),
        }
    }
}

/// Returns the faults of the arguments of a command. `is_open` is true for a command that takes
/// arguments beyond its type (`'gen': false`), and `None` if that is unknown. Then the server
/// judges an unknown argument of a struct, unless its name resembles another.
pub(super) fn check_arguments(
    arguments: &Value,
    ty: Entity<'_>,
    is_open: Option<bool>,
) -> Vec<Fault> {
    let mut faults = check(arguments, ty, String::new());
    let may_be_open = ty.tag().is_none() && ty.members().next().is_some();
    faults.retain(|fault| match &fault.kind {
        FaultKind::Unknown { nearest } if !fault.path.contains(['.', '[']) => match is_open {
            Some(is_open) => !is_open,
            None => nearest.is_some() || !may_be_open,
        },
        _ => true,
    });
    faults
}

/// Returns the faults of a value at a path.
pub(super) fn check(value: &Value, ty: Entity<'_>, path: String) -> Vec<Fault> {
    let mut faults = Vec::new();
    Checker { faults: &mut faults }.value(value, ty, path);
    faults
}

fn unknown_value(text: &str, ty: Entity<'_>) -> FaultKind {
    let nearest = nearest(text, ty.values()).map(str::to_owned);
    let values: Vec<String> = ty.values().map(str::to_owned).collect();
    let expected = if values.len() > MOST_VALUES { Vec::new() } else { values };
    FaultKind::UnknownValue { value: text.to_owned(), nearest, expected }
}

/// Returns true if a type of this kind takes a scalar that is no string.
fn is_scalar(value: &Value, kind: EntityKind) -> bool {
    match value {
        Value::Null => kind == EntityKind::Null,
        Value::Bool(_) => kind == EntityKind::Boolean,
        Value::Int(_) | Value::Uint(_) => matches!(kind, EntityKind::Integer | EntityKind::Number),
        Value::Number(_) => kind == EntityKind::Number,
        _ => false,
    }
}

struct Checker<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Checker<'_> {
    fn report(&mut self, path: String, kind: FaultKind) {
        self.faults.push(Fault { path, kind });
    }

    fn value(&mut self, value: &Value, ty: Entity<'_>, path: String) {
        let alternatives = alternatives(ty);
        if alternatives.iter().any(|ty| ty.kind() == EntityKind::Any) {
            return;
        }
        let has = |kind| of_kind(ty, kind);
        match value {
            Value::String(text) => {
                let takes = |ty: &Entity<'_>| {
                    ty.kind() == EntityKind::String
                        || ty.kind() == EntityKind::Enum && ty.has_value(text)
                };
                if alternatives.iter().any(takes) {
                    return;
                }
                match has(EntityKind::Enum) {
                    Some(ty) => self.report(path, unknown_value(text, ty)),
                    None => self.wrong_type(value, ty, path),
                }
            }
            Value::List(elements) => match has(EntityKind::Array).and_then(|ty| ty.element()) {
                Some(element) => {
                    for (index, value) in elements.iter().enumerate() {
                        self.value(value, element, format!("{path}[{index}]"));
                    }
                }
                None => self.wrong_type(value, ty, path),
            },
            Value::Dict(_) => match has(EntityKind::Object) {
                Some(object) => self.object(value, object, path),
                None => self.wrong_type(value, ty, path),
            },
            _ => {
                let is_right = alternatives.iter().any(|ty| is_scalar(value, ty.kind()));
                if !is_right {
                    self.wrong_type(value, ty, path);
                }
            }
        }
    }

    fn wrong_type(&mut self, value: &Value, ty: Entity<'_>, path: String) {
        let found = match value {
            Value::Dict(_) => "an object".to_owned(),
            Value::List(_) => "an array".to_owned(),
            Value::String(text) => format!("string '{}'", text.escape_debug()),
            scalar => scalar.to_string(),
        };
        self.report(path, FaultKind::WrongType { expected: description(ty), found });
    }

    fn object(&mut self, value: &Value, object: Entity<'_>, path: String) {
        let fields = fields(object, value);
        let at =
            |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let mut suggested = Vec::new();
        for (name, value) in value.as_dict().into_iter().flatten() {
            if let Some(ty) = fields.get(name) {
                self.value(value, ty, at(name));
                continue;
            }
            // Without a valid tag, any branch may be meant.
            if !fields.has_branch && object.member(name).is_some() {
                continue;
            }
            let nearest = nearest(name, fields.members.iter().map(|(field, _)| *field));
            suggested.extend(nearest);
            let nearest = nearest.map(str::to_owned);
            self.report(at(name), FaultKind::Unknown { nearest });
        }
        for (name, ty) in &fields.members {
            let is_missing = value.get(name).is_none() && !ty.is_optional();
            if is_missing && !suggested.contains(name) {
                self.report(at(name), FaultKind::Missing);
            }
        }
    }
}
