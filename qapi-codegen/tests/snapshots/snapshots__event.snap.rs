// Generated from `event.json` by qapi-codegen. Changes made here are lost.

/// Why it stopped.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Reason {
    /// the host said so
    Host,
}

impl ::qapi::rt::Enum for Reason {
    const VALUES: &'static [Self] = &[Self::Host];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new("Reason", const { &::qapi::rt::values(["host"]) })
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Reason);

/// How far it is.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Progress {
    /// what is done
    pub done: u64,
    /// what there is
    pub total: ::core::option::Option<u64>,
}

#[allow(dead_code, clippy::all)]
impl Progress {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(done: u64) -> Self {
        Self {
            done,
            total: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Progress {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Progress",
            const { &::qapi::rt::members(["done", "*total"]) },
        )
    }
    ::qapi::rt::methods! {
        required(done), optional(total),
    }
}
::qapi::rt::object!(Progress);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// It stopped, which [`RESUME`](super::events::Resume) undoes.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Stop;
    ::qapi::rt::unit!(Stop);

    impl ::qapi::Event for Stop {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("STOP");
    }

    /// It goes on.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Resume {
        /// why it had stopped
        pub reason: ::core::option::Option<super::Reason>,
    }

    impl ::qapi::rt::Object for Resume {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("RESUME", const { &::qapi::rt::members(["*reason"]) })
        }
        ::qapi::rt::methods! {
            optional(reason),
        }
    }
    ::qapi::rt::object!(Resume);

    impl ::qapi::Event for Resume {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("RESUME");
    }

    /// A type by name.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct JobProgress(pub super::Progress);
    ::qapi::rt::newtype!(JobProgress(super::Progress));

    impl ::qapi::Event for JobProgress {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("JOB_PROGRESS");
    }

    /// A boxed type.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Boxed(pub super::Progress);
    ::qapi::rt::newtype!(Boxed(super::Progress));

    impl ::qapi::Event for Boxed {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("BOXED");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `STOP`
        Stop(Stop),
        /// `RESUME`
        Resume(Resume),
        /// `JOB_PROGRESS`
        JobProgress(JobProgress),
        /// `BOXED`
        Boxed(Boxed),
        /// An event that the schema does not name.
        Unknown(::qapi::RawEvent),
    }

    impl ::qapi::rt::AnyEvent for Event {
        #[inline]
        fn read(
            name: &str,
            data: ::qapi::rt::EventData<'_>,
        ) -> ::core::result::Result<Self, ::qapi::DecodeError> {
            match name {
                "STOP" => ::core::result::Result::Ok(Self::Stop(data.read()?)),
                "RESUME" => ::core::result::Result::Ok(Self::Resume(data.read()?)),
                "JOB_PROGRESS" => {
                    ::core::result::Result::Ok(Self::JobProgress(data.read()?))
                }
                "BOXED" => ::core::result::Result::Ok(Self::Boxed(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Stop(_) => {
                    ::core::option::Option::Some(<Stop as ::qapi::Event>::INFO)
                }
                Self::Resume(_) => {
                    ::core::option::Option::Some(<Resume as ::qapi::Event>::INFO)
                }
                Self::JobProgress(_) => {
                    ::core::option::Option::Some(<JobProgress as ::qapi::Event>::INFO)
                }
                Self::Boxed(_) => {
                    ::core::option::Option::Some(<Boxed as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Stop(_) => "STOP",
                Self::Resume(_) => "RESUME",
                Self::JobProgress(_) => "JOB_PROGRESS",
                Self::Boxed(_) => "BOXED",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Stop(event) => w.value(event),
                Self::Resume(event) => w.value(event),
                Self::JobProgress(event) => w.value(event),
                Self::Boxed(event) => w.value(event),
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
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"STOP\",\"meta-type\":\"event\",\"arg-type\":\"0\"}",
        ",{\"name\":\"RESUME\",\"meta-type\":\"event\",\"arg-type\":\"1\"}",
        ",{\"name\":\"JOB_PROGRESS\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"BOXED\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[{\"name\":\"reason\",\"type\":\"3\",\"default\":null}]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"done\",\"type\":\"int\"},{\"name\":\"total\",\"type\":\"int\",\"default\":null}]}",
        ",{\"name\":\"3\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"host\"}],\"values\":[\"host\"]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}]",
    ];
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
