// Generated from `cycle.json` by qapi-codegen. Changes made here are lost.

/// Drivers, most of which stand on another.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Driver {
    /// a file
    File,
    /// a format in a node
    Format,
    /// a filter on a node
    Filter,
}

impl ::qapi::rt::Enum for Driver {
    const VALUES: &'static [Self] = &[Self::File, Self::Format, Self::Filter];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Driver",
            const { &::qapi::rt::values(["file", "format", "filter"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Driver);

/// A file.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct File {
    /// its name
    pub filename: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl File {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(filename: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self { filename: filename.into() }
    }
}

impl ::qapi::rt::Object for File {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("File", const { &::qapi::rt::members(["filename"]) })
    }
    ::qapi::rt::methods! {
        required(filename),
    }
}
::qapi::rt::object!(File);

/// A format.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Format {
    /// what it is in
    pub file: Ref,
    /// what it stands on; null for nothing
    pub backing: ::core::option::Option<RefOrNull>,
}

#[allow(dead_code, clippy::all)]
impl Format {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(file: Ref) -> Self {
        Self {
            file,
            backing: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Format {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Format",
            const { &::qapi::rt::members(["file", "*backing"]) },
        )
    }
    ::qapi::rt::methods! {
        required(file), optional(backing),
    }
}
::qapi::rt::object!(Format);

/// A filter.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Filter {
    /// what it filters
    pub file: ::std::boxed::Box<Ref>,
}

#[allow(dead_code, clippy::all)]
impl Filter {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(file: ::std::boxed::Box<Ref>) -> Self {
        Self { file }
    }
}

impl ::qapi::rt::Object for Filter {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Filter", const { &::qapi::rt::members(["file"]) })
    }
    ::qapi::rt::methods! {
        required_box(file),
    }
}
::qapi::rt::object!(Filter);

/// A node.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Options {
    /// its driver
    pub driver: OptionsBranch,
    /// its name
    pub node_name: ::core::option::Option<::std::string::String>,
}

#[allow(dead_code, clippy::all)]
impl Options {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(driver: OptionsBranch) -> Self {
        Self {
            driver,
            node_name: ::core::option::Option::None,
        }
    }
}

/// The branches of [`Options`](struct@Options): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum OptionsBranch {
    /// a file
    File(File),
    /// a format in a node
    Format(::std::boxed::Box<Format>),
    /// a filter on a node
    Filter(Filter),
}

#[allow(dead_code, clippy::all)]
impl OptionsBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Driver {
        match self {
            Self::File(_) => Driver::File,
            Self::Format(_) => Driver::Format,
            Self::Filter(_) => Driver::Filter,
        }
    }
}

impl ::qapi::rt::Object for Options {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Options",
            const { &::qapi::rt::members(["driver", "*node-name"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let driver_ = r.required()?;
        let node_name_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            node_name: node_name_,
            driver: match driver_ {
                Driver::File => OptionsBranch::File(r.branch()?),
                Driver::Format => {
                    OptionsBranch::Format(::std::boxed::Box::new(r.branch()?))
                }
                Driver::Filter => OptionsBranch::Filter(r.branch()?),
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.driver.discriminator());
        w.optional(&self.node_name);
        match &self.driver {
            OptionsBranch::File(branch) => w.branch(branch),
            OptionsBranch::Format(branch) => w.branch(&**branch),
            OptionsBranch::Filter(branch) => w.branch(branch),
        }
    }
}
::qapi::rt::object!(Options);

/// A node or its name.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Ref {
    /// a new node
    Definition(Options),
    /// a node that there is
    Reference(::std::string::String),
}

impl ::qapi::rt::Alternate for Ref {
    const NAME: &'static str = "Ref";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::Dict => {
                ::core::result::Result::Ok(Self::Definition(r.value()?))
            }
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::Reference(r.value()?))
            }
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Definition(value) => w.value(value),
            Self::Reference(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Ref);

