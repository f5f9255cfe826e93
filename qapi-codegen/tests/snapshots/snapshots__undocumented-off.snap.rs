// Generated from `undocumented-off.json` by qapi-codegen. Changes made here are lost.

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Plain {
    A,
}

impl ::qapi::rt::Enum for Plain {
    const VALUES: &'static [Self] = &[Self::A];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new("Plain", const { &::qapi::rt::values(["a"]) })
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Plain);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Point {
    pub x: i64,
    pub of: ::core::option::Option<Plain>,
}

#[allow(dead_code, clippy::all)]
impl Point {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(x: i64) -> Self {
        Self {
            x,
            of: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Point {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Point", const { &::qapi::rt::members(["x", "*of"]) })
    }
    ::qapi::rt::methods! {
        required(x), optional(of),
    }
}
::qapi::rt::object!(Point);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Shape {
    pub plain: ShapeBranch,
    pub y: i64,
}

#[allow(dead_code, clippy::all)]
impl Shape {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(plain: ShapeBranch, y: i64) -> Self {
        Self { plain, y }
    }
}

/// The branches of [`Shape`](struct@Shape): the tag, and the members that it selects.
#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum ShapeBranch {
    A(Point),
}

#[allow(dead_code, clippy::all)]
impl ShapeBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Plain {
        match self {
            Self::A(_) => Plain::A,
        }
    }
}

impl ::qapi::rt::Object for Shape {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Shape", const { &::qapi::rt::members(["plain", "y"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let plain_ = r.required()?;
        let y_ = r.required()?;
        ::core::result::Result::Ok(Self {
            y: y_,
            plain: match plain_ {
                Plain::A => ShapeBranch::A(r.branch()?),
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.plain.discriminator());
        w.required(&self.y);
        match &self.plain {
            ShapeBranch::A(branch) => w.branch(branch),
        }
    }
}
::qapi::rt::object!(Shape);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum PointOrName {
    Point(Point),
    Name(::std::string::String),
}

impl ::qapi::rt::Alternate for PointOrName {
    const NAME: &'static str = "PointOrName";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::Dict => ::core::result::Result::Ok(Self::Point(r.value()?)),
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::Name(r.value()?))
            }
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Point(value) => w.value(value),
            Self::Name(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(PointOrName);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Draw {
        pub shape: super::Shape,
    }

    #[allow(dead_code, clippy::all)]
    impl Draw {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(shape: super::Shape) -> Self {
            Self { shape }
        }
    }

    impl ::qapi::rt::Object for Draw {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("draw", const { &::qapi::rt::members(["shape"]) })
        }
        ::qapi::rt::methods! {
            required(shape),
        }
    }
    ::qapi::rt::object!(Draw);

    impl ::qapi::Command for Draw {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("draw");
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Drawn {
        pub what: super::PointOrName,
    }

    #[allow(dead_code, clippy::all)]
    impl Drawn {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(what: super::PointOrName) -> Self {
            Self { what }
        }
    }

    impl ::qapi::rt::Object for Drawn {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("DRAWN", const { &::qapi::rt::members(["what"]) })
        }
        ::qapi::rt::methods! {
            required(what),
        }
    }
    ::qapi::rt::object!(Drawn);

    impl ::qapi::Event for Drawn {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("DRAWN");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `DRAWN`
        Drawn(Drawn),
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
                "DRAWN" => ::core::result::Result::Ok(Self::Drawn(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Drawn(_) => {
                    ::core::option::Option::Some(<Drawn as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Drawn(_) => "DRAWN",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Drawn(event) => w.value(event),
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
    /// The commands of `undocumented-off.json`.
    pub trait UndocumentedOffCommands {
        /// Command [`draw`](super::commands::Draw).
        fn draw(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Draw,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("draw"))
        }
    }

    /// Dispatches the commands of [`UndocumentedOffCommands`].
    pub fn undocumented_off_commands<H: UndocumentedOffCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Draw as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Draw| {
                            handler.draw(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: UndocumentedOffCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [undocumented_off_commands()]
    }

    /// The commands of `undocumented-off.json`.
    pub trait AsyncUndocumentedOffCommands: ::core::marker::Sync {
        /// Command [`draw`](super::commands::Draw).
        fn draw(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Draw,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("draw")),
            )
        }
    }

    /// Dispatches the commands of [`AsyncUndocumentedOffCommands`].
    pub fn async_undocumented_off_commands<H: AsyncUndocumentedOffCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Draw as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Draw| {
                            handler.draw(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncUndocumentedOffCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_undocumented_off_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"draw\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"DRAWN\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"shape\",\"type\":\"3\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"what\",\"type\":\"4\"}]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"plain\",\"type\":\"5\"},{\"name\":\"y\",\"type\":\"int\"}],\"tag\":\"plain\",\"variants\":[{\"case\":\"a\",\"type\":\"6\"}]}",
        ",{\"name\":\"4\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"6\"},{\"type\":\"str\"}]}",
        ",{\"name\":\"5\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"a\"}],\"values\":[\"a\"]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
        ",{\"name\":\"6\",\"meta-type\":\"object\",\"members\":[{\"name\":\"x\",\"type\":\"int\"},{\"name\":\"of\",\"type\":\"5\",\"default\":null}]}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}]",
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
