// Generated from `names.json` by qapi-codegen. Changes made here are lost.

/// Called what Rust calls text. See [`String`], [`Option`], [`Debug`](type@Debug) and [`stop`](commands::Stop).
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct String {
    /// text
    pub str: ::std::string::String,
    /// in capitals
    pub uuid: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl String {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        str: impl ::core::convert::Into<::std::string::String>,
        uuid: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self {
            str: str.into(),
            uuid: uuid.into(),
        }
    }
}

impl ::qapi::rt::Object for String {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("String", const { &::qapi::rt::members(["str", "UUID"]) })
    }
    ::qapi::rt::methods! {
        required(str), required(uuid),
    }
}
::qapi::rt::object!(String);

/// Called what Rust calls something else.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Option {
    /// a value
    Some,
    /// no value
    None,
}

impl ::qapi::rt::Enum for Option {
    const VALUES: &'static [Self] = &[Self::Some, Self::None];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Option",
            const { &::qapi::rt::values(["some", "none"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Option);

/// The one or the other.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Result {
    /// which
    pub kind: ResultBranch,
    /// a list
    pub vec: ::core::option::Option<::std::vec::Vec<Vec>>,
}

#[allow(dead_code, clippy::all)]
impl Result {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(kind: ResultBranch) -> Self {
        Self {
            kind,
            vec: ::core::option::Option::None,
        }
    }
}

/// The branches of [`Result`](struct@Result): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum ResultBranch {
    /// a value
    Some(Box),
    /// no value
    None,
}

#[allow(dead_code, clippy::all)]
impl ResultBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Option {
        match self {
            Self::Some(_) => Option::Some,
            Self::None => Option::None,
        }
    }
}

impl ::qapi::rt::Object for Result {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Result",
            const { &::qapi::rt::members(["kind", "*vec"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let kind_ = r.required()?;
        let vec_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            vec: vec_,
            kind: match kind_ {
                Option::Some => ResultBranch::Some(r.branch()?),
                Option::None => ResultBranch::None,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.kind.discriminator());
        w.optional(&self.vec);
        match &self.kind {
            ResultBranch::Some(branch) => w.branch(branch),
            ResultBranch::None => {}
        }
    }
}
::qapi::rt::object!(Result);

/// A box.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct Box {
    /// what is in it
    pub r#in: ::core::option::Option<::std::boxed::Box<Box>>,
}

impl ::qapi::rt::Object for Box {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Box", const { &::qapi::rt::members(["*in"]) })
    }
    ::qapi::rt::methods! {
        optional_box(r#in),
    }
}
::qapi::rt::object!(Box);

/// A list or text.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Vec {
    /// a list
    Some(::std::vec::Vec<String>),
    /// text
    None(::std::string::String),
}

impl ::qapi::rt::Alternate for Vec {
    const NAME: &'static str = "Vec";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::List => ::core::result::Result::Ok(Self::Some(r.value()?)),
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::None(r.value()?))
            }
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Some(value) => w.value(value),
            Self::None(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Vec);

/// What derives are called.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct Debug {
    /// one
    pub default: ::core::option::Option<String>,
}

impl ::qapi::rt::Object for Debug {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Debug", const { &::qapi::rt::members(["*default"]) })
    }
    ::qapi::rt::methods! {
        optional(default),
    }
}
::qapi::rt::object!(Debug);

/// A downstream type.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct OrgExampleXType {
    /// a downstream member
    pub org_example_x_member: ::core::option::Option<i64>,
}

impl ::qapi::rt::Object for OrgExampleXType {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "__org.example_x-Type",
            const { &::qapi::rt::members(["*__org.example_x-member"]) },
        )
    }
    ::qapi::rt::methods! {
        optional(org_example_x_member),
    }
}
::qapi::rt::object!(OrgExampleXType);

/// A type that is called what a command is.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct SetSpeed {
    /// the speed
    pub speed: i64,
}

#[allow(dead_code, clippy::all)]
impl SetSpeed {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(speed: i64) -> Self {
        Self { speed }
    }
}

