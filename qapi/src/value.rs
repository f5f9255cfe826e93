//! Values of any shape: QAPI's `any`, raw replies and raw events.

use std::fmt;

use crate::json::{Node, Token};
use crate::walk::{Field, Reader, Stop, Writer};

/// QAPI's `any`: a JSON value that no schema describes.
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
/// Made by [`dict!`](crate::dict). Looking up a member takes time in proportion to their number.
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

    /// Sets member `name`; returns its earlier value.
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

    /// Returns true if there is a member `name`.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value of member `name`, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.members.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Removes member `name` and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.members.iter().position(|(key, _)| key == name)?;
        Some(self.members.remove(index).1)
    }

    /// The members in order.
    pub fn iter(&self) -> Members<'_> {
        Members(self.members.iter())
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns true if there are no members.
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
        dict.extend(members);
        dict
    }
}

/// Sets members, each as [`Dict::insert`] does.
impl<N: Into<String>, V: Into<Value>> Extend<(N, V)> for Dict {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, members: I) {
        for (name, value) in members {
            self.insert(name, value);
        }
    }
}

/// The members of a [`Dict`] in order.
#[derive(Debug, Clone)]
pub struct Members<'d>(std::slice::Iter<'d, (String, Value)>);

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, &'d Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_str(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Members<'_> {}

impl DoubleEndedIterator for Members<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(name, value)| (name.as_str(), value))
    }
}

impl<'d> IntoIterator for &'d Dict {
    type Item = (&'d str, &'d Value);
    type IntoIter = Members<'d>;

    fn into_iter(self) -> Members<'d> {
        self.iter()
    }
}

/// Makes a [`Dict`]. Names are literals or, in parentheses, expressions; values are whatever becomes a [`Value`].
///
/// ```
/// use qapi::dict;
///
/// let name = "size";
/// let node = dict! {
///     "driver": "null-co",
///     (name): 1_u64 << 20,
///     "read-zeroes": true,
///     "file": dict! { "locking": None::<bool> },
///     "children": ["a", "b"],
/// };
/// let text = r#"{"driver": "null-co", "size": 1048576, "read-zeroes": true, "file": {"locking": null}, "children": ["a", "b"]}"#;
/// assert_eq!(node.to_string(), text);
/// ```
#[macro_export]
macro_rules! dict {
    ($($name:tt : $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut dict = $crate::Dict::new();
        $(dict.insert($name, $value);)*
        dict
    }};
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
    i8 => |value| Value::Int(value.into());
    i16 => |value| Value::Int(value.into());
    i32 => |value| Value::Int(value.into());
    i64 => |value| Value::Int(value);
    isize => |value| Value::from(value as i64);
    u8 => |value| Value::Int(value.into());
    u16 => |value| Value::Int(value.into());
    u32 => |value| Value::Int(value.into());
    u64 => |value| i64::try_from(value).map_or(Value::Uint(value), Value::Int);
    usize => |value| Value::from(value as u64);
    f32 => |value| Value::Number(value.into());
    f64 => |value| Value::Number(value);
    &str => |value| Value::String(value.to_owned());
    &String => |value| Value::String(value.clone());
    String => |value| Value::String(value);
    Dict => |value| Value::Dict(value);
    Null => |_value| Value::Null;
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Value {
        list.into_iter().collect()
    }
}

impl<T: Into<Value>, const LENGTH: usize> From<[T; LENGTH]> for Value {
    fn from(list: [T; LENGTH]) -> Value {
        list.into_iter().collect()
    }
}

impl<T: Clone + Into<Value>> From<&[T]> for Value {
    fn from(list: &[T]) -> Value {
        list.iter().cloned().collect()
    }
}

/// `None` becomes [`Value::Null`].
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Collects the elements of a list.
impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Value {
        Value::List(elements.into_iter().map(Into::into).collect())
    }
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
