// Generated from `documentation.json` by qapi-codegen. Changes made here are lost.

/// A first paragraph with *emphasis*, **strong** words, `code`,
/// `first`, [`Markup`], [`describe`](commands::Describe), [`DESCRIBED`](events::Described), `nobody`, [`Markup`], and
/// [a link](<https://www.qemu.org/>).
///
/// What Markdown would take for markup: \[x\], \<b>, a\*b\*c, \_\_init\_\_,
/// 1 \< 2, \\ and child\<type>; see <https://www.qemu.org/docs>.
///
/// > **Note:** Indented text
/// > goes on.
/// >
/// > In two paragraphs.
///
/// **Example:** With a title
///
/// ```text
/// -> { "execute": "describe" }
/// <- { "return": {} }
/// ```
///
/// 1. one
///
/// 2. two
///
///    - nested
///    - list
///
/// Like this:
///
/// ```text
/// fn main() {}
/// ```
///
/// ```text
/// +---+---+
/// | a | b |
/// +---+---+
/// ```
///
/// **Feature `special`:** It is.
///
/// **Since:** 3.1
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Markup {
    /// described in
    ///
    /// - a list
    ///
    ///   with paragraphs
    pub first: i64,
    /// a word
    pub second: ::core::option::Option<::std::string::String>,
}

#[allow(dead_code, clippy::all)]
impl Markup {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(first: i64) -> Self {
        Self {
            first,
            second: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Markup {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
                "Markup",
                const { &::qapi::rt::members(["first", "*second"]) },
            )
            .features(&["special"])
    }
    ::qapi::rt::methods! {
        required(first), optional(second),
    }
}
::qapi::rt::object!(Markup);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// Describes.
    ///
    /// # Returns
    ///
    /// words
    ///
    /// # Errors
    ///
    /// - DeviceNotFound if there is none
    ///
    /// **Since:** 3.1
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Describe {
        /// what
        pub what: ::core::option::Option<::std::string::String>,
    }

    impl ::qapi::rt::Object for Describe {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("describe", const { &::qapi::rt::members(["*what"]) })
        }
        ::qapi::rt::methods! {
            optional(what),
        }
    }
    ::qapi::rt::object!(Describe);

    impl ::qapi::Command for Describe {
        type Response = super::Markup;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("describe");
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// Not documented.
    ///
    /// # Notes
    ///
    /// older schemas have sections of this kind.
    ///
    /// **Example:**
    ///
    /// ```text
    /// <- { "event": "DESCRIBED" }
    /// ```
    ///
    /// **Since:** 3.1
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Described;
    ::qapi::rt::unit!(Described);

    impl ::qapi::Event for Described {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("DESCRIBED");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `DESCRIBED`
        Described(Described),
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
                "DESCRIBED" => ::core::result::Result::Ok(Self::Described(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Described(_) => {
                    ::core::option::Option::Some(<Described as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Described(_) => "DESCRIBED",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Described(event) => w.value(event),
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
    /// The commands of `documentation.json`.
    pub trait DocumentationCommands {
        /// Describes.
        ///
        /// Command [`describe`](super::commands::Describe).
        fn describe(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Describe,
        ) -> ::core::result::Result<super::Markup, ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("describe"))
        }
    }

    /// Dispatches the commands of [`DocumentationCommands`].
    pub fn documentation_commands<H: DocumentationCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Describe as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Describe| {
                            handler.describe(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: DocumentationCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [documentation_commands()]
    }

    /// The commands of `documentation.json`.
    pub trait AsyncDocumentationCommands: ::core::marker::Sync {
        /// Describes.
        ///
        /// Command [`describe`](super::commands::Describe).
        fn describe(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Describe,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::Markup, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("describe"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncDocumentationCommands`].
    pub fn async_documentation_commands<H: AsyncDocumentationCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Describe as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Describe| {
                            handler.describe(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncDocumentationCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_documentation_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"describe\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"DESCRIBED\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"what\",\"type\":\"str\",\"default\":null}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[{\"name\":\"first\",\"type\":\"int\"},{\"name\":\"second\",\"type\":\"str\",\"default\":null}],\"features\":[\"special\"]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}",
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
