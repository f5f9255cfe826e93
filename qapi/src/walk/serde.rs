//! The walker behind serde's traits: any format in and out, with the same checks and the same
//! errors.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Field, Rules};
use crate::json::{Builder, Node, OwnedDocument, Token};
use crate::{Dict, Null, Value};

/// Serializes by way of the writer.
///
/// # Errors
/// Those of the format.
pub fn serialize<T: Field, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    crate::to_value(value).serialize(serializer)
}

/// Deserializes by way of the reader. Unknown members are errors; open types keep the values and
/// branches that they do not know, so that everything that was serialized can be read.
///
/// # Errors
/// Those of the format and those of the reader.
pub fn deserialize<'de, T: Field, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    read(deserializer, &Rules::STRICT.with_open_types())
}

fn read<'de, T: Field, D: Deserializer<'de>>(
    deserializer: D,
    rules: &Rules,
) -> Result<T, D::Error> {
    let document = <OwnedDocument as serde::Deserialize>::deserialize(deserializer)?;
    super::decode(document.root(), rules).map_err(D::Error::custom)
}

/// Deserializes leniently, as a client reads: unknown members are skipped.
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let qapi::Lenient(value): qapi::Lenient<qapi::Value> = serde_json::from_str("[1, null]")?;
/// assert_eq!(value.to_string(), "[1, null]");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lenient<T>(
    /// The value read.
    pub T,
);

impl<'de, T: Field> serde::Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, &Rules::LENIENT).map(Lenient)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Uint(number) => serializer.serialize_u64(*number),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::String(string) => serializer.serialize_str(string),
            Value::List(list) => serializer.collect_seq(list),
            Value::Dict(dict) => dict.serialize(serializer),
        }
    }
}

impl Serialize for Dict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl Serialize for Null {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from(*self).serialize(serializer)
    }
}

impl Serialize for OwnedDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.root().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for OwnedDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut builder = Builder::new();
        Tape(&mut builder).deserialize(deserializer)?;
        Ok(builder.finish("").map_err(D::Error::custom)?.to_owned())
    }
}

/// Puts what a format has onto the tape.
struct Tape<'b>(&'b mut Builder);

impl<'de> DeserializeSeed<'de> for Tape<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Tape<'_> {
    fn checked<E: serde::de::Error>(&self) -> Result<(), E> {
        self.0.error().map_or(Ok(()), |error| Err(E::custom(error)))
    }

    fn scalar<E: serde::de::Error>(self, token: Token, payload: u64) -> Result<(), E> {
        self.0.push_scalar(token, payload);
        self.checked()
    }
}

impl<'de> Visitor<'de> for Tape<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(Token::Null, 0)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(Token::Null, 0)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(Token::Bool, value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.scalar(Token::Int, number as u64)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        let token = if i64::try_from(number).is_ok() { Token::Int } else { Token::Uint };
        self.scalar(token, number)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.scalar(Token::Double, number.to_bits())
    }

    fn visit_str<E: serde::de::Error>(self, string: &str) -> Result<(), E> {
        self.0.push_string(string);
        self.checked()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.push_begin(false);
        self.checked()?;
        while list.next_element_seed(Tape(self.0))?.is_some() {
            self.0.push_comma();
        }
        self.0.push_end();
        self.checked()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut dict: A) -> Result<(), A::Error> {
        self.0.push_begin(true);
        self.checked()?;
        while dict.next_key_seed(Tape(self.0))?.is_some() {
            self.0.push_colon();
            dict.next_value_seed(Tape(self.0))?;
            self.0.push_comma();
        }
        self.0.push_end();
        self.checked()
    }
}

macro_rules! by_walker {
    ($($type:ty)*) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize(deserializer)
            }
        }
    )*};
}

by_walker!(Value Dict Null);
