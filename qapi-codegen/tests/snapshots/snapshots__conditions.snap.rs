// Generated from `conditions.json` by qapi-codegen. Changes made here are lost.

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
    #[cfg(CONFIG_LINUX)]
    Linux,
    /// all others
    Any,
}

impl ::qapi::rt::Enum for Host {
    const VALUES: &'static [Self] = &[#[cfg(CONFIG_LINUX)] Self::Linux, Self::Any];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
                "Host",
                const { &::qapi::rt::values([#[cfg(CONFIG_LINUX)] "linux", "any"]) },
            )
            .features(&[#[cfg(CONFIG_LINUX)] "portable"])
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
#[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Only {
    /// a path
    pub path: ::std::string::String,
}

#[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
#[allow(dead_code, clippy::all)]
impl Only {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(path: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self { path: path.into() }
    }
}

#[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
impl ::qapi::rt::Object for Only {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Only", const { &::qapi::rt::members(["path"]) })
    }
    ::qapi::rt::methods! {
        required(path),
    }
}

#[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
::qapi::rt::object!(Only);

/// Every member is under a condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Gated {
    /// mandatory
    ///
    /// **If:** `CONFIG_A`
    #[cfg(CONFIG_A)]
    pub must: ::std::string::String,
    /// optional
    ///
    /// **If:** `CONFIG_B`
    #[cfg(CONFIG_B)]
    #[cfg_attr(CONFIG_C, deprecated = "Member may is deprecated.")]
    pub may: ::core::option::Option<i64>,
}

#[allow(deprecated)]
#[allow(dead_code, clippy::all)]
impl Gated {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        #[cfg(CONFIG_A)]
        must: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self {
            #[cfg(CONFIG_A)]
            must: must.into(),
            #[cfg(CONFIG_B)]
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
                    #[cfg(CONFIG_A)]
                    ::qapi::rt::member("must"),
                    #[cfg(CONFIG_B)]
                    ::qapi::rt::optional("may")
                        .deprecated()
                        .features(&[#[cfg(CONFIG_C)] "deprecated"]),
                ]
            },
        )
    }
    ::qapi::rt::methods! {
        #[cfg(CONFIG_A)] required(must), #[cfg(CONFIG_B)] optional(may),
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
    #[cfg(CONFIG_A)]
    A,
    /// under another
    ///
    /// **If:** `CONFIG_B`
    #[cfg(CONFIG_B)]
    B,
}

impl ::qapi::rt::Enum for Sometimes {
    const VALUES: &'static [Self] = &[
        #[cfg(CONFIG_A)]
        Self::A,
        #[cfg(CONFIG_B)]
        Self::B,
    ];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Sometimes",
            const { &::qapi::rt::values([#[cfg(CONFIG_A)] "a", #[cfg(CONFIG_B)] "b"]) },
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
    #[cfg(CONFIG_A)]
    A(Gated),
    /// under another
    #[cfg(CONFIG_B)]
    B,
}

#[allow(dead_code, clippy::all)]
impl Which {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Sometimes {
        match *self {
            #[cfg(CONFIG_A)]
            Self::A(_) => Sometimes::A,
            #[cfg(CONFIG_B)]
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
                #[cfg(CONFIG_A)]
                Sometimes::A => Self::A(r.branch()?),
                #[cfg(CONFIG_B)]
                Sometimes::B => Self::B,
            },
        )
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.discriminator());
        match *self {
            #[cfg(CONFIG_A)]
            Self::A(ref branch) => w.branch(branch),
            #[cfg(CONFIG_B)]
            Self::B => {}
        }
    }
}
::qapi::rt::object!(Which);

/// A struct with such branches.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct WhichOne {
    /// the tag
    pub tag: WhichOneBranch,
    /// a number
    pub n: ::core::option::Option<i64>,
}

#[allow(dead_code, clippy::all)]
impl WhichOne {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(tag: WhichOneBranch) -> Self {
        Self {
            tag,
            n: ::core::option::Option::None,
        }
    }
}

/// The branches of [`WhichOne`](struct@WhichOne): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum WhichOneBranch {
    /// under one
    ///
    /// **If:** `CONFIG_A`
    #[cfg(CONFIG_A)]
    A(Gated),
    /// under another
    #[cfg(CONFIG_B)]
    B,
}

#[allow(dead_code, clippy::all)]
impl WhichOneBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Sometimes {
        match *self {
            #[cfg(CONFIG_A)]
            Self::A(_) => Sometimes::A,
            #[cfg(CONFIG_B)]
            Self::B => Sometimes::B,
        }
    }
}

