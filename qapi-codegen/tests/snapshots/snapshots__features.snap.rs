// Generated from `features.json` by qapi-codegen. Changes made here are lost.

/// Values with features.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Mode {
    /// the old way
    #[deprecated = "Value old is deprecated. Use \"new\", or Old, instead."]
    Old,
    /// the new way
    ///
    /// **Unstable:** Value `new` may change.
    #[cfg(feature = "unstable")]
    New,
    /// with a feature of its own
    ///
    /// **Feature `curious`:** it is odd
    Odd,
}

#[allow(deprecated)]
impl ::qapi::rt::Enum for Mode {
    const VALUES: &'static [Self] = &[
        Self::Old,
        #[cfg(feature = "unstable")]
        Self::New,
        Self::Odd,
    ];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Mode",
            const {
                &::qapi::rt::ordered([
                    ::qapi::rt::value("old").deprecated().features(&["deprecated"]),
                    #[cfg(feature = "unstable")]
                    ::qapi::rt::value("new").unstable().features(&["unstable"]),
                    ::qapi::rt::value("odd").features(&["curious"]),
                ])
            },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(#[allow(deprecated)] Mode);

/// Nobody should use the member.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Old {
    /// the mode
    #[deprecated = "Member mode is deprecated."]
    pub mode: Mode,
}

#[allow(deprecated)]
#[allow(dead_code, clippy::all)]
impl Old {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(mode: Mode) -> Self {
        Self { mode }
    }
}

#[allow(deprecated)]
impl ::qapi::rt::Object for Old {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Old",
            const {
                &[::qapi::rt::member("mode").deprecated().features(&["deprecated"])]
            },
        )
    }
    ::qapi::rt::methods! {
        required(mode),
    }
}
::qapi::rt::object!(#[allow(deprecated)] Old);

/// Members with features.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct User {
    /// a list
    pub old: ::std::vec::Vec<Old>,
    /// deprecated itself
    #[deprecated = "Member gone goes away."]
    pub gone: i64,
    /// not settled
    ///
    /// **Unstable:** Member `x-new` may change.
    #[cfg(feature = "unstable")]
    pub x_new: ::core::option::Option<::std::string::String>,
}

#[allow(deprecated)]
#[allow(dead_code, clippy::all)]
impl User {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(old: ::std::vec::Vec<Old>, gone: i64) -> Self {
        Self {
            old,
            gone,
            #[cfg(feature = "unstable")]
            x_new: ::core::option::Option::None,
        }
    }
}

#[allow(deprecated)]
impl ::qapi::rt::Object for User {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "User",
            const {
                &[
                    ::qapi::rt::member("old"),
                    ::qapi::rt::member("gone").deprecated().features(&["deprecated"]),
                    #[cfg(feature = "unstable")]
                    ::qapi::rt::optional("x-new").unstable().features(&["unstable"]),
                ]
            },
        )
    }
    ::qapi::rt::methods! {
        required(old), required(gone), #[cfg(feature = "unstable")] optional(x_new),
    }
}
::qapi::rt::object!(#[allow(deprecated)] User);

/// A type with a feature.
///
/// **Feature `of-types`:** Types have features, too.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Fresh {
    /// a member
    pub a: i64,
}

#[allow(dead_code, clippy::all)]
impl Fresh {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(a: i64) -> Self {
        Self { a }
    }
}

impl ::qapi::rt::Object for Fresh {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Fresh", const { &::qapi::rt::members(["a"]) })
            .features(&["of-types"])
    }
    ::qapi::rt::methods! {
        required(a),
    }
}
::qapi::rt::object!(Fresh);

/// Branches come and go with the tag's values.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Tagged {
    /// the tag
    pub tag: TaggedBranch,
    /// a struct
    pub fresh: ::core::option::Option<Fresh>,
}

#[allow(deprecated)]
#[allow(dead_code, clippy::all)]
impl Tagged {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(tag: TaggedBranch) -> Self {
        Self {
            tag,
            fresh: ::core::option::Option::None,
        }
    }
}

/// The branches of [`Tagged`](struct@Tagged): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum TaggedBranch {
    /// the old way
    #[deprecated = "Value old is deprecated. Use \"new\", or Old, instead."]
    Old(Old),
    /// the new way
    ///
    /// **Unstable:** Value `new` may change.
    #[cfg(feature = "unstable")]
    New(Fresh),
    /// with a feature of its own
    ///
    /// **Feature `curious`:** it is odd
    Odd,
}

#[allow(deprecated)]
#[allow(dead_code, clippy::all)]
impl TaggedBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Mode {
        match self {
            Self::Old(_) => Mode::Old,
            #[cfg(feature = "unstable")]
            Self::New(_) => Mode::New,
            Self::Odd => Mode::Odd,
        }
    }
}

