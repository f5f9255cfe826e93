// Generated from `lints.json` by qapi-codegen. Changes made here are lost.

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Register {
    EAX,
    EBX,
    ECX,
}

impl ::qapi::rt::Enum for Register {
    const VALUES: &'static [Self] = &[Self::EAX, Self::EBX, Self::ECX];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Register",
            const { &::qapi::rt::values(["EAX", "EBX", "ECX"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Register);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Node {
    BlockDriver,
    BlockBackend,
    BlockJob,
}

impl ::qapi::rt::Enum for Node {
    const VALUES: &'static [Self] = &[
        Self::BlockDriver,
        Self::BlockBackend,
        Self::BlockJob,
    ];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Node",
            const { &::qapi::rt::values(["block-driver", "block-backend", "block-job"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Node);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Clone {
    Clone,
    Self_,
    VALUES_,
    AsStr,
    Other,
    None,
    Default,
}

impl ::qapi::rt::Enum for Clone {
    const VALUES: &'static [Self] = &[
        Self::Clone,
        Self::Self_,
        Self::VALUES_,
        Self::AsStr,
        Self::Other,
        Self::None,
        Self::Default,
    ];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Clone",
            const {
                &::qapi::rt::values([
                    "clone",
                    "self",
                    "VALUES",
                    "as-str",
                    "other",
                    "none",
                    "default",
                ])
            },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Clone);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct New {
    pub foo: i64,
    pub bar: Clone,
}

#[allow(dead_code, clippy::all)]
impl New {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(foo: i64, bar: Clone) -> Self {
        Self { foo, bar }
    }
}

impl ::qapi::rt::Object for New {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("New", const { &::qapi::rt::members(["foo", "bar"]) })
    }
    ::qapi::rt::methods! {
        required(foo), required(bar),
    }
}
::qapi::rt::object!(New);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Many {
    pub a: i64,
    pub b: i64,
    pub c: i64,
    pub d: i64,
    pub e: i64,
    pub f: i64,
    pub g: i64,
    #[cfg(H)]
    pub h: i64,
}

#[allow(dead_code, clippy::all)]
impl Many {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        a: i64,
        b: i64,
        c: i64,
        d: i64,
        e: i64,
        f: i64,
        g: i64,
        #[cfg(H)]
        h: i64,
    ) -> Self {
        Self {
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            #[cfg(H)]
            h,
        }
    }
}

impl ::qapi::rt::Object for Many {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Many",
            const {
                &::qapi::rt::members(["a", "b", "c", "d", "e", "f", "g", #[cfg(H)] "h"])
            },
        )
    }
    ::qapi::rt::methods! {
        required(a), required(b), required(c), required(d), required(e), required(f),
        required(g), #[cfg(H)] required(h),
    }
}
::qapi::rt::object!(Many);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Sometimes {
    #[cfg(ONE)]
    pub one: i64,
}

#[allow(dead_code, clippy::all)]
impl Sometimes {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(#[cfg(ONE)] one: i64) -> Self {
        Self { #[cfg(ONE)] one }
    }
}

impl ::qapi::rt::Object for Sometimes {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Sometimes",
            const { &::qapi::rt::members([#[cfg(ONE)] "one"]) },
        )
    }
    ::qapi::rt::methods! {
        #[cfg(ONE)] required(one),
    }
}
::qapi::rt::object!(Sometimes);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Big {
    pub one: Many,
    pub two: Many,
    pub three: Many,
}

#[allow(dead_code, clippy::all)]
impl Big {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(one: Many, two: Many, three: Many) -> Self {
        Self { one, two, three }
    }
}

impl ::qapi::rt::Object for Big {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Big",
            const { &::qapi::rt::members(["one", "two", "three"]) },
        )
    }
    ::qapi::rt::methods! {
        required(one), required(two), required(three),
    }
}
::qapi::rt::object!(Big);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Hash {
    I(i64),
    D(Big),
}

impl ::qapi::rt::Alternate for Hash {
    const NAME: &'static str = "Hash";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        match r.kind() {
            ::qapi::rt::Kind::Number => ::core::result::Result::Ok(Self::I(r.value()?)),
            ::qapi::rt::Kind::Dict => ::core::result::Result::Ok(Self::D(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::I(value) => w.value(value),
            Self::D(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Hash);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum Default {
    Other(Big),
    None(New),
    Clone,
    Self_,
    VALUES_,
    AsStr,
    Default,
}

#[allow(dead_code, clippy::all)]
impl Default {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Clone {
        match self {
            Self::Other(_) => Clone::Other,
            Self::None(_) => Clone::None,
            Self::Clone => Clone::Clone,
            Self::Self_ => Clone::Self_,
            Self::VALUES_ => Clone::VALUES_,
            Self::AsStr => Clone::AsStr,
            Self::Default => Clone::Default,
        }
    }
}

impl ::qapi::rt::Object for Default {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Default", const { &::qapi::rt::members(["tag"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        ::core::result::Result::Ok(
            match r.required::<Clone>()? {
                Clone::Other => Self::Other(r.branch()?),
                Clone::None => Self::None(r.branch()?),
                Clone::Clone => Self::Clone,
                Clone::Self_ => Self::Self_,
                Clone::VALUES_ => Self::VALUES_,
                Clone::AsStr => Self::AsStr,
                Clone::Default => Self::Default,
            },
        )
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.discriminator());
        match self {
            Self::Other(branch) => w.branch(branch),
            Self::None(branch) => w.branch(branch),
            Self::Clone => {}
            Self::Self_ => {}
            Self::VALUES_ => {}
            Self::AsStr => {}
            Self::Default => {}
        }
    }
}
::qapi::rt::object!(Default);

#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct PartialEq {
    pub tag: PartialEqBranch,
    pub r: i64,
    pub w: i64,
    pub branch: i64,
}

#[allow(dead_code, clippy::all)]
impl PartialEq {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(tag: PartialEqBranch, r: i64, w: i64, branch: i64) -> Self {
        Self { tag, r, w, branch }
    }
}

/// The branches of [`PartialEq`](struct@PartialEq): the tag, and the members that it selects.
#[allow(missing_docs)]
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum PartialEqBranch {
    Other(Big),
    Clone,
    Self_,
    VALUES_,
    AsStr,
    None,
    Default,
}

#[allow(dead_code, clippy::all)]
impl PartialEqBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Clone {
        match self {
            Self::Other(_) => Clone::Other,
            Self::Clone => Clone::Clone,
            Self::Self_ => Clone::Self_,
            Self::VALUES_ => Clone::VALUES_,
            Self::AsStr => Clone::AsStr,
            Self::None => Clone::None,
            Self::Default => Clone::Default,
        }
    }
}

