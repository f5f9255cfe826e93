//! Values of any shape: QAPI's `any`, raw replies and raw events.

mod convert;
mod dict;
mod sink;

pub(crate) use convert::to_document;
pub use dict::{Dict, Members};
pub(crate) use sink::ValueSink;

use std::ops::Index;

use crate::json::{Node, Token};

/// QAPI's `any`: a JSON value that no schema describes.
///
/// ```
/// use qapi::{Value, dict};
///
/// let reply = Value::from(dict! { "status": "paused", "cpus": [0, 1] });
/// assert_eq!(reply["status"].as_str(), Some("paused"));
/// assert_eq!(reply["cpus"][1].as_u64(), Some(1));
/// assert!(reply["absent"].is_null());
/// for (name, value) in reply.as_dict().into_iter().flatten() {
///     println!("{name}: {value}");
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer that fits
    Int(i64),
    /// An integer above `i64::MAX`
    Uint(u64),
    /// Any other number
    Number(f64),
    /// A string
    String(String),
    /// An array
    List(Vec<Value>),
    /// An object
    Dict(Dict),
}

/// QAPI's `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Null;

/// The branch of a union whose discriminator the schema does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownBranch {
    /// The discriminator's value.
    pub discriminator: String,
    /// The members that the union's base does not have.
    pub members: Dict,
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(string) => Some(string),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of an integer that fits `i64`.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of an integer that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Int(number) => u64::try_from(*number).ok(),
            Value::Uint(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of any number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Uint(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns true for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The members of an object.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Value::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The elements of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The member `name`, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_dict()?.get(name)
    }

    pub(crate) fn of(node: Node<'_>) -> Value {
        let entry = node.entry();
        match entry.token {
            Token::Null => Value::Null,
            Token::Bool => Value::Bool(entry.payload != 0),
            Token::Int => Value::Int(entry.payload as i64),
            Token::Uint => Value::Uint(entry.payload),
            Token::Double => Value::Number(f64::from_bits(entry.payload)),
            Token::Text | Token::Decoded => Value::String(node.document.str(node.index).to_owned()),
            Token::List => Value::List(node.elements().map(Value::of).collect()),
            Token::Dict => Value::Dict(Dict::of(node)),
        }
    }
}

/// Returns the member; [`Value::Null`] if this is no object or lacks it.
impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

/// Returns the element; [`Value::Null`] if this is no list or is shorter.
impl Index<usize> for Value {
    type Output = Value;

    fn index(&self, index: usize) -> &Value {
        self.as_list().and_then(|list| list.get(index)).unwrap_or(&Value::Null)
    }
}

impl From<Node<'_>> for Value {
    fn from(node: Node<'_>) -> Value {
        Value::of(node)
    }
}
