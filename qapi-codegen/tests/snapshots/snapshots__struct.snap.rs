// Generated from `struct.json` by qapi-codegen. Changes made here are lost.

/// A struct without members.
///
/// **Since:** 1.0
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct Nothing {}

impl ::qapi::rt::Object for Nothing {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Nothing", &[])
    }
    ::qapi::rt::methods! {}
}
::qapi::rt::object!(Nothing);

/// What others start with.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Base {
    /// the identifier
    pub id: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl Base {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(id: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self { id: id.into() }
    }
}

impl ::qapi::rt::Object for Base {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Base", const { &::qapi::rt::members(["id"]) })
    }
    ::qapi::rt::methods! {
        required(id),
    }
}
::qapi::rt::object!(Base);

/// A member of each built-in type.
///
/// **Since:** 1.0
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Everything {
    /// the identifier
    pub id: ::std::string::String,
    /// a keyword
    pub r#type: ::std::string::String,
    /// a word that has no raw form
    pub self_: i64,
    /// a text that may be absent
    pub node_name: ::core::option::Option<::std::string::String>,
    /// of one byte
    pub small: i8,
    /// in bytes
    pub size: ::core::option::Option<u64>,
    /// per second
    pub rate: f64,
    /// whether it is
    pub enabled: bool,
    /// whatever there is
    pub value: ::core::option::Option<::qapi::Value>,
    /// always null
    pub nothing: ::core::option::Option<::qapi::Null>,
    /// of numbers
    pub list: ::std::vec::Vec<u32>,
    /// of [`Nothing`]
    pub nested: ::core::option::Option<::std::vec::Vec<Nothing>>,
}

#[allow(dead_code, clippy::all)]
impl Everything {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        id: impl ::core::convert::Into<::std::string::String>,
        r#type: impl ::core::convert::Into<::std::string::String>,
        self_: i64,
        small: i8,
        rate: f64,
        enabled: bool,
        list: ::std::vec::Vec<u32>,
    ) -> Self {
        Self {
            id: id.into(),
            r#type: r#type.into(),
            self_,
            node_name: ::core::option::Option::None,
            small,
            size: ::core::option::Option::None,
            rate,
            enabled,
            value: ::core::option::Option::None,
            nothing: ::core::option::Option::None,
            list,
            nested: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Everything {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Everything",
            const {
                &::qapi::rt::members([
                    "id",
                    "type",
                    "self",
                    "*node-name",
                    "small",
                    "*size",
                    "rate",
                    "enabled",
                    "*value",
                    "*nothing",
                    "list",
                    "*nested",
                ])
            },
        )
    }
    ::qapi::rt::methods! {
        required(id), required(r#type), required(self_), optional(node_name),
        required(small), optional(size), required(rate), required(enabled),
        optional(value), optional(nothing), required(list), optional(nested),
    }
}
::qapi::rt::object!(Everything);

/// Nothing here is mandatory.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct Choices {
    /// the one
    pub first: ::core::option::Option<i32>,
    /// the other
    pub second: ::core::option::Option<u64>,
}

impl ::qapi::rt::Object for Choices {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Choices",
            const { &::qapi::rt::members(["*first", "*second"]) },
        )
    }
    ::qapi::rt::methods! {
        optional(first), optional(second),
    }
}
::qapi::rt::object!(Choices);

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
