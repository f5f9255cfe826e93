//! Values of any shape: QAPI's `any` and what is kept as it came.

use std::fmt;

use crate::json::{Node, Token};
use crate::walk::{Field, Reader, Stop, Writer};

/// QAPI's `any`: a JSON value whose shape no schema tells.
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

/// A JSON object: members in the order in which they came, each name once.
///
/// Meant for the few members of a message: looking one up takes time in proportion to their number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dict {
    members: Vec<(String, Value)>,
}

impl Dict {
    /// An object without members.
    pub fn new() -> Dict {
        Dict::default()
    }

    /// The value of member `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Sets member `name`; gives back its value from before.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        match self.members.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => Some(std::mem::replace(old, value)),
            None => {
                self.members.push((name, value));
                None
            }
        }
    }

    /// Takes member `name` out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.members.iter().position(|(key, _)| key == name)?;
        Some(self.members.remove(index).1)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Adds a member whose name is known to be new.
    pub(crate) fn push(&mut self, name: &str, value: Value) {
        self.members.push((name.to_owned(), value));
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Dict {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Dict {
        let mut dict = Dict::new();
        for (name, value) in members {
            dict.insert(name, value);
        }
        dict
    }
}

impl<N: Into<String>, V: Into<Value>, const LENGTH: usize> From<[(N, V); LENGTH]> for Dict {
    fn from(members: [(N, V); LENGTH]) -> Dict {
        members.into_iter().collect()
    }
}

impl IntoIterator for Dict {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
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

    /// The value of an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
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

impl Dict {
    pub(crate) fn of(node: Node<'_>) -> Dict {
        let mut dict = Dict { members: Vec::with_capacity(node.count()) };
        for (name, value) in node.members() {
            dict.push(name, Value::of(value));
        }
        dict
    }
}

impl From<Node<'_>> for Value {
    fn from(node: Node<'_>) -> Value {
        Value::of(node)
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $made:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Value {
                $made
            }
        }
    )*};
}

from! {
    bool => |value| Value::Bool(value);
    i64 => |value| Value::Int(value);
    i32 => |value| Value::Int(value.into());
    u32 => |value| Value::Int(value.into());
    u64 => |value| i64::try_from(value).map_or(Value::Uint(value), Value::Int);
    f64 => |value| Value::Number(value);
    &str => |value| Value::String(value.to_owned());
    String => |value| Value::String(value);
    Vec<Value> => |value| Value::List(value);
    Dict => |value| Value::Dict(value);
    Null => |_value| Value::Null;
}

/// The text that QMP's writer gives.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::walk::to_text(self))
    }
}

/// The text that QMP's writer gives.
impl fmt::Display for Dict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::walk::to_text(self))
    }
}

impl Field for Value {
    fn read(r: &mut Reader<'_>) -> Result<Self, Stop> {
        Ok(Value::of(r.node()))
    }

    fn write(&self, w: &mut Writer<'_>) {
        match self {
            Value::Null => w.null(),
            Value::Bool(value) => w.bool(*value),
            Value::Int(number) => w.int(*number),
            Value::Uint(number) => w.uint(*number),
            Value::Number(number) => w.number(*number),
            Value::String(string) => w.string(string),
            Value::List(list) => w.list(list),
            Value::Dict(dict) => dict.write(w),
        }
    }
}

impl Field for Dict {
    fn read(r: &mut Reader<'_>) -> Result<Self, Stop> {
        r.dict().map(Dict::of)
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.dict(self.iter());
    }
}

impl Field for Null {
    fn read(r: &mut Reader<'_>) -> Result<Self, Stop> {
        r.null().map(|()| Null)
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.null();
    }
}