/// A node, its name, or none.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum RefOrNull {
    /// a new node
    Definition(Options),
    /// a node that there is
    Reference(::std::string::String),
    /// none
    Null(::qapi::Null),
}

impl ::qapi::rt::Alternate for RefOrNull {
    const NAME: &'static str = "RefOrNull";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::Dict => {
                ::core::result::Result::Ok(Self::Definition(r.value()?))
            }
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::Reference(r.value()?))
            }
            ::qapi::rt::Kind::Null => ::core::result::Result::Ok(Self::Null(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Definition(value) => w.value(value),
            Self::Reference(value) => w.value(value),
            Self::Null(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(RefOrNull);

/// An image stands on an image.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Image {
    /// the one below
    pub backing: ::core::option::Option<::std::boxed::Box<Image>>,
    /// lists need no box
    pub snapshots: ::std::vec::Vec<Image>,
}

#[allow(dead_code, clippy::all)]
impl Image {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(snapshots: ::std::vec::Vec<Image>) -> Self {
        Self {
            backing: ::core::option::Option::None,
            snapshots,
        }
    }
}

impl ::qapi::rt::Object for Image {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Image",
            const { &::qapi::rt::members(["*backing", "snapshots"]) },
        )
    }
    ::qapi::rt::methods! {
        optional_box(backing), required(snapshots),
    }
}
::qapi::rt::object!(Image);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// An event that the schema does not name.
        Unknown(::qapi::RawEvent),
    }

    impl ::qapi::rt::AnyEvent for Event {
        #[inline]
        fn read(
            name: &str,
            data: ::qapi::rt::EventData<'_>,
        ) -> ::core::result::Result<Self, ::qapi::DecodeError> {
            ::core::result::Result::Ok(Self::Unknown(data.raw(name)))
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Unknown(event) => w.value(&event.data),
            }
        }
    }
}

/// The traits that a server implements, one for the commands of each schema file, and
/// functions that return their dispatch tables.
///
/// A command without a method of the server's own is answered like an unknown one. The
/// asynchronous form of each trait has the same name after `Async`.
#[allow(dead_code, clippy::all)]
pub mod server {
    /// The dispatch tables of all modules.
    pub fn commands<H: 'static>() -> [&'static [::qapi::Handler<H>]; 0] {
        []
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: 'static>() -> [&'static [::qapi::AsyncHandler<H>]; 0] {
        []
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &["[]"];
}

/// All items, for `use prelude::*`. Names of Rust's own prelude keep their meaning.
///
/// # The generated code
///
/// | schema | Rust |
/// |---|---|
/// | struct | struct; an optional member is an `Option` |
/// | enum | enum with `VALUES`, `as_str`, `Display` and `FromStr` |
/// | alternate | enum with a variant for each alternative |
/// | union with no other common member than its discriminator | enum of its branches |
/// | any other union | struct; the field of its discriminator has the enum of branches, `NameBranch` |
/// | command | type of its arguments in [`commands`]; its reply is `Command::Response` |
/// | event | type of its data in [`events`]; [`Event`](events::Event) is any of them |
/// | command in a server | method of a trait in [`server`], which has a trait for each schema file |
/// | `query-qmp-schema` | its reply in [`schema`] |
///
/// # Values
///
/// `Name::new(..)` takes the mandatory members. Set optional ones by struct update:
/// `Name { option: Some(value), ..Name::new(required) }`. A type without mandatory members has
/// `default` in place of `new`.
///
/// # Unions
///
/// A branch is a variant with the type of its members, or without one if it has no members.
/// `discriminator()` returns the value that selects it on the wire.
///
/// # Open enums
///
/// An open enum has one more variant, `Other`, for values that the schema does not name. A union on it
/// keeps unknown branches in such a variant. A program can thus read, and send on, what a newer peer
/// sends. In code for clients, the enums in replies and events are open. The option `open` opens others.
/// The option `closed` closes them, so that a `match` must cover the schema's values only.
#[allow(unused_imports)]
pub mod prelude {
    pub use super::*;
}
