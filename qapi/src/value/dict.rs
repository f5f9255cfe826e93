//! JSON objects.

use std::ops::Index;

use super::Value;
use crate::json::Node;

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

impl Dict {
    pub(crate) fn of(node: Node<'_>) -> Dict {
        let mut dict = Dict { members: Vec::with_capacity(node.count()) };
        for (name, value) in node.members() {
            dict.push(name, Value::of(value));
        }
        dict
    }
}
