//! The walker: one place that reads and writes every generated type, by the tables in its
//! [`Shape`].
//!
//! Reading goes through a type's members in schema order, whatever their order in the text, and
//! stops at the first failure. Unknown members are checked after an object and its union branch
//! have been read. Errors are located from the tape afterwards, so a good message pays nothing for
//! it.

mod decode;
mod depth;
mod fields;
mod macros;
mod read;
#[cfg(feature = "serde")]
pub(crate) mod serde;
mod shape;
mod value;
mod write;

pub use decode::{DecodeError, DecodeErrorKind};
pub use read::{Reader, Stop};
pub use shape::{EnumShape, EnumValue, Member, Shape, member, optional, value};
pub use value::{from_value, to_value};
pub use write::Writer;

use crate::json::{Node, Stream};
use crate::policy::Policy;

/// A type of a member, an element, arguments or a result. Deeply nested values are read and written
/// on several threads.
pub trait Field: Sized + Send + Sync {
    /// Reads the value that the reader is at.
    ///
    /// # Errors
    /// The reader keeps what is wrong.
    fn read(r: &mut Reader<'_>) -> Result<Self, Stop>;

    /// Writes the value.
    fn write(&self, w: &mut Writer<'_>);
}

/// A struct or a union.
pub trait Object: Sized + Send + Sync {
    /// Its members, without those of branches.
    const SHAPE: &'static Shape;

    /// Reads its members: one call of the reader for each member of the shape in order, then the
    /// branch.
    ///
    /// # Errors
    /// The reader keeps what is wrong.
    fn read(r: &mut Reader<'_>) -> Result<Self, Stop>;

    /// Writes its members the same way.
    fn write(&self, w: &mut Writer<'_>);
}

/// An enumeration whose values are all known.
pub trait Enum: Copy + 'static {
    /// The names of the values.
    const SHAPE: &'static EnumShape;
    /// The values, in the same order.
    const VALUES: &'static [Self];

    /// The value's place in them.
    fn index(&self) -> usize;
}

/// An enumeration that keeps values unknown to the schema, where the reader is lenient.
pub trait OpenEnum: Clone + 'static {
    /// The names of the values.
    const SHAPE: &'static EnumShape;
    /// The known values, in the same order.
    const VALUES: &'static [Self];

    /// The value that has no name here.
    fn other(name: String) -> Self;

    /// The value's place, or the name that has none.
    fn index(&self) -> Result<usize, &str>;
}

/// A type whose branch is chosen by the kind of JSON value.
pub trait Alternate: Sized {
    /// The QAPI name.
    const NAME: &'static str;

    /// Reads the branch for the [kind](Reader::kind) of value that the reader is at.
    ///
    /// # Errors
    /// The reader keeps what is wrong.
    fn read(r: &mut Reader<'_>) -> Result<Self, Stop>;

    /// Writes the branch.
    fn write(&self, w: &mut Writer<'_>);
}

/// The strictness of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Members that the schema does not know are errors. Otherwise they are skipped.
    pub strict: bool,
    /// Open enumerations and unions keep values and branches that the schema does not know.
    /// Otherwise these are errors, as they always are for other enumerations and unions.
    pub open: bool,
    /// The policy for deprecated and unstable input.
    pub policy: Policy,
}

impl Rules {
    /// The rules of a server: everything that the schema does not know is an error.
    pub const STRICT: Rules = Rules { strict: true, open: false, policy: Policy::ACCEPT };
    /// The rules of a client, which may be older than its server: unknown members are skipped, and
    /// open types keep values and branches that they do not know.
    ///
    /// Of types generated with `role = client`, those in replies and events are open by default.
    pub const LENIENT: Rules = Rules { strict: false, open: true, policy: Policy::ACCEPT };

    /// Sets the policy.
    #[must_use]
    pub const fn with_policy(mut self, policy: Policy) -> Rules {
        self.policy = policy;
        self
    }

    /// Has open types keep values and branches that the schema does not know.
    #[must_use]
    pub const fn with_open_types(mut self) -> Rules {
        self.open = true;
        self
    }
}

/// Reads a value of a document as a `T`.
///
/// # Errors
/// If it is not one.
pub fn read<T: Field>(node: Node<'_>, rules: &Rules) -> Result<T, DecodeError> {
    Reader::run(node, rules)
}

/// Reads a JSON text as a `T`.
///
/// # Errors
/// If it is not JSON in QMP's dialect or not a `T`.
pub fn from_text<T: Field>(text: &str, rules: &Rules) -> Result<T, DecodeError> {
    let mut stream = Stream::new();
    let document = stream.parse(text.as_bytes())?;
    read(document.root(), rules)
}

/// The room of a text at first: most messages need no more, or grow once or twice.
const ROOM: usize = 128;

/// The text of a value, as QMP prints it on a line.
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

/// Appends the text of a value, without what the policy hides.
pub fn write<T: Field>(value: &T, policy: &Policy, text: &mut String) {
    value.write(&mut Writer::new(text, policy));
}
