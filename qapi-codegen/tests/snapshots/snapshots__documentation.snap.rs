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
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
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

#[allow(dead_code)]
impl Markup {
    /// A value of the mandatory members; the optional ones are absent.
    #[inline]
    pub fn new(first: i64) -> Self {
        Self {
            first,
            second: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Markup {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
            "Markup",
            &[::qapi::rt::member("first"), ::qapi::rt::optional("second")],
        )
        .features(&["special"]);
    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        ::core::result::Result::Ok(Self {
            first: r.required()?,
            second: r.optional()?,
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.first);
        w.optional(&self.second);
    }
}
::qapi::rt::object!(Markup);

/// The commands: a type for the arguments of each.
///
/// A client sends a value of such a type. Its optional members are `None` unless they are set:
/// `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code)]
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
    #[derive(
        ::core::fmt::Debug,
        ::core::clone::Clone,
        ::core::cmp::PartialEq,
        ::core::default::Default
    )]
    pub struct Describe {
        /// what
        pub what: ::core::option::Option<::std::string::String>,
    }

    impl ::qapi::rt::Object for Describe {
        const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
            "describe",
            &[::qapi::rt::optional("what")],
        );
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
            ::core::result::Result::Ok(Self { what: r.optional()? })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.optional(&self.what);
        }
    }
    ::qapi::rt::object!(Describe);

    impl ::qapi::Command for Describe {
        type Response = super::Markup;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("describe");
    }
}

/// The events: a type for the data of each, and `Event` for any of them.
#[allow(dead_code)]
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
    #[derive(
        ::core::fmt::Debug,
        ::core::clone::Clone,
        ::core::cmp::PartialEq,
        ::core::default::Default
    )]
    pub struct Described;
    ::qapi::rt::unit!(Described);

    impl ::qapi::Event for Described {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("DESCRIBED");
    }

    /// An event of whatever kind.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    #[allow(clippy::large_enum_variant)]
    pub enum Event {
        /// `DESCRIBED`
        Described(Described),
        /// One that the schema does not name.
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

/// What a server implements: a trait for the commands of each module of the schema.
/// Commands that it leaves out are answered as unknown ones are.
#[allow(dead_code)]
pub mod server {
    /// The commands of `documentation.json`.
    #[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]
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
    #[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]
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

/// The introspection data of the schema.
#[allow(dead_code)]
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
#[allow(unused_imports)]
pub mod prelude {
    pub use super::*;
}
