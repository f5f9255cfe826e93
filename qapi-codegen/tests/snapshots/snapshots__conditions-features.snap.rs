// Generated from `conditions-features.json` by qapi-codegen. Changes made here are lost.

/// Hosts.
///
/// **Feature `portable`:** It runs elsewhere.
///
/// **If:** `CONFIG_LINUX`
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Host {
    /// Linux
    ///
    /// **If:** `CONFIG_LINUX`
    #[cfg(feature = "CONFIG_LINUX")]
    Linux,
    /// all others
    Any,
}

impl ::qapi::rt::Enum for Host {
    const VALUES: &'static [Self] = &[
        #[cfg(feature = "CONFIG_LINUX")]
        Self::Linux,
        Self::Any,
    ];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
                "Host",
                const {
                    &::qapi::rt::values([
                        #[cfg(feature = "CONFIG_LINUX")]
                        "linux",
                        "any",
                    ])
                },
            )
            .features(&[#[cfg(feature = "CONFIG_LINUX")] "portable"])
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Host);

/// Under a condition of several parts.
///
/// **If:** `CONFIG_LINUX` and not (`CONFIG_A` or `CONFIG_B`)
#[cfg(
    all(feature = "CONFIG_LINUX", not(any(feature = "CONFIG_A", feature = "CONFIG_B")))
)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Only {
    /// a path
    pub path: ::std::string::String,
}

#[cfg(
    all(feature = "CONFIG_LINUX", not(any(feature = "CONFIG_A", feature = "CONFIG_B")))
)]
#[allow(dead_code, clippy::all)]
impl Only {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(path: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self { path: path.into() }
    }
}

#[cfg(
    all(feature = "CONFIG_LINUX", not(any(feature = "CONFIG_A", feature = "CONFIG_B")))
)]
impl ::qapi::rt::Object for Only {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Only", const { &::qapi::rt::members(["path"]) })
    }
    ::qapi::rt::methods! {
        required(path),
    }
}

#[cfg(
    all(feature = "CONFIG_LINUX", not(any(feature = "CONFIG_A", feature = "CONFIG_B")))
)]
::qapi::rt::object!(Only);

/// Every member is under a condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Gated {
    /// mandatory
    ///
    /// **If:** `CONFIG_A`
    #[cfg(feature = "CONFIG_A")]
    pub must: ::std::string::String,
    /// optional
    ///
    /// **If:** `CONFIG_B`
    #[cfg(feature = "CONFIG_B")]
    #[cfg_attr(feature = "CONFIG_C", deprecated = "Member may is deprecated.")]
    pub may: ::core::option::Option<i64>,
}

#[allow(deprecated)]
#[allow(dead_code, clippy::all)]
impl Gated {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        #[cfg(feature = "CONFIG_A")]
        must: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self {
            #[cfg(feature = "CONFIG_A")]
            must: must.into(),
            #[cfg(feature = "CONFIG_B")]
            may: ::core::option::Option::None,
        }
    }
}

#[allow(deprecated)]
impl ::qapi::rt::Object for Gated {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Gated",
            const {
                &[
                    #[cfg(feature = "CONFIG_A")]
                    ::qapi::rt::member("must"),
                    #[cfg(feature = "CONFIG_B")]
                    ::qapi::rt::optional("may")
                        .deprecated()
                        .features(&[#[cfg(feature = "CONFIG_C")] "deprecated"]),
                ]
            },
        )
    }
    ::qapi::rt::methods! {
        #[cfg(feature = "CONFIG_A")] required(must), #[cfg(feature = "CONFIG_B")]
        optional(may),
    }
}
::qapi::rt::object!(#[allow(deprecated)] Gated);

/// Every value is under a condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Sometimes {
    /// under one
    ///
    /// **If:** `CONFIG_A`
    #[cfg(feature = "CONFIG_A")]
    A,
    /// under another
    ///
    /// **If:** `CONFIG_B`
    #[cfg(feature = "CONFIG_B")]
    B,
}

impl ::qapi::rt::Enum for Sometimes {
    const VALUES: &'static [Self] = &[
        #[cfg(feature = "CONFIG_A")]
        Self::A,
        #[cfg(feature = "CONFIG_B")]
        Self::B,
    ];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Sometimes",
            const {
                &::qapi::rt::values([
                    #[cfg(feature = "CONFIG_A")]
                    "a",
                    #[cfg(feature = "CONFIG_B")]
                    "b",
                ])
            },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        Self::VALUES.iter().position(|value| value == self).unwrap_or(0)
    }
}
::qapi::rt::enumeration!(Sometimes);