impl ::qapi::rt::Object for SetSpeed {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("SetSpeed", const { &::qapi::rt::members(["speed"]) })
    }
    ::qapi::rt::methods! {
        required(speed),
    }
}
::qapi::rt::object!(SetSpeed);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// A command that is called what its type is.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct SetSpeed(pub super::SetSpeed);
    ::qapi::rt::newtype!(SetSpeed(super::SetSpeed));

    impl ::qapi::Command for SetSpeed {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "set-speed",
        );
    }

    /// A command that is called what an event is.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Stop;
    ::qapi::rt::unit!(Stop);

    impl ::qapi::Command for Stop {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("stop");
    }

    /// A command that is called what Rust reserves.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Yield {
        /// another such word
        pub crate_: super::Debug,
    }

    #[allow(dead_code, clippy::all)]
    impl Yield {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(crate_: super::Debug) -> Self {
            Self { crate_ }
        }
    }

    impl ::qapi::rt::Object for Yield {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("yield", const { &::qapi::rt::members(["crate"]) })
        }
        ::qapi::rt::methods! {
            required(crate_),
        }
    }
    ::qapi::rt::object!(Yield);

    impl ::qapi::Command for Yield {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("yield");
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// An event that is called what a command is.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Stop;
    ::qapi::rt::unit!(Stop);

    impl ::qapi::Event for Stop {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("STOP");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `STOP`
        Stop(Stop),
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
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Stop(_) => {
                    ::core::option::Option::Some(<Stop as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Stop(_) => "STOP",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Stop(event) => w.value(event),
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
    /// The commands of `names.json`.
    pub trait NamesCommands {
        /// A command that is called what its type is.
        ///
        /// Command [`set-speed`](super::commands::SetSpeed).
        fn set_speed(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::SetSpeed,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("set-speed"))
        }
        /// A command that is called what an event is.
        ///
        /// Command [`stop`](super::commands::Stop).
        fn stop(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("stop"))
        }
        /// A command that is called what Rust reserves.
        ///
        /// Command [`yield`](super::commands::Yield).
        fn r#yield(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Yield,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("yield"))
        }
    }

    /// Dispatches the commands of [`NamesCommands`].
    pub fn names_commands<H: NamesCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::SetSpeed as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::SetSpeed| {
                            handler.set_speed(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Stop as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Stop| handler.stop(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Yield as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Yield| {
                            handler.r#yield(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: NamesCommands + 'static>() -> [&'static [::qapi::Handler<H>]; 1] {
        [names_commands()]
    }

    /// The commands of `names.json`.
    pub trait AsyncNamesCommands: ::core::marker::Sync {
        /// A command that is called what its type is.
        ///
        /// Command [`set-speed`](super::commands::SetSpeed).
        fn set_speed(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::SetSpeed,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("set-speed"),
                ),
            )
        }
        /// A command that is called what an event is.
        ///
        /// Command [`stop`](super::commands::Stop).
        fn stop(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("stop")),
            )
        }
        /// A command that is called what Rust reserves.
        ///
        /// Command [`yield`](super::commands::Yield).
        fn r#yield(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Yield,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("yield")),
            )
        }
    }

    /// Dispatches the commands of [`AsyncNamesCommands`].
    pub fn async_names_commands<H: AsyncNamesCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::SetSpeed as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::SetSpeed| {
                            handler.set_speed(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Stop as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Stop| handler.stop(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Yield as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Yield| {
                            handler.r#yield(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncNamesCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_names_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"set-speed\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"stop\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"yield\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"1\"}",
        ",{\"name\":\"STOP\",\"meta-type\":\"event\",\"arg-type\":\"1\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"speed\",\"type\":\"int\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"crate\",\"type\":\"3\"}]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"default\",\"type\":\"4\",\"default\":null}]}",
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"str\",\"type\":\"str\"},{\"name\":\"UUID\",\"type\":\"str\"}]}",
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

    pub use ::std::prelude::rust_2024::String;

    pub use ::std::prelude::rust_2024::Option;

    pub use ::std::prelude::rust_2024::Result;

    pub use ::std::prelude::rust_2024::Box;

    pub use ::std::prelude::rust_2024::Vec;
}
