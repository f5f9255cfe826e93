// Generated from `alternate.json` by qapi-codegen. Changes made here are lost.

/// A level.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Level {
    /// little
    Low,
    /// much
    High,
}

impl ::qapi::rt::Enum for Level {
    const VALUES: &'static [Self] = &[Self::Low, Self::High];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Level",
            const { &::qapi::rt::values(["low", "high"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Level);

/// More than a level.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Details {
    /// the level
    pub level: Level,
}

#[allow(dead_code, clippy::all)]
impl Details {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(level: Level) -> Self {
        Self { level }
    }
}

impl ::qapi::rt::Object for Details {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Details", const { &::qapi::rt::members(["level"]) })
    }
    ::qapi::rt::methods! {
        required(level),
    }
}
::qapi::rt::object!(Details);

/// Each kind of JSON value but lists.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Setting {
    /// an object
    Details(Details),
    /// a string
    Level(Level),
    /// a number
    Count(i64),
    /// a boolean
    On(bool),
    /// nothing
    Default(::qapi::Null),
}

impl ::qapi::rt::Alternate for Setting {
    const NAME: &'static str = "Setting";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::Dict => {
                ::core::result::Result::Ok(Self::Details(r.value()?))
            }
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::Level(r.value()?))
            }
            ::qapi::rt::Kind::Number => {
                ::core::result::Result::Ok(Self::Count(r.value()?))
            }
            ::qapi::rt::Kind::Bool => ::core::result::Result::Ok(Self::On(r.value()?)),
            ::qapi::rt::Kind::Null => {
                ::core::result::Result::Ok(Self::Default(r.value()?))
            }
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Details(value) => w.value(value),
            Self::Level(value) => w.value(value),
            Self::Count(value) => w.value(value),
            Self::On(value) => w.value(value),
            Self::Default(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Setting);

/// An absent setting is another than one that is null.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct Settings {
    /// a setting
    pub one: ::core::option::Option<Setting>,
    /// settings, or one
    pub more: ::core::option::Option<OneOrMany>,
}

impl ::qapi::rt::Object for Settings {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Settings",
            const { &::qapi::rt::members(["*one", "*more"]) },
        )
    }
    ::qapi::rt::methods! {
        optional(one), optional(more),
    }
}
::qapi::rt::object!(Settings);

/// One or many.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum OneOrMany {
    /// many
    Many(::std::vec::Vec<Setting>),
    /// one
    One(::std::string::String),
}

impl ::qapi::rt::Alternate for OneOrMany {
    const NAME: &'static str = "OneOrMany";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::List => ::core::result::Result::Ok(Self::Many(r.value()?)),
            ::qapi::rt::Kind::String => ::core::result::Result::Ok(Self::One(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Many(value) => w.value(value),
            Self::One(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(OneOrMany);

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