/// So every branch is.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Which {
    /// under one
    ///
    /// **If:** `CONFIG_A`
    #[cfg(feature = "CONFIG_A")]
    A(Gated),
    /// under another
    #[cfg(feature = "CONFIG_B")]
    B,
}

#[allow(dead_code, clippy::all)]
impl Which {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Sometimes {
        match *self {
            #[cfg(feature = "CONFIG_A")]
            Self::A(_) => Sometimes::A,
            #[cfg(feature = "CONFIG_B")]
            Self::B => Sometimes::B,
        }
    }
}

#[allow(unreachable_code)]
impl ::qapi::rt::Object for Which {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Which", const { &::qapi::rt::members(["tag"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        ::core::result::Result::Ok(
            match r.required::<Sometimes>()? {
                #[cfg(feature = "CONFIG_A")]
                Sometimes::A => Self::A(r.branch()?),
                #[cfg(feature = "CONFIG_B")]
                Sometimes::B => Self::B,
            },
        )
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.discriminator());
        match *self {
            #[cfg(feature = "CONFIG_A")]
            Self::A(ref branch) => w.branch(branch),
            #[cfg(feature = "CONFIG_B")]
            Self::B => {}
        }
    }
}
::qapi::rt::object!(Which);

/// Branches by condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct On {
    /// the host
    pub host: OnBranch,
    /// its name
    ///
    /// **If:** `CONFIG_C`
    #[cfg(feature = "CONFIG_C")]
    pub name: ::core::option::Option<::std::string::String>,
}

#[allow(dead_code, clippy::all)]
impl On {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(host: OnBranch) -> Self {
        Self {
            host,
            #[cfg(feature = "CONFIG_C")]
            name: ::core::option::Option::None,
        }
    }
}

/// The branches of [`On`](struct@On): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum OnBranch {
    /// Linux
    ///
    /// **If:** `CONFIG_LINUX`
    #[cfg(feature = "CONFIG_LINUX")]
    Linux(Gated),
    /// all others
    Any,
}

#[allow(dead_code, clippy::all)]
impl OnBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Host {
        match self {
            #[cfg(feature = "CONFIG_LINUX")]
            Self::Linux(_) => Host::Linux,
            Self::Any => Host::Any,
        }
    }
}

impl ::qapi::rt::Object for On {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "On",
            const {
                &::qapi::rt::members(["host", #[cfg(feature = "CONFIG_C")] "*name"])
            },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let host_ = r.required()?;
        #[cfg(feature = "CONFIG_C")]
        let name_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            #[cfg(feature = "CONFIG_C")]
            name: name_,
            host: match host_ {
                #[cfg(feature = "CONFIG_LINUX")]
                Host::Linux => OnBranch::Linux(r.branch()?),
                Host::Any => OnBranch::Any,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.host.discriminator());
        #[cfg(feature = "CONFIG_C")] w.optional(&self.name);
        match &self.host {
            #[cfg(feature = "CONFIG_LINUX")]
            OnBranch::Linux(branch) => w.branch(branch),
            OnBranch::Any => {}
        }
    }
}
::qapi::rt::object!(On);

/// Alternatives by condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Maybe {
    /// a string
    ///
    /// **If:** `CONFIG_A`
    #[cfg(feature = "CONFIG_A")]
    S(::std::string::String),
    /// an object
    O(Gated),
}