impl ::qapi::rt::Object for PartialEq {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "PartialEq",
            const { &::qapi::rt::members(["tag", "r", "w", "branch"]) },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let tag_ = r.required()?;
        let r_ = r.required()?;
        let w_ = r.required()?;
        let branch_ = r.required()?;
        ::core::result::Result::Ok(Self {
            r: r_,
            w: w_,
            branch: branch_,
            tag: match tag_ {
                Clone::Other => PartialEqBranch::Other(r.branch()?),
                Clone::Clone => PartialEqBranch::Clone,
                Clone::Self_ => PartialEqBranch::Self_,
                Clone::VALUES_ => PartialEqBranch::VALUES_,
                Clone::AsStr => PartialEqBranch::AsStr,
                Clone::None => PartialEqBranch::None,
                Clone::Default => PartialEqBranch::Default,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.tag.discriminator());
        w.required(&self.r);
        w.required(&self.w);
        w.required(&self.branch);
        match &self.tag {
            PartialEqBranch::Other(branch) => w.branch(branch),
            PartialEqBranch::Clone => {}
            PartialEqBranch::Self_ => {}
            PartialEqBranch::VALUES_ => {}
            PartialEqBranch::AsStr => {}
            PartialEqBranch::None => {}
            PartialEqBranch::Default => {}
        }
    }
}
::qapi::rt::object!(PartialEq);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct New {
        pub handler: i64,
        pub call: i64,
        pub foo: ::std::string::String,
    }

