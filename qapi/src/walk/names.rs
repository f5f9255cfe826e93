//! Enumeration values by name.

use std::convert::Infallible;

use super::traits::{Enum, OpenEnum};
use crate::error::UnknownValue;

/// Returns the name of a value.
#[inline]
pub fn name<T: Enum>(value: &T) -> &'static str {
    T::shape().values[value.index()].name
}

/// Returns the name of a value, which the schema may not know.
#[inline]
pub fn open_name<T: OpenEnum>(value: &T) -> &str {
    value.index().map_or_else(|name| name, |place| T::shape().values[place].name)
}

/// Returns the value of a name.
///
/// # Errors
/// If no value has this name.
pub fn parse<T: Enum>(name: &str) -> Result<T, UnknownValue> {
    let unknown = || UnknownValue { enumeration: T::shape().name(), value: name.to_owned() };
    T::shape().find(name).map(|place| T::VALUES[place]).ok_or_else(unknown)
}

/// Returns the value of a name, one that the schema does not know if it is no other.
///
/// # Errors
/// Never.
pub fn parse_open<T: OpenEnum>(name: &str) -> Result<T, Infallible> {
    let known = T::shape().find(name).map(|place| T::VALUES[place].clone());
    Ok(known.unwrap_or_else(|| T::other(name.to_owned())))
}
