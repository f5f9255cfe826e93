//! Conversions into values, and of values into documents.

use super::{Dict, Null, Value};
use crate::json::{Builder, JsonError, OwnedDocument, Token};

/// Makes the document of a value.
pub(crate) fn to_document(value: &Value) -> Result<OwnedDocument, JsonError> {
    let mut builder = Builder::new();
    push(&mut builder, value);
    Ok(builder.finish("")?.to_owned())
}

/// Adds a value to the document. After an error the builder ignores the rest.
fn push(builder: &mut Builder, value: &Value) {
    match value {
        Value::Null => builder.push_scalar(Token::Null, 0),
        Value::Bool(value) => builder.push_scalar(Token::Bool, (*value).into()),
        Value::Int(number) => builder.push_scalar(Token::Int, *number as u64),
        Value::Uint(number) => builder.push_scalar(Token::Uint, *number),
        Value::Number(number) => builder.push_scalar(Token::Double, number.to_bits()),
        Value::String(string) => builder.push_string(string),
        Value::List(list) => {
            builder.push_begin(false);
            for element in list {
                if builder.error().is_some() {
                    return;
                }
                push(builder, element);
                builder.push_comma();
            }
            builder.push_end();
        }
        Value::Dict(dict) => {
            builder.push_begin(true);
            for (name, value) in dict {
                if builder.error().is_some() {
                    return;
                }
                builder.push_string(name);
                builder.push_colon();
                push(builder, value);
                builder.push_comma();
            }
            builder.push_end();
        }
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