#[allow(unreachable_code)]
impl ::qapi::rt::Object for WhichOne {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("WhichOne", const { &::qapi::rt::members(["tag", "*n"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let tag_ = r.required::<Sometimes>()?;
        let n_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            n: n_,
            tag: match tag_ {
                #[cfg(CONFIG_A)]
                Sometimes::A => WhichOneBranch::A(r.branch()?),
                #[cfg(CONFIG_B)]
                Sometimes::B => WhichOneBranch::B,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.tag.discriminator());
        w.optional(&self.n);
        match self.tag {
            #[cfg(CONFIG_A)]
            WhichOneBranch::A(ref branch) => w.branch(branch),
            #[cfg(CONFIG_B)]
            WhichOneBranch::B => {}
        }
    }
}
::qapi::rt::object!(WhichOne);

/// Whatever there is.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Perhaps {
    /// a string
    ///
    /// **If:** `CONFIG_A`
    #[cfg(CONFIG_A)]
    S(::std::string::String),
}

impl ::qapi::rt::Alternate for Perhaps {
    const NAME: &'static str = "Perhaps";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            #[cfg(CONFIG_A)]
            ::qapi::rt::Kind::String => ::core::result::Result::Ok(Self::S(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        let _ = &w;
        match *self {
            #[cfg(CONFIG_A)]
            Self::S(ref value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Perhaps);

/// Branches by condition.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct On {
    /// the host
    pub host: OnBranch,
    /// its name
    ///
    /// **If:** `CONFIG_C`
    #[cfg(CONFIG_C)]
    pub name: ::core::option::Option<::std::string::String>,
}

#[allow(dead_code, clippy::all)]
impl On {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(host: OnBranch) -> Self {
        Self {
            host,
            #[cfg(CONFIG_C)]
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
    #[cfg(CONFIG_LINUX)]
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
            #[cfg(CONFIG_LINUX)]
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
            const { &::qapi::rt::members(["host", #[cfg(CONFIG_C)] "*name"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let host_ = r.required()?;
        #[cfg(CONFIG_C)]
        let name_ = r.optional()?;
        ::core::result::Result::Ok(Self {
            #[cfg(CONFIG_C)]
            name: name_,
            host: match host_ {
                #[cfg(CONFIG_LINUX)]
                Host::Linux => OnBranch::Linux(r.branch()?),
                Host::Any => OnBranch::Any,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.host.discriminator());
        #[cfg(CONFIG_C)] w.optional(&self.name);
        match &self.host {
            #[cfg(CONFIG_LINUX)]
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
    #[cfg(CONFIG_A)]
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
            #[cfg(CONFIG_A)]
            ::qapi::rt::Kind::String => ::core::result::Result::Ok(Self::S(r.value()?)),
            ::qapi::rt::Kind::Dict => ::core::result::Result::Ok(Self::O(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            #[cfg(CONFIG_A)]
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
    #[cfg(CONFIG_C)]
    pub far: ::core::option::Option<Maybe>,
}

#[allow(dead_code, clippy::all)]
impl Walk {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(on: On) -> Self {
        Self {
            on,
            #[cfg(CONFIG_C)]
            far: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Walk {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Walk",
            const { &::qapi::rt::members(["on", #[cfg(CONFIG_C)] "*far"]) },
        )
    }
    ::qapi::rt::methods! {
        required(on), #[cfg(CONFIG_C)] optional(far),
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
    #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Run {
        /// of a type under a condition
        pub only: super::Only,
    }

    #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
    #[allow(dead_code, clippy::all)]
    impl Run {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(only: super::Only) -> Self {
            Self { only }
        }
    }

    #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
    impl ::qapi::rt::Object for Run {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("run", const { &::qapi::rt::members(["only"]) })
        }
        ::qapi::rt::methods! {
            required(only),
        }
    }

    #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
    ::qapi::rt::object!(Run);

    #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
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
    #[cfg(CONFIG_LINUX)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Ran;

    #[cfg(CONFIG_LINUX)]
    ::qapi::rt::unit!(Ran);

    #[cfg(CONFIG_LINUX)]
    impl ::qapi::Event for Ran {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("RAN");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `RAN`
        #[cfg(CONFIG_LINUX)]
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
                #[cfg(CONFIG_LINUX)]
                "RAN" => ::core::result::Result::Ok(Self::Ran(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                #[cfg(CONFIG_LINUX)]
                Self::Ran(_) => {
                    ::core::option::Option::Some(<Ran as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                #[cfg(CONFIG_LINUX)]
                Self::Ran(_) => "RAN",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                #[cfg(CONFIG_LINUX)]
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
    /// The commands of `conditions.json`.
    pub trait ConditionsCommands {
        /// A command under a condition.
        ///
        /// Command `run`.
        #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
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

    /// Dispatches the commands of [`ConditionsCommands`].
    pub fn conditions_commands<H: ConditionsCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
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
    pub fn commands<H: ConditionsCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [conditions_commands()]
    }

    /// The commands of `conditions.json`.
    pub trait AsyncConditionsCommands: ::core::marker::Sync {
        /// A command under a condition.
        ///
        /// Command `run`.
        #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
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

    /// Dispatches the commands of [`AsyncConditionsCommands`].
    pub fn async_conditions_commands<H: AsyncConditionsCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
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
    pub fn async_commands<H: AsyncConditionsCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_conditions_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[",
        #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
        "{\"name\":\"run\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"},",
        "{\"name\":\"walk\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"3\"}",
        #[cfg(CONFIG_LINUX)]
        ",{\"name\":\"RAN\",\"meta-type\":\"event\",\"arg-type\":\"1\"}",
        #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"only\",\"type\":\"4\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"on\",\"type\":\"5\"}",
        #[cfg(CONFIG_C)]
        ",{\"name\":\"far\",\"type\":\"6\",\"default\":null}",
        "]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"tag\",\"type\":\"7\"}],\"tag\":\"tag\",\"variants\":[",
        #[cfg(CONFIG_A)]
        "{\"case\":\"a\",\"type\":\"8\"}",
        #[cfg(all(CONFIG_B, CONFIG_A))]
        ",",
        #[cfg(CONFIG_B)]
        "{\"case\":\"b\",\"type\":\"1\"}",
        "]}",
        #[cfg(all(CONFIG_LINUX, not(any(CONFIG_A, CONFIG_B))))]
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"path\",\"type\":\"str\"}]}",
        ",{\"name\":\"5\",\"meta-type\":\"object\",\"members\":[{\"name\":\"host\",\"type\":\"9\"}",
        #[cfg(CONFIG_C)]
        ",{\"name\":\"name\",\"type\":\"str\",\"default\":null}",
        "],\"tag\":\"host\",\"variants\":[",
        #[cfg(CONFIG_LINUX)]
        "{\"case\":\"linux\",\"type\":\"8\"},",
        "{\"case\":\"any\",\"type\":\"1\"}]}",
        ",{\"name\":\"6\",\"meta-type\":\"alternate\",\"members\":[",
        #[cfg(CONFIG_A)]
        "{\"type\":\"str\"},",
        "{\"type\":\"8\"}]}",
        ",{\"name\":\"7\",\"meta-type\":\"enum\",\"members\":[",
        #[cfg(CONFIG_A)]
        "{\"name\":\"a\"}",
        #[cfg(all(CONFIG_B, CONFIG_A))]
        ",",
        #[cfg(CONFIG_B)]
        "{\"name\":\"b\"}",
        "],\"values\":[",
        #[cfg(CONFIG_A)]
        "\"a\"",
        #[cfg(all(CONFIG_B, CONFIG_A))]
        ",",
        #[cfg(CONFIG_B)]
        "\"b\"",
        "]}",
        ",{\"name\":\"8\",\"meta-type\":\"object\",\"members\":[",
        #[cfg(CONFIG_A)]
        "{\"name\":\"must\",\"type\":\"str\"}",
        #[cfg(all(CONFIG_B, CONFIG_A))]
        ",",
        #[cfg(CONFIG_B)]
        "{\"name\":\"may\",\"type\":\"int\",\"default\":null,\"features\":[",
        #[cfg(all(CONFIG_B, CONFIG_C))]
        "\"deprecated\"",
        #[cfg(CONFIG_B)]
        "]}",
        "]}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}",
        ",{\"name\":\"9\",\"meta-type\":\"enum\",\"members\":[",
        #[cfg(CONFIG_LINUX)]
        "{\"name\":\"linux\"},",
        "{\"name\":\"any\"}],\"values\":[",
        #[cfg(CONFIG_LINUX)]
        "\"linux\",",
        "\"any\"],\"features\":[",
        #[cfg(CONFIG_LINUX)]
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
