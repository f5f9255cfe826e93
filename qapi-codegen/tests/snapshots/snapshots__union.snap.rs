// Generated from `union.json` by qapi-codegen. Changes made here are lost.

/// Kinds of addresses.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Kind {
    /// by host and port
    Inet,
    /// by path
    Unix,
    /// nowhere
    None,
}

impl ::qapi::rt::Enum for Kind {
    const VALUES: &'static [Self] = &[Self::Inet, Self::Unix, Self::None];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Kind",
            const { &::qapi::rt::values(["inet", "unix", "none"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Kind);

/// Host and port.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Inet {
    /// the host
    pub host: ::std::string::String,
    /// the port
    pub port: ::core::option::Option<u16>,
}

#[allow(dead_code, clippy::all)]
impl Inet {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(host: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self {
            host: host.into(),
            port: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Inet {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Inet", const { &::qapi::rt::members(["host", "*port"]) })
    }
    ::qapi::rt::methods! {
        required(host), optional(port),
    }
}
::qapi::rt::object!(Inet);

/// A path.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Unix {
    /// the path
    pub path: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl Unix {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(path: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self { path: path.into() }
    }
}

impl ::qapi::rt::Object for Unix {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Unix", const { &::qapi::rt::members(["path"]) })
    }
    ::qapi::rt::methods! {
        required(path),
    }
}
::qapi::rt::object!(Unix);

/// The tag is all that the branches have in common.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Address {
    /// by host and port
    Inet(Inet),
    /// by path
    Unix(Unix),
    /// nowhere
    None,
}

#[allow(dead_code, clippy::all)]
impl Address {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Kind {
        match self {
            Self::Inet(_) => Kind::Inet,
            Self::Unix(_) => Kind::Unix,
            Self::None => Kind::None,
        }
    }
}

impl ::qapi::rt::Object for Address {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Address", const { &::qapi::rt::members(["type"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        ::core::result::Result::Ok(
            match r.required::<Kind>()? {
                Kind::Inet => Self::Inet(r.branch()?),
                Kind::Unix => Self::Unix(r.branch()?),
                Kind::None => Self::None,
            },
        )
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.discriminator());
        match self {
            Self::Inet(branch) => w.branch(branch),
            Self::Unix(branch) => w.branch(branch),
            Self::None => {}
        }
    }
}
::qapi::rt::object!(Address);

/// How to get there.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Transport {
    /// by a socket
    Socket,
    /// by a program
    Exec,
}

impl ::qapi::rt::Enum for Transport {
    const VALUES: &'static [Self] = &[Self::Socket, Self::Exec];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Transport",
            const { &::qapi::rt::values(["socket", "exec"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Transport);

/// A program.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Exec {
    /// the program and its arguments
    pub args: ::std::vec::Vec<::std::string::String>,
}

#[allow(dead_code, clippy::all)]
impl Exec {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(args: ::std::vec::Vec<::std::string::String>) -> Self {
        Self { args }
    }
}

impl ::qapi::rt::Object for Exec {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Exec", const { &::qapi::rt::members(["args"]) })
    }
    ::qapi::rt::methods! {
        required(args),
    }
}
::qapi::rt::object!(Exec);

/// The base has more than the tag, and a branch is a union itself.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Channel {
    /// a name that the reader has, too
    pub r: ::std::string::String,
    /// how to get there
    pub transport: ChannelBranch,
    /// a name that the writer has, too
    pub w: ::core::option::Option<i64>,
}

#[allow(dead_code, clippy::all)]
impl Channel {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        r: impl ::core::convert::Into<::std::string::String>,
        transport: ChannelBranch,
    ) -> Self {
        Self {
            r: r.into(),
            transport,
            w: ::core::option::Option::None,
        }
    }
}

/// The branches of [`Channel`](struct@Channel): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum ChannelBranch {
    /// by a socket
    Socket(Address),
    /// by a program
    Exec(Exec),
}

#[allow(dead_code, clippy::all)]
impl ChannelBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Transport {
        match self {
            Self::Socket(_) => Transport::Socket,
            Self::Exec(_) => Transport::Exec,
        }
    }
}

impl ::qapi::rt::Object for Channel {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Channel",
            const { &::qapi::rt::members(["r", "transport", "*w"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let r_ = r.required()?;
        let transport_ = r.required()?;
        let w_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            r: r_,
            w: w_,
            transport: match transport_ {
                Transport::Socket => ChannelBranch::Socket(r.branch()?),
                Transport::Exec => ChannelBranch::Exec(r.branch()?),
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.r);
        w.required(&self.transport.discriminator());
        w.optional(&self.w);
        match &self.transport {
            ChannelBranch::Socket(branch) => w.branch(branch),
            ChannelBranch::Exec(branch) => w.branch(branch),
        }
    }
}
::qapi::rt::object!(Channel);

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