impl ::qapi::rt::Alternate for Maybe {
    const NAME: &'static str = "Maybe";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            #[cfg(feature = "CONFIG_A")]
            ::qapi::rt::Kind::String => ::core::result::Result::Ok(Self::S(r.value()?)),
            ::qapi::rt::Kind::Dict => ::core::result::Result::Ok(Self::O(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            #[cfg(feature = "CONFIG_A")]
            Self::S(value) => w.value(value),
            Self::O(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Maybe);

/// Arguments under a condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Walk {
    /// where
    pub on: On,
    /// how far
    ///
    /// **If:** `CONFIG_C`
    #[cfg(feature = "CONFIG_C")]
    pub far: ::core::option::Option<Maybe>,
}

#[allow(dead_code, clippy::all)]
impl Walk {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(on: On) -> Self {
        Self {
            on,
            #[cfg(feature = "CONFIG_C")]
            far: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Walk {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Walk",
            const { &::qapi::rt::members(["on", #[cfg(feature = "CONFIG_C")] "*far"]) },
        )
    }
    ::qapi::rt::methods! {
        required(on), #[cfg(feature = "CONFIG_C")] optional(far),
    }
}
::qapi::rt::object!(Walk);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// A command under a condition.
    ///
    /// **If:** `CONFIG_LINUX` and not (`CONFIG_A` or `CONFIG_B`)
    #[cfg(
        all(
            feature = "CONFIG_LINUX",
            not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
        )
    )]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Run {
        /// of a type under a condition
        pub only: super::Only,
    }

    #[cfg(
        all(
            feature = "CONFIG_LINUX",
            not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
        )
    )]
    #[allow(dead_code, clippy::all)]
    impl Run {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(only: super::Only) -> Self {
            Self { only }
        }
    }

    #[cfg(
        all(
            feature = "CONFIG_LINUX",
            not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
        )
    )]
    impl ::qapi::rt::Object for Run {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("run", const { &::qapi::rt::members(["only"]) })
        }
        ::qapi::rt::methods! {
            required(only),
        }
    }

    #[cfg(
        all(
            feature = "CONFIG_LINUX",
            not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
        )
    )]
    ::qapi::rt::object!(Run);

    #[cfg(
        all(
            feature = "CONFIG_LINUX",
            not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
        )
    )]
    impl ::qapi::Command for Run {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("run");
    }

    /// A command with an argument under a condition.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Walk(pub super::Walk);
    ::qapi::rt::newtype!(Walk(super::Walk));

    impl ::qapi::Command for Walk {
        type Response = super::Which;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("walk");
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// An event under a condition.
    ///
    /// **If:** `CONFIG_LINUX`
    #[cfg(feature = "CONFIG_LINUX")]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Ran;

    #[cfg(feature = "CONFIG_LINUX")]
    ::qapi::rt::unit!(Ran);

    #[cfg(feature = "CONFIG_LINUX")]
    impl ::qapi::Event for Ran {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("RAN");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `RAN`
        #[cfg(feature = "CONFIG_LINUX")]
        Ran(Ran),
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
                #[cfg(feature = "CONFIG_LINUX")]
                "RAN" => ::core::result::Result::Ok(Self::Ran(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                #[cfg(feature = "CONFIG_LINUX")]
                Self::Ran(_) => {
                    ::core::option::Option::Some(<Ran as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                #[cfg(feature = "CONFIG_LINUX")]
                Self::Ran(_) => "RAN",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                #[cfg(feature = "CONFIG_LINUX")]
                Self::Ran(event) => w.value(event),
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
    /// The commands of `conditions-features.json`.
    pub trait ConditionsFeaturesCommands {
        /// A command under a condition.
        ///
        /// Command `run`.
        #[cfg(
            all(
                feature = "CONFIG_LINUX",
                not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
            )
        )]
        fn run(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Run,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("run"))
        }
        /// A command with an argument under a condition.
        ///
        /// Command [`walk`](super::commands::Walk).
        fn walk(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Walk,
        ) -> ::core::result::Result<super::Which, ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("walk"))
        }
    }

    /// Dispatches the commands of [`ConditionsFeaturesCommands`].
    pub fn conditions_features_commands<H: ConditionsFeaturesCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                #[cfg(
                    all(
                        feature = "CONFIG_LINUX",
                        not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
                    )
                )]
                ::qapi::Handler::new(
                    <super::commands::Run as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Run| {
                            handler.run(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Walk as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Walk| {
                            handler.walk(cx, arguments.0)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: ConditionsFeaturesCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [conditions_features_commands()]
    }

    /// The commands of `conditions-features.json`.
    pub trait AsyncConditionsFeaturesCommands: ::core::marker::Sync {
        /// A command under a condition.
        ///
        /// Command `run`.
        #[cfg(
            all(
                feature = "CONFIG_LINUX",
                not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
            )
        )]
        fn run(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Run,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("run")),
            )
        }
        /// A command with an argument under a condition.
        ///
        /// Command [`walk`](super::commands::Walk).
        fn walk(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Walk,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::Which, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("walk")),
            )
        }
    }

    /// Dispatches the commands of [`AsyncConditionsFeaturesCommands`].
    pub fn async_conditions_features_commands<
        H: AsyncConditionsFeaturesCommands + 'static,
    >() -> &'static [::qapi::AsyncHandler<H>] {
        const {
            &[
                #[cfg(
                    all(
                        feature = "CONFIG_LINUX",
                        not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
                    )
                )]
                ::qapi::AsyncHandler::new(
                    <super::commands::Run as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Run| {
                            handler.run(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Walk as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Walk| {
                            handler.walk(cx, arguments.0)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncConditionsFeaturesCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_conditions_features_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[",
        #[cfg(
            all(
                feature = "CONFIG_LINUX",
                not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
            )
        )]
        "{\"name\":\"run\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"},",
        "{\"name\":\"walk\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"3\"}",
        #[cfg(feature = "CONFIG_LINUX")]
        ",{\"name\":\"RAN\",\"meta-type\":\"event\",\"arg-type\":\"1\"}",
        #[cfg(
            all(
                feature = "CONFIG_LINUX",
                not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
            )
        )]
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"only\",\"type\":\"4\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"on\",\"type\":\"5\"}",
        #[cfg(feature = "CONFIG_C")]
        ",{\"name\":\"far\",\"type\":\"6\",\"default\":null}",
        "]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"tag\",\"type\":\"7\"}],\"tag\":\"tag\",\"variants\":[",
        #[cfg(feature = "CONFIG_A")]
        "{\"case\":\"a\",\"type\":\"8\"}",
        #[cfg(all(feature = "CONFIG_B", feature = "CONFIG_A"))]
        ",",
        #[cfg(feature = "CONFIG_B")]
        "{\"case\":\"b\",\"type\":\"1\"}",
        "]}",
        #[cfg(
            all(
                feature = "CONFIG_LINUX",
                not(any(feature = "CONFIG_A", feature = "CONFIG_B"))
            )
        )]
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"path\",\"type\":\"str\"}]}",
        ",{\"name\":\"5\",\"meta-type\":\"object\",\"members\":[{\"name\":\"host\",\"type\":\"9\"}",
        #[cfg(feature = "CONFIG_C")]
        ",{\"name\":\"name\",\"type\":\"str\",\"default\":null}",
        "],\"tag\":\"host\",\"variants\":[",
        #[cfg(feature = "CONFIG_LINUX")]
        "{\"case\":\"linux\",\"type\":\"8\"},",
        "{\"case\":\"any\",\"type\":\"1\"}]}",
        ",{\"name\":\"6\",\"meta-type\":\"alternate\",\"members\":[",
        #[cfg(feature = "CONFIG_A")]
        "{\"type\":\"str\"},",
        "{\"type\":\"8\"}]}",
        ",{\"name\":\"7\",\"meta-type\":\"enum\",\"members\":[",
        #[cfg(feature = "CONFIG_A")]
        "{\"name\":\"a\"}",
        #[cfg(all(feature = "CONFIG_B", feature = "CONFIG_A"))]
        ",",
        #[cfg(feature = "CONFIG_B")]
        "{\"name\":\"b\"}",
        "],\"values\":[",
        #[cfg(feature = "CONFIG_A")]
        "\"a\"",
        #[cfg(all(feature = "CONFIG_B", feature = "CONFIG_A"))]
        ",",
        #[cfg(feature = "CONFIG_B")]
        "\"b\"",
        "]}",
        ",{\"name\":\"8\",\"meta-type\":\"object\",\"members\":[",
        #[cfg(feature = "CONFIG_A")]
        "{\"name\":\"must\",\"type\":\"str\"}",
        #[cfg(all(feature = "CONFIG_B", feature = "CONFIG_A"))]
        ",",
        #[cfg(feature = "CONFIG_B")]
        "{\"name\":\"may\",\"type\":\"int\",\"default\":null,\"features\":[",
        #[cfg(all(feature = "CONFIG_B", feature = "CONFIG_C"))]
        "\"deprecated\"",
        #[cfg(feature = "CONFIG_B")]
        "]}",
        "]}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}",
        ",{\"name\":\"9\",\"meta-type\":\"enum\",\"members\":[",
        #[cfg(feature = "CONFIG_LINUX")]
        "{\"name\":\"linux\"},",
        "{\"name\":\"any\"}],\"values\":[",
        #[cfg(feature = "CONFIG_LINUX")]
        "\"linux\",",
        "\"any\"],\"features\":[",
        #[cfg(feature = "CONFIG_LINUX")]
        "\"portable\"",
        "]}",
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
