// Generated from `options.json` by qapi-codegen. Changes made here are lost.

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(PartialOrd)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Plain {
    /// Not documented.
    Alpha,
    /// Not documented.
    B,
}

impl ::qapi::rt::Enum for Plain {
    const VALUES: &'static [Self] = &[Self::Alpha, Self::B];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new("Plain", const { &::qapi::rt::values(["a", "b"]) })
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Plain);

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(PartialOrd)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Shape {
    /// Not documented.
    pub plain: Plain,
    /// Not documented.
    #[doc(alias = "abscissa")]
    pub horizontal: i64,
}

#[allow(dead_code, clippy::all)]
impl Shape {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(plain: Plain, horizontal: i64) -> Self {
        Self { plain, horizontal }
    }
}

impl ::qapi::rt::Object for Shape {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Shape", const { &::qapi::rt::members(["plain", "x"]) })
    }
    ::qapi::rt::methods! {
        required(plain), required(horizontal),
    }
}
::qapi::rt::object!(Shape);

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(PartialOrd)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Wide {
    /// Not documented.
    pub kind: WideBranch,
    /// Not documented.
    pub n: i64,
}

#[allow(dead_code, clippy::all)]
impl Wide {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(kind: WideBranch, n: i64) -> Self {
        Self { kind, n }
    }
}

/// The branches of [`Wide`](struct@Wide): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(PartialOrd)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum WideBranch {
    /// Not documented.
    Alpha(Shape),
    /// Not documented.
    B,
}

#[allow(dead_code, clippy::all)]
impl WideBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Plain {
        match self {
            Self::Alpha(_) => Plain::Alpha,
            Self::B => Plain::B,
        }
    }
}

impl ::qapi::rt::Object for Wide {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Wide", const { &::qapi::rt::members(["kind", "n"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let kind_ = r.required()?;
        let n_ = r.required()?;
        ::core::result::Result::Ok(Self {
            n: n_,
            kind: match kind_ {
                Plain::Alpha => WideBranch::Alpha(r.branch()?),
                Plain::B => WideBranch::B,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.kind.discriminator());
        w.required(&self.n);
        match &self.kind {
            WideBranch::Alpha(branch) => w.branch(branch),
            WideBranch::B => {}
        }
    }
}
::qapi::rt::object!(Wide);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Paint {
        /// Not documented.
        pub shape: super::Shape,
        /// Not documented.
        pub at: ::qapi::Value,
        /// Not documented.
        pub wide: ::core::option::Option<super::Wide>,
    }

    #[allow(dead_code, clippy::all)]
    impl Paint {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(shape: super::Shape, at: ::qapi::Value) -> Self {
            Self {
                shape,
                at,
                wide: ::core::option::Option::None,
            }
        }
    }

    impl ::qapi::rt::Object for Paint {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new(
                "draw",
                const { &::qapi::rt::members(["shape", "at", "*wide"]) },
            )
        }
        ::qapi::rt::methods! {
            required(shape), required(at), optional(wide),
        }
    }
    ::qapi::rt::object!(Paint);

    impl ::qapi::Command for Paint {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("draw");
    }
}

/// The events: for each a type with its data.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Cleared {
        /// Not documented.
        pub what: super::Plain,
    }

    #[allow(dead_code, clippy::all)]
    impl Cleared {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(what: super::Plain) -> Self {
            Self { what }
        }
    }

    impl ::qapi::rt::Object for Cleared {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("CLEARED", const { &::qapi::rt::members(["what"]) })
        }
        ::qapi::rt::methods! {
            required(what),
        }
    }
    ::qapi::rt::object!(Cleared);

    impl ::qapi::Event for Cleared {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("CLEARED");
    }
}

/// The traits that a server implements, one for the commands of each schema file, and
/// functions that return their dispatch tables.
///
/// A command without a method of the server's own is answered like an unknown one. The
/// asynchronous form of each trait has the same name after `Async`.
#[allow(dead_code, clippy::all)]
pub mod server {
    /// The commands of `options.json`.
    pub trait OptionsCommands {
        /// Command [`draw`](super::commands::Paint).
        fn paint(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Paint,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("draw"))
        }
    }

    /// Dispatches the commands of [`OptionsCommands`].
    pub fn options_commands<H: OptionsCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Paint as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Paint| {
                            handler.paint(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: OptionsCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [options_commands()]
    }

    /// The commands of `options.json`.
    pub trait AsyncOptionsCommands: ::core::marker::Sync {
        /// Command [`draw`](super::commands::Paint).
        fn paint(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Paint,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("draw")),
            )
        }
    }

    /// Dispatches the commands of [`AsyncOptionsCommands`].
    pub fn async_options_commands<H: AsyncOptionsCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Paint as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Paint| {
                            handler.paint(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncOptionsCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_options_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"draw\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"CLEARED\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"shape\",\"type\":\"3\"},{\"name\":\"at\",\"type\":\"4\"},{\"name\":\"wide\",\"type\":\"5\",\"default\":null}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"what\",\"type\":\"6\"}]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"plain\",\"type\":\"6\"},{\"name\":\"x\",\"type\":\"int\"}]}",
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"to\",\"type\":\"7\"}]}",
        ",{\"name\":\"5\",\"meta-type\":\"object\",\"members\":[{\"name\":\"kind\",\"type\":\"6\"},{\"name\":\"n\",\"type\":\"int\"}],\"tag\":\"kind\",\"variants\":[{\"case\":\"a\",\"type\":\"3\"},{\"case\":\"b\",\"type\":\"1\"}]}",
        ",{\"name\":\"6\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"values\":[\"a\",\"b\"]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
        ",{\"name\":\"7\",\"meta-type\":\"object\",\"members\":[]}]",
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
/// | event | type of its data in [`events`] |
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
