//! Values of any shape: QAPI's `any`, raw replies and raw events.

mod convert;
mod sink;

pub(crate) use convert::to_document;
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

/// A JSON object: members in the order of the text, each name once.
///
/// Made by [`dict!`](crate::dict) or collected from pairs. Looking up a member takes time in
/// proportion to their number. Two objects are equal if they have the same members in the same
/// order.
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

    pub(crate) fn of(node: Node<'_>) -> Dict {
        let mut dict = Dict { members: Vec::with_capacity(node.count()) };
        for (name, value) in node.members() {
            dict.push(name, Value::of(value));
        }
        dict
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

/// Makes a [`Dict`]. Names are literals or, in parentheses, expressions; values are of any type
/// that converts into a [`Value`].
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
/// assert_eq!(node.get("size").unwrap().as_u64(), Some(1048576));
/// assert!(node.get("file").unwrap().get("locking").unwrap().is_null());
/// assert_eq!(node.get("children").unwrap().to_string(), r#"["a", "b"]"#);
/// ```
#[macro_export]
macro_rules! dict {
    ($($($name:literal)? $(($expression:expr))? : $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut dict = $crate::Dict::new();
        $(dict.insert($($name)? $($expression)?, $value);)*
        dict
    }};
}

impl<N: Into<String>, V: Into<Value>, const LENGTH: usize> From<[(N, V); LENGTH]> for Dict {
    fn from(members: [(N, V); LENGTH]) -> Dict {
        members.into_iter().collect()
    }
}

/// Returns the member; [`Value::Null`] if it is absent.
impl Index<&str> for Dict {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl IntoIterator for Dict {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}