#[allow(deprecated)]
impl ::qapi::rt::Object for Tagged {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Tagged",
            const { &::qapi::rt::members(["tag", "*fresh"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let tag_ = r.required()?;
        let fresh_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            fresh: fresh_,
            tag: match tag_ {
                Mode::Old => TaggedBranch::Old(r.branch()?),
                #[cfg(feature = "unstable")]
                Mode::New => TaggedBranch::New(r.branch()?),
                Mode::Odd => TaggedBranch::Odd,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.tag.discriminator());
        w.optional(&self.fresh);
        match &self.tag {
            TaggedBranch::Old(branch) => w.branch(branch),
            #[cfg(feature = "unstable")]
            TaggedBranch::New(branch) => w.branch(branch),
            TaggedBranch::Odd => {}
        }
    }
}
::qapi::rt::object!(#[allow(deprecated)] Tagged);

/// Alternatives do, too.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Either {
    /// a struct
    Old(Old),
    /// a name
    Fresh(::std::string::String),
}

impl ::qapi::rt::Alternate for Either {
    const NAME: &'static str = "Either";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::Dict => ::core::result::Result::Ok(Self::Old(r.value()?)),
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::Fresh(r.value()?))
            }
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Old(value) => w.value(value),
            Self::Fresh(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Either);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// A deprecated command.
    #[deprecated = "Use x-new-command."]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct OldCommand {
        /// the mode
        pub mode: super::Mode,
    }

    #[allow(deprecated)]
    #[allow(dead_code, clippy::all)]
    impl OldCommand {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(mode: super::Mode) -> Self {
            Self { mode }
        }
    }

    #[allow(deprecated)]
    impl ::qapi::rt::Object for OldCommand {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new(
                    "old-command",
                    const { &::qapi::rt::members(["mode"]) },
                )
                .features(&["deprecated"])
        }
        ::qapi::rt::methods! {
            required(mode),
        }
    }
    ::qapi::rt::object!(#[allow(deprecated)] OldCommand);

    #[allow(deprecated)]
    impl ::qapi::Command for OldCommand {
        type Response = super::Old;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "old-command",
            )
            .deprecated()
            .features(&["deprecated"]);
    }

    /// A deprecated command with a type's members.
    #[deprecated = "Use x-new-command."]
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct OldBoxed(pub super::Old);
    ::qapi::rt::newtype!(OldBoxed(super::Old));

    #[allow(deprecated)]
    impl ::qapi::Command for OldBoxed {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("old-boxed")
            .deprecated()
            .features(&["deprecated"]);
    }

    /// An unstable command.
    ///
    /// **Unstable:** This command is experimental.
    #[cfg(feature = "unstable")]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct XNewCommand;

    #[cfg(feature = "unstable")]
    ::qapi::rt::unit!(XNewCommand);

    #[cfg(feature = "unstable")]
    impl ::qapi::Command for XNewCommand {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "x-new-command",
            )
            .unstable()
            .features(&["unstable"]);
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// A deprecated event.
    #[deprecated = "It is not sent."]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct OldEvent;
    ::qapi::rt::unit!(#[allow(deprecated)] OldEvent);

    #[allow(deprecated)]
    impl ::qapi::Event for OldEvent {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("OLD_EVENT")
            .deprecated()
            .features(&["deprecated"]);
    }

    /// An unstable event.
    ///
    /// **Unstable:** It may change.
    #[cfg(feature = "unstable")]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct NewEvent {
        /// a member
        pub a: i64,
    }

    #[cfg(feature = "unstable")]
    #[allow(dead_code, clippy::all)]
    impl NewEvent {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    #[cfg(feature = "unstable")]
    impl ::qapi::rt::Object for NewEvent {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("NEW_EVENT", const { &::qapi::rt::members(["a"]) })
                .features(&["unstable"])
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }

    #[cfg(feature = "unstable")]
    ::qapi::rt::object!(NewEvent);

    #[cfg(feature = "unstable")]
    impl ::qapi::Event for NewEvent {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("NEW_EVENT")
            .unstable()
            .features(&["unstable"]);
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    #[allow(deprecated)]
    pub enum Event {
        /// `OLD_EVENT`
        OldEvent(OldEvent),
        /// `NEW_EVENT`
        #[cfg(feature = "unstable")]
        NewEvent(NewEvent),
        /// An event that the schema does not name.
        Unknown(::qapi::RawEvent),
    }

    #[allow(deprecated)]
    impl ::qapi::rt::AnyEvent for Event {
        #[inline]
        fn read(
            name: &str,
            data: ::qapi::rt::EventData<'_>,
        ) -> ::core::result::Result<Self, ::qapi::DecodeError> {
            match name {
                "OLD_EVENT" => ::core::result::Result::Ok(Self::OldEvent(data.read()?)),
                #[cfg(feature = "unstable")]
                "NEW_EVENT" => ::core::result::Result::Ok(Self::NewEvent(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::OldEvent(_) => {
                    ::core::option::Option::Some(<OldEvent as ::qapi::Event>::INFO)
                }
                #[cfg(feature = "unstable")]
                Self::NewEvent(_) => {
                    ::core::option::Option::Some(<NewEvent as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::OldEvent(_) => "OLD_EVENT",
                #[cfg(feature = "unstable")]
                Self::NewEvent(_) => "NEW_EVENT",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::OldEvent(event) => w.value(event),
                #[cfg(feature = "unstable")]
                Self::NewEvent(event) => w.value(event),
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
    /// The commands of `features.json`.
    #[allow(deprecated)]
    pub trait FeaturesCommands {
        /// A deprecated command.
        ///
        /// Command [`old-command`](super::commands::OldCommand).
        fn old_command(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::OldCommand,
        ) -> ::core::result::Result<super::Old, ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("old-command"),
            )
        }
        /// A deprecated command with a type's members.
        ///
        /// Command [`old-boxed`](super::commands::OldBoxed).
        fn old_boxed(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Old,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("old-boxed"))
        }
        /// An unstable command.
        ///
        /// Command `x-new-command`.
        #[cfg(feature = "unstable")]
        fn x_new_command(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("x-new-command"),
            )
        }
    }

    /// Dispatches the commands of [`FeaturesCommands`].
    #[allow(deprecated)]
    pub fn features_commands<H: FeaturesCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::OldCommand as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::OldCommand| {
                            handler.old_command(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::OldBoxed as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::OldBoxed| {
                            handler.old_boxed(cx, arguments.0)
                        })
                    },
                ),
                #[cfg(feature = "unstable")]
                ::qapi::Handler::new(
                    <super::commands::XNewCommand as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::XNewCommand| {
                            handler.x_new_command(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: FeaturesCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [features_commands()]
    }

    /// The commands of `features.json`.
    #[allow(deprecated)]
    pub trait AsyncFeaturesCommands: ::core::marker::Sync {
        /// A deprecated command.
        ///
        /// Command [`old-command`](super::commands::OldCommand).
        fn old_command(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::OldCommand,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::Old, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("old-command"),
                ),
            )
        }
        /// A deprecated command with a type's members.
        ///
        /// Command [`old-boxed`](super::commands::OldBoxed).
        fn old_boxed(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Old,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("old-boxed"),
                ),
            )
        }
        /// An unstable command.
        ///
        /// Command `x-new-command`.
        #[cfg(feature = "unstable")]
        fn x_new_command(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("x-new-command"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncFeaturesCommands`].
    #[allow(deprecated)]
    pub fn async_features_commands<H: AsyncFeaturesCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::OldCommand as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::OldCommand| {
                            handler.old_command(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::OldBoxed as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::OldBoxed| {
                            handler.old_boxed(cx, arguments.0)
                        })
                    },
                ),
                #[cfg(feature = "unstable")]
                ::qapi::AsyncHandler::new(
                    <super::commands::XNewCommand as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::XNewCommand| {
                            handler.x_new_command(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncFeaturesCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_features_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"old-command\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\",\"features\":[\"deprecated\"]}",
        ",{\"name\":\"old-boxed\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"2\",\"features\":[\"deprecated\"]}",
        #[cfg(feature = "unstable")]
        ",{\"name\":\"x-new-command\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"2\",\"features\":[\"unstable\"]}",
        ",{\"name\":\"OLD_EVENT\",\"meta-type\":\"event\",\"arg-type\":\"2\",\"features\":[\"deprecated\"]}",
        #[cfg(feature = "unstable")]
        ",{\"name\":\"NEW_EVENT\",\"meta-type\":\"event\",\"arg-type\":\"3\",\"features\":[\"unstable\"]}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"mode\",\"type\":\"4\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[{\"name\":\"mode\",\"type\":\"4\",\"features\":[\"deprecated\"]}]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"4\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"old\",\"features\":[\"deprecated\"]}",
        #[cfg(feature = "unstable")]
        ",{\"name\":\"new\",\"features\":[\"unstable\"]}",
        ",{\"name\":\"odd\",\"features\":[\"curious\"]}],\"values\":[\"old\"",
        #[cfg(feature = "unstable")]
        ",\"new\"",
        ",\"odd\"]}",
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
