//! The traits of types that are read and written.

use super::read::{ReadError, Reader};
use super::shape::{EnumShape, Shape};
use super::write::Writer;

/// A type of a member, an element, arguments or a result. Deeply nested values are read and written
/// on several threads.
pub trait Field: Sized + Send + Sync {
    /// Reads the reader's current value.
    ///
    /// # Errors
    /// If the value does not match the type; the reader keeps the fault.
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError>;

    /// Writes the value.
    fn write(&self, w: &mut Writer<'_>);
}

/// A struct or a union.
pub trait Object: Sized + Send + Sync {
    /// Returns the members, without those of branches.
    fn shape() -> Shape;

    /// Reads the members: one call of [`Reader::required`] or [`Reader::optional`] for each member
    /// of the shape in order, then the branch.
    ///
    /// # Errors
    /// If a member does not match its type; the reader keeps the fault.
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError>;

    /// Writes the members in the same order.
    fn write(&self, w: &mut Writer<'_>);
}

/// An enumeration whose values are all known.
pub trait Enum: Copy + 'static {
    /// The values.
    const VALUES: &'static [Self];

    /// Returns the names of the values, in the same order.
    fn shape() -> EnumShape;

    /// The value's index in [`VALUES`](Enum::VALUES).
    fn index(&self) -> usize;
}

/// An enumeration that keeps values unknown to the schema if the [rules](super::Rules::open) allow
/// it.
pub trait OpenEnum: Clone + 'static {
    /// The known values.
    const VALUES: &'static [Self];

    /// Returns the names of the values, in the same order.
    fn shape() -> EnumShape;

    /// Makes a value that the schema does not know.
    fn other(name: String) -> Self;

    /// The value's index in [`VALUES`](OpenEnum::VALUES), or the name of an unknown value.
    fn index(&self) -> Result<usize, &str>;
}

/// A type whose branch is chosen by the kind of JSON value.
pub trait Alternate: Sized {
    /// The QAPI name.
    const NAME: &'static str;

    /// Reads the branch for the [kind](Reader::kind) of the reader's current value.
    ///
    /// # Errors
    /// If no branch is for this kind, or the value does not match it; the reader keeps the fault.
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError>;

    /// Writes the branch.
    fn write(&self, w: &mut Writer<'_>);
}
