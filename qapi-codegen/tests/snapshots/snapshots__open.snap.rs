// Generated from `open.json` by qapi-codegen. Changes made here are lost.

/// A value is called what open enums call all others.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Colour {
    /// red
    Red,
    /// neither
    Other,
    /// A value that the schema does not name.
    Other_(::std::string::String),
}

impl ::qapi::rt::OpenEnum for Colour {
    const VALUES: &'static [Self] = &[Self::Red, Self::Other];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Colour",
            const { &::qapi::rt::values(["red", "other"]) },
        )
    }

    #[inline]
    fn index(&self) -> ::core::result::Result<usize, &str> {
        match self {
            Self::Other_(name) => ::core::result::Result::Err(name),
            Self::Red => ::core::result::Result::Ok(0),
            Self::Other => ::core::result::Result::Ok(1),
        }
    }

    #[inline]
    fn other(name: ::std::string::String) -> Self {
        Self::Other_(name)
    }
}
::qapi::rt::open_enumeration!(Colour);

/// Red things.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Red {
    /// how red
    pub depth: i64,
}

#[allow(dead_code, clippy::all)]
impl Red {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(depth: i64) -> Self {
        Self { depth }
    }
}

impl ::qapi::rt::Object for Red {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Red", const { &::qapi::rt::members(["depth"]) })
    }
    ::qapi::rt::methods! {
        required(depth),
    }
}
::qapi::rt::object!(Red);

/// A thing.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Thing {
    /// red
    Red(Red),
    /// neither
    Other,
    /// A branch that the schema does not know.
    Other_(::qapi::UnknownBranch),
}

#[allow(dead_code, clippy::all)]
impl Thing {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Colour {
        match self {
            Self::Red(_) => Colour::Red,
            Self::Other => Colour::Other,
            Self::Other_(branch) => Colour::Other_(branch.discriminator.clone()),
        }
    }
}

impl ::qapi::rt::Object for Thing {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Thing", const { &::qapi::rt::members(["colour"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        ::core::result::Result::Ok(
            match r.required::<Colour>()? {
                Colour::Red => Self::Red(r.branch()?),
                Colour::Other => Self::Other,
                Colour::Other_(name) => Self::Other_(r.unknown_branch(name)),
            },
        )
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.discriminator());
        match self {
            Self::Red(branch) => w.branch(branch),
            Self::Other => {}
            Self::Other_(branch) => w.unknown_branch(branch),
        }
    }
}
::qapi::rt::object!(Thing);

/// A thing with a name.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Named {
    /// its name
    pub name: ::std::string::String,
    /// its colour
    pub colour: NamedBranch,
}

#[allow(dead_code, clippy::all)]
impl Named {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        name: impl ::core::convert::Into<::std::string::String>,
        colour: NamedBranch,
    ) -> Self {
        Self { name: name.into(), colour }
    }
}

/// The branches of [`Named`](struct@Named): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum NamedBranch {
    /// red
    Red(Red),
    /// neither
    Other,
    /// A branch that the schema does not know.
    Other_(::qapi::UnknownBranch),
}

#[allow(dead_code, clippy::all)]
impl NamedBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Colour {
        match self {
            Self::Red(_) => Colour::Red,
            Self::Other => Colour::Other,
            Self::Other_(branch) => Colour::Other_(branch.discriminator.clone()),
        }
    }
}

impl ::qapi::rt::Object for Named {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Named",
            const { &::qapi::rt::members(["name", "colour"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let name_ = r.required()?;
        let colour_ = r.required()?;
        ::core::result::Result::Ok(Self {
            name: name_,
            colour: match colour_ {
                Colour::Red => NamedBranch::Red(r.branch()?),
                Colour::Other => NamedBranch::Other,
                Colour::Other_(name) => NamedBranch::Other_(r.unknown_branch(name)),
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.name);
        w.required(&self.colour.discriminator());
        match &self.colour {
            NamedBranch::Red(branch) => w.branch(branch),
            NamedBranch::Other => {}
            NamedBranch::Other_(branch) => w.unknown_branch(branch),
        }
    }
}
::qapi::rt::object!(Named);

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
