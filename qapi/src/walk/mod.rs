//! The walker: reads and writes every generated type by the tables in its [`Shape`].
//!
//! Generated types implement these traits:
//!
//! | trait | types |
//! |---|---|
//! | [`Field`] | all: types of members, elements, arguments and results |
//! | [`Object`] | structs and unions |
//! | [`Enum`] | enumerations whose values are all known |
//! | [`OpenEnum`] | enumerations that keep unknown values |
//! | [`Alternate`] | alternates |
//!
//! A type of your own implements [`Object`], and thereby [`Field`], if it is a struct:
//!
//! ```
//! use qapi::walk::{Object, ReadError, Reader, Shape, Writer, members};
//!
//! #[derive(Debug, PartialEq)]
//! struct Disk {
//!     size: u64,
//!     label: Option<String>,
//! }
//!
//! impl Object for Disk {
//!     fn shape() -> Shape {
//!         Shape::new("Disk", const { &members(["size", "*label"]) })
//!     }
//!
//!     fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
//!         Ok(Disk { size: r.required()?, label: r.optional()? })
//!     }
//!
//!     fn write(&self, w: &mut Writer<'_>) {
//!         w.required(&self.size);
//!         w.optional(&self.label);
//!     }
//! }
//!
//! let disk: Disk = qapi::from_text("{'label': 'root', 'size': 512}", &qapi::Rules::STRICT)?;
//! assert_eq!(disk, Disk { size: 512, label: Some("root".into()) });
//! assert_eq!(qapi::to_text(&disk), r#"{"size": 512, "label": "root"}"#);
//! let error = qapi::from_text::<Disk>("{'size': -1.5}", &qapi::Rules::STRICT).unwrap_err();
//! assert_eq!(error.plain().to_string(), "size: expected uint64, found -1.5");
//! # Ok::<(), qapi::DecodeError>(())
//! ```
//!
//! Any other type implements [`Field`]. The generator's option `extern-type` uses it for a type of
//! the schema:
//!
//! ```
//! use qapi::walk::{Field, Reader, ReadError, Writer};
//!
//! /// A type that the schema has as a string.
//! #[derive(Debug, PartialEq)]
//! struct Address(std::net::Ipv4Addr);
//!
//! impl Field for Address {
//!     fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
//!         let text: String = r.value()?;
//!         text.parse().map(Address).map_err(|_| r.wrong_type("IPv4 address"))
//!     }
//!
//!     fn write(&self, w: &mut Writer<'_>) {
//!         w.value(&self.0.to_string());
//!     }
//! }
//!
//! let addresses: Vec<Address> = qapi::from_text("['127.0.0.1']", &qapi::Rules::STRICT)?;
//! assert_eq!(qapi::to_text(&addresses), r#"["127.0.0.1"]"#);
//! let error = qapi::from_text::<Vec<Address>>("['::']", &qapi::Rules::STRICT).unwrap_err();
//! assert_eq!(error.plain().to_string(), "[0]: expected IPv4 address, found \"::\"");
//! # Ok::<(), qapi::DecodeError>(())
//! ```
//!
//! Reading takes a type's members in schema order, whatever their order in the text, and stops at
//! the first failure. Unknown members are checked after an object and its union branch have been
//! read. An error finds its place in the document afterwards: a good message pays nothing for it.

pub(crate) mod debug;
mod decode;
mod depth;
mod fields;
mod macros;
pub(crate) mod names;
mod read;
mod rules;
#[cfg(feature = "serde")]
pub(crate) mod serde;
mod shape;
mod traits;
mod value;
mod write;

pub use decode::{DecodeError, DecodeErrorKind};
pub use read::{ReadError, Reader};
pub use rules::Rules;
pub use shape::{
    EnumShape, EnumValue, Member, Shape, member, members, optional, ordered, value, values,
};
pub use traits::{Alternate, Enum, Field, Object, OpenEnum};
pub use value::{from_value, to_value};
pub use write::Writer;

use crate::json::{Node, Stream};
use crate::policy::Policy;

/// Decodes a value of a document as a `T`.
///
/// ```
/// let mut stream = qapi::json::Stream::new();
/// let document = stream.parse(b"{'sizes': [1, 2]}").unwrap();
/// let sizes = document.root().get("sizes").unwrap();
/// assert_eq!(qapi::decode::<Vec<u64>>(sizes, &qapi::Rules::STRICT)?, [1, 2]);
/// # Ok::<(), qapi::DecodeError>(())
/// ```
///
/// # Errors
/// If the value does not match the type.
pub fn decode<T: Field>(node: Node<'_>, rules: &Rules) -> Result<T, DecodeError> {
    Reader::run(node, rules)
}

/// Decodes a JSON text as a `T`.
///
/// ```
/// assert_eq!(qapi::from_text::<Vec<u8>>("[1, 2]", &qapi::Rules::STRICT)?, [1, 2]);
/// # Ok::<(), qapi::DecodeError>(())
/// ```
///
/// # Errors
/// If the text is not JSON in QMP's dialect or does not match the type.
pub fn from_text<T: Field>(text: &str, rules: &Rules) -> Result<T, DecodeError> {
    let mut stream = Stream::new();
    let document = stream.parse(text.as_bytes())?;
    decode(document.root(), rules)
}

/// Initial capacity of a text. Most messages fit, others grow once or twice.
pub(crate) const ROOM: usize = 512;

/// Returns the text of a value, as QMP prints it on one line.
///
/// ```
/// assert_eq!(qapi::to_text(&vec![true, false]), "[true, false]");
/// ```
pub fn to_text<T: Field>(value: &T) -> String {
    let mut text = String::with_capacity(ROOM);
    value.write(&mut Writer::new(&mut text, &Policy::ACCEPT));
    text
}

/// The JSON text of a value; `None` if it contains a number that JSON cannot express.
#[cfg(feature = "client")]
pub(crate) fn to_json<T: Field>(value: &T) -> Option<String> {
    let mut text = String::with_capacity(ROOM);
    let mut writer = Writer::new(&mut text, &Policy::ACCEPT);
    value.write(&mut writer);
    writer.is_finite().then_some(text)
}

/// Appends the text of a value to `text`, without members that the policy hides.
pub fn encode<T: Field>(value: &T, policy: &Policy, text: &mut String) {
    value.write(&mut Writer::new(text, policy));
}
