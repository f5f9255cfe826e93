//! Values as members, and conversions between them and generated types.

use std::fmt;

use super::{DecodeError, Field, ReadError, Reader, Rules, Writer};
use crate::value::{Dict, Null, Value, ValueSink, to_document};

/// Converts a value of a generated type, without going through text.
///
/// ```
/// assert_eq!(qapi::to_value(&vec![1_u8, 2]).to_string(), "[1, 2]");
/// ```
pub fn to_value<T: Field>(value: &T) -> Value {
    let mut sink = ValueSink::default();
    value.write(&mut Writer::to_value(&mut sink));
    sink.finish()
}

/// Converts a value into a generated type, without going through text.
///
/// ```
/// let value = qapi::Value::from([1, 2]);
/// assert_eq!(qapi::from_value::<Vec<u8>>(&value, &qapi::Rules::STRICT)?, [1, 2]);
/// # Ok::<(), qapi::DecodeError>(())
/// ```
///
/// # Errors
/// If the value does not match the type, or is nested too deeply for a message.
pub fn from_value<T: Field>(value: &Value, rules: &Rules) -> Result<T, DecodeError> {
    super::decode(to_document(value)?.root(), rules)
}

/// The text that QMP's writer gives.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::walk::to_text(self))
    }
}

impl Field for Value {
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
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

impl Field for Null {
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.null().map(|()| Null)
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.null();
    }
}

/// The text that QMP's writer gives.
impl fmt::Display for Dict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::walk::to_text(self))
    }
}

impl Field for Dict {
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.dict().map(Dict::of)
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.dict(self.iter());
    }
}