    #[allow(dead_code, clippy::all)]
    impl New {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(
            handler: i64,
            call: i64,
            foo: impl ::core::convert::Into<::std::string::String>,
        ) -> Self {
            Self {
                handler,
                call,
                foo: foo.into(),
            }
        }
    }

    impl ::qapi::rt::Object for New {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new(
                "new",
                const { &::qapi::rt::members(["handler", "call", "foo"]) },
            )
        }
        ::qapi::rt::methods! {
            required(handler), required(call), required(foo),
        }
    }
    ::qapi::rt::object!(New);

    impl ::qapi::Command for New {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("new");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct FromX;
    ::qapi::rt::unit!(FromX);

    impl ::qapi::Command for FromX {
        type Response = ::std::vec::Vec<super::Hash>;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("from-x");
    }

    #[allow(missing_docs)]
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct IntoX(pub super::PartialEq);
    ::qapi::rt::newtype!(IntoX(super::PartialEq));

    impl ::qapi::Command for IntoX {
        type Response = super::Default;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("into-x");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct ToX;
    ::qapi::rt::unit!(ToX);

    impl ::qapi::Command for ToX {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("to-x");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct IsX;
    ::qapi::rt::unit!(IsX);

    impl ::qapi::Command for IsX {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("is-x");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct AsX;
    ::qapi::rt::unit!(AsX);

    impl ::qapi::Command for AsX {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("as-x");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Clone;
    ::qapi::rt::unit!(Clone);

    impl ::qapi::Command for Clone {
        type Response = super::New;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("clone");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Drop;
    ::qapi::rt::unit!(Drop);

    impl ::qapi::Command for Drop {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("drop");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Eq;
    ::qapi::rt::unit!(Eq);

    impl ::qapi::Command for Eq {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("eq");
    }

    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Next {
        pub x: ::qapi::Value,
        /// The members that the schema does not name.
        pub rest: ::qapi::Dict,
    }

    #[allow(dead_code, clippy::all)]
    impl Next {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(x: ::qapi::Value) -> Self {
            Self {
                x,
                rest: ::core::default::Default::default(),
            }
        }
    }

    impl ::qapi::rt::Object for Next {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("next", const { &::qapi::rt::members(["x"]) })
        }
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
            let x_ = r.required()?;
            ::core::result::Result::Ok(Self { x: x_, rest: r.rest() })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.required(&self.x);
            w.rest(&self.rest);
        }
    }
    ::qapi::rt::object!(Next);

    impl ::qapi::Command for Next {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("next")
            .untyped();
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    #[allow(missing_docs)]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct New {
        pub new: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl New {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(new: i64) -> Self {
            Self { new }
        }
    }

    impl ::qapi::rt::Object for New {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("NEW", const { &::qapi::rt::members(["new"]) })
        }
        ::qapi::rt::methods! {
            required(new),
        }
    }
    ::qapi::rt::object!(New);

    impl ::qapi::Event for New {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("NEW");
    }

    #[allow(missing_docs)]
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Clone(pub super::Default);
    ::qapi::rt::newtype!(Clone(super::Default));

    impl ::qapi::Event for Clone {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("CLONE");
    }

    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// `NEW`
        New(New),
        /// `CLONE`
        Clone(Clone),
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
                "NEW" => ::core::result::Result::Ok(Self::New(data.read()?)),
                "CLONE" => ::core::result::Result::Ok(Self::Clone(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::New(_) => {
                    ::core::option::Option::Some(<New as ::qapi::Event>::INFO)
                }
                Self::Clone(_) => {
                    ::core::option::Option::Some(<Clone as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::New(_) => "NEW",
                Self::Clone(_) => "CLONE",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::New(event) => w.value(event),
                Self::Clone(event) => w.value(event),
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
    /// The commands of `lints.json`.
    pub trait LintsCommands {
        /// Command [`new`](super::commands::New).
        fn new(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::New,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("new"))
        }
        /// Command [`from-x`](super::commands::FromX).
        fn from_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<::std::vec::Vec<super::Hash>, ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("from-x"))
        }
        /// Command [`into-x`](super::commands::IntoX).
        fn into_x(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::PartialEq,
        ) -> ::core::result::Result<super::Default, ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("into-x"))
        }
        /// Command [`to-x`](super::commands::ToX).
        fn to_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("to-x"))
        }
        /// Command [`is-x`](super::commands::IsX).
        fn is_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("is-x"))
        }
        /// Command [`as-x`](super::commands::AsX).
        fn as_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("as-x"))
        }
        /// Command [`clone`](super::commands::Clone).
        fn clone(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<super::New, ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("clone"))
        }
        /// Command [`drop`](super::commands::Drop).
        fn drop(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("drop"))
        }
        /// Command [`eq`](super::commands::Eq).
        fn eq(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("eq"))
        }
        /// Command [`next`](super::commands::Next).
        fn next(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Next,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("next"))
        }
    }

    /// Dispatches the commands of [`LintsCommands`].
    pub fn lints_commands<H: LintsCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::New as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::New| {
                            handler.new(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::FromX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::FromX| handler.from_x(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::IntoX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::IntoX| {
                            handler.into_x(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::ToX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::ToX| handler.to_x(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::IsX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::IsX| handler.is_x(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::AsX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::AsX| handler.as_x(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Clone as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Clone| handler.clone(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Drop as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Drop| handler.drop(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Eq as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Eq| handler.eq(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Next as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Next| {
                            handler.next(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: LintsCommands + 'static>() -> [&'static [::qapi::Handler<H>]; 1] {
        [lints_commands()]
    }

    /// The commands of `lints.json`.
    pub trait AsyncLintsCommands: ::core::marker::Sync {
        /// Command [`new`](super::commands::New).
        fn new(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::New,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("new")),
            )
        }
        /// Command [`from-x`](super::commands::FromX).
        fn from_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::std::vec::Vec<super::Hash>,
                ::qapi::QmpError,
            >,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("from-x"),
                ),
            )
        }
        /// Command [`into-x`](super::commands::IntoX).
        fn into_x(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::PartialEq,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::Default, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("into-x"),
                ),
            )
        }
        /// Command [`to-x`](super::commands::ToX).
        fn to_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("to-x")),
            )
        }
        /// Command [`is-x`](super::commands::IsX).
        fn is_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("is-x")),
            )
        }
        /// Command [`as-x`](super::commands::AsX).
        fn as_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("as-x")),
            )
        }
        /// Command [`clone`](super::commands::Clone).
        fn clone(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::New, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("clone")),
            )
        }
        /// Command [`drop`](super::commands::Drop).
        fn drop(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("drop")),
            )
        }
        /// Command [`eq`](super::commands::Eq).
        fn eq(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("eq")),
            )
        }
        /// Command [`next`](super::commands::Next).
        fn next(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Next,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("next")),
            )
        }
    }

    /// Dispatches the commands of [`AsyncLintsCommands`].
    pub fn async_lints_commands<H: AsyncLintsCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::New as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::New| {
                            handler.new(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::FromX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::FromX| {
                            handler.from_x(cx)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::IntoX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::IntoX| {
                            handler.into_x(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::ToX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::ToX| handler.to_x(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::IsX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::IsX| handler.is_x(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::AsX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::AsX| handler.as_x(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Clone as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Clone| handler.clone(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Drop as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Drop| handler.drop(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Eq as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Eq| handler.eq(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Next as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Next| {
                            handler.next(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncLintsCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_lints_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"new\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"from-x\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"[2]\"}",
        ",{\"name\":\"into-x\",\"meta-type\":\"command\",\"arg-type\":\"3\",\"ret-type\":\"4\"}",
        ",{\"name\":\"to-x\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"is-x\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"as-x\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"clone\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"5\"}",
        ",{\"name\":\"drop\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"eq\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"next\",\"meta-type\":\"command\",\"arg-type\":\"6\",\"ret-type\":\"1\"}",
        ",{\"name\":\"NEW\",\"meta-type\":\"event\",\"arg-type\":\"7\"}",
        ",{\"name\":\"CLONE\",\"meta-type\":\"event\",\"arg-type\":\"4\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"handler\",\"type\":\"int\"},{\"name\":\"call\",\"type\":\"int\"},{\"name\":\"foo\",\"type\":\"str\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"[2]\",\"meta-type\":\"array\",\"element-type\":\"2\"}",
        ",{\"name\":\"2\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"int\"},{\"type\":\"8\"}]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"tag\",\"type\":\"9\"},{\"name\":\"r\",\"type\":\"int\"},{\"name\":\"w\",\"type\":\"int\"},{\"name\":\"branch\",\"type\":\"int\"}],\"tag\":\"tag\",\"variants\":[{\"case\":\"other\",\"type\":\"8\"},{\"case\":\"clone\",\"type\":\"1\"},{\"case\":\"self\",\"type\":\"1\"},{\"case\":\"VALUES\",\"type\":\"1\"},{\"case\":\"as-str\",\"type\":\"1\"},{\"case\":\"none\",\"type\":\"1\"},{\"case\":\"default\",\"type\":\"1\"}]}",
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"tag\",\"type\":\"9\"}],\"tag\":\"tag\",\"variants\":[{\"case\":\"other\",\"type\":\"8\"},{\"case\":\"none\",\"type\":\"5\"},{\"case\":\"clone\",\"type\":\"1\"},{\"case\":\"self\",\"type\":\"1\"},{\"case\":\"VALUES\",\"type\":\"1\"},{\"case\":\"as-str\",\"type\":\"1\"},{\"case\":\"default\",\"type\":\"1\"}]}",
        ",{\"name\":\"5\",\"meta-type\":\"object\",\"members\":[{\"name\":\"foo\",\"type\":\"int\"},{\"name\":\"bar\",\"type\":\"9\"}]}",
        ",{\"name\":\"6\",\"meta-type\":\"object\",\"members\":[{\"name\":\"x\",\"type\":\"any\"}]}",
        ",{\"name\":\"7\",\"meta-type\":\"object\",\"members\":[{\"name\":\"new\",\"type\":\"int\"}]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}",
        ",{\"name\":\"8\",\"meta-type\":\"object\",\"members\":[{\"name\":\"one\",\"type\":\"10\"},{\"name\":\"two\",\"type\":\"10\"},{\"name\":\"three\",\"type\":\"10\"}]}",
        ",{\"name\":\"9\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"clone\"},{\"name\":\"self\"},{\"name\":\"VALUES\"},{\"name\":\"as-str\"},{\"name\":\"other\"},{\"name\":\"none\"},{\"name\":\"default\"}],\"values\":[\"clone\",\"self\",\"VALUES\",\"as-str\",\"other\",\"none\",\"default\"]}",
        ",{\"name\":\"any\",\"meta-type\":\"builtin\",\"json-type\":\"value\"}",
        ",{\"name\":\"10\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\"},{\"name\":\"c\",\"type\":\"int\"},{\"name\":\"d\",\"type\":\"int\"},{\"name\":\"e\",\"type\":\"int\"},{\"name\":\"f\",\"type\":\"int\"},{\"name\":\"g\",\"type\":\"int\"}",
        #[cfg(H)]
        ",{\"name\":\"h\",\"type\":\"int\"}",
        "]}]",
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

    pub use ::std::prelude::rust_2024::Clone;

    pub use ::std::prelude::rust_2024::Default;

    pub use ::std::prelude::rust_2024::PartialEq;
}
