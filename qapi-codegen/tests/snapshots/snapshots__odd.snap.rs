// Generated from `odd.json` by qapi-codegen. Changes made here are lost.

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
pub struct QEmpty {}

impl ::qapi::rt::Object for QEmpty {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("q_empty", &[])
    }
    ::qapi::rt::methods! {}
}
::qapi::rt::object!(QEmpty);

/// Text with a mark of direction:(U+202E)x.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub enum Tag {
    /// three backticks \`\`\` and \<b> after
    One,
    /// second
    Two,
    /// third
    ///
    /// **If:** `THREE`
    #[cfg(THREE)]
    Three,
}

impl ::qapi::rt::Enum for Tag {
    const VALUES: &'static [Self] = &[Self::One, Self::Two, #[cfg(THREE)] Self::Three];

    #[inline]
    fn shape() -> ::qapi::rt::EnumShape {
        ::qapi::rt::EnumShape::new(
            "Tag",
            const { &::qapi::rt::values(["one", "two", #[cfg(THREE)] "three"]) },
        )
    }

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Tag);

/// Built-in types that something names.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Leaf {
    /// without members
    pub nothing: QEmpty,
    /// of a command
    pub arguments: QObjOrderArg,
}

#[allow(dead_code, clippy::all)]
impl Leaf {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(nothing: QEmpty, arguments: QObjOrderArg) -> Self {
        Self { nothing, arguments }
    }
}

impl ::qapi::rt::Object for Leaf {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Leaf",
            const { &::qapi::rt::members(["nothing", "arguments"]) },
        )
    }
    ::qapi::rt::methods! {
        required(nothing), required(arguments),
    }
}
::qapi::rt::object!(Leaf);

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct QObjOrderArg {
    /// Not documented.
    pub count: i64,
}

#[allow(dead_code, clippy::all)]
impl QObjOrderArg {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(count: i64) -> Self {
        Self { count }
    }
}

impl ::qapi::rt::Object for QObjOrderArg {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "q_obj_order-arg",
            const { &::qapi::rt::members(["count"]) },
        )
    }
    ::qapi::rt::methods! {
        required(count),
    }
}
::qapi::rt::object!(QObjOrderArg);

/// Branches with conditions of their own.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Self_ {
    /// the tag
    pub tag: SelfBranch,
    /// more
    pub text: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl Self_ {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        tag: SelfBranch,
        text: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self { tag, text: text.into() }
    }
}

/// The branches of [`Self_`](struct@Self_): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum SelfBranch {
    /// three backticks \`\`\` and \<b> after
    ///
    /// **If:** `ONE`
    #[cfg(ONE)]
    One(Leaf),
    /// three backticks \`\`\` and \<b> after
    #[cfg(not(ONE))]
    One,
    /// third
    ///
    /// **If:** `OTHER`
    #[cfg(all(THREE, OTHER))]
    Three(Leaf),
    /// third
    #[cfg(all(THREE, not(OTHER)))]
    Three,
    /// second
    Two,
}

#[allow(dead_code, clippy::all)]
impl SelfBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Tag {
        match self {
            #[cfg(ONE)]
            Self::One(_) => Tag::One,
            #[cfg(not(ONE))]
            Self::One => Tag::One,
            #[cfg(all(THREE, OTHER))]
            Self::Three(_) => Tag::Three,
            #[cfg(all(THREE, not(OTHER)))]
            Self::Three => Tag::Three,
            Self::Two => Tag::Two,
        }
    }
}

impl ::qapi::rt::Object for Self_ {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Self", const { &::qapi::rt::members(["tag", "text"]) })
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let tag_ = r.required()?;
        let text_ = r.required()?;
        ::core::result::Result::Ok(Self {
            text: text_,
            tag: match tag_ {
                #[cfg(ONE)]
                Tag::One => SelfBranch::One(r.branch()?),
                #[cfg(not(ONE))]
                Tag::One => SelfBranch::One,
                #[cfg(all(THREE, OTHER))]
                Tag::Three => SelfBranch::Three(r.branch()?),
                #[cfg(all(THREE, not(OTHER)))]
                Tag::Three => SelfBranch::Three,
                Tag::Two => SelfBranch::Two,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.tag.discriminator());
        w.required(&self.text);
        match &self.tag {
            #[cfg(ONE)]
            SelfBranch::One(branch) => w.branch(branch),
            #[cfg(not(ONE))]
            SelfBranch::One => {}
            #[cfg(all(THREE, OTHER))]
            SelfBranch::Three(branch) => w.branch(branch),
            #[cfg(all(THREE, not(OTHER)))]
            SelfBranch::Three => {}
            SelfBranch::Two => {}
        }
    }
}
::qapi::rt::object!(Self_);

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Debug {
    /// Not documented.
    ///
    /// **Unstable**
    pub tag: DebugBranch,
    /// Not documented.
    pub text: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl Debug {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        tag: DebugBranch,
        text: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self { tag, text: text.into() }
    }
}

/// The branches of [`Debug`](struct@Debug): the tag, and the members that it selects.
#[allow(dead_code, clippy::all)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub enum DebugBranch {
    /// three backticks \`\`\` and \<b> after
    One(Leaf),
    /// second
    Two,
    /// third
    #[cfg(THREE)]
    Three,
}

#[allow(dead_code, clippy::all)]
impl DebugBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Tag {
        match self {
            Self::One(_) => Tag::One,
            Self::Two => Tag::Two,
            #[cfg(THREE)]
            Self::Three => Tag::Three,
        }
    }
}

impl ::qapi::rt::Object for Debug {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Debug",
            const {
                &[
                    ::qapi::rt::member("tag").unstable().features(&["unstable"]),
                    ::qapi::rt::member("text"),
                ]
            },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let tag_ = r.required()?;
        let text_ = r.required()?;
        ::core::result::Result::Ok(Self {
            text: text_,
            tag: match tag_ {
                Tag::One => DebugBranch::One(r.branch()?),
                Tag::Two => DebugBranch::Two,
                #[cfg(THREE)]
                Tag::Three => DebugBranch::Three,
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.tag.discriminator());
        w.required(&self.text);
        match &self.tag {
            DebugBranch::One(branch) => w.branch(branch),
            DebugBranch::Two => {}
            #[cfg(THREE)]
            DebugBranch::Three => {}
        }
    }
}
::qapi::rt::object!(Debug);

/// Not documented.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct String {
    /// Not documented.
    pub str: ::std::string::String,
}

#[allow(dead_code, clippy::all)]
impl String {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(str: impl ::core::convert::Into<::std::string::String>) -> Self {
        Self { str: str.into() }
    }
}

impl ::qapi::rt::Object for String {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("String", const { &::qapi::rt::members(["str"]) })
    }
    ::qapi::rt::methods! {
        required(str),
    }
}
::qapi::rt::object!(String);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Order {
        /// Not documented.
        pub count: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Order {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(count: i64) -> Self {
            Self { count }
        }
    }

    impl ::qapi::rt::Object for Order {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("order", const { &::qapi::rt::members(["count"]) })
        }
        ::qapi::rt::methods! {
            required(count),
        }
    }
    ::qapi::rt::object!(Order);

    impl ::qapi::Command for Order {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("order");
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Ask;
    ::qapi::rt::unit!(Ask);

    impl ::qapi::Command for Ask {
        type Response = super::QEmpty;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("ask");
    }

    /// Not documented.
    #[deprecated = "Use \\[x] instead of \\<y>."]
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Old;
    ::qapi::rt::unit!(#[allow(deprecated)] Old);

    #[allow(deprecated)]
    impl ::qapi::Command for Old {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("old")
            .deprecated()
            .features(&["deprecated"]);
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct DeviceAdd {
        /// Not documented.
        pub driver: ::std::string::String,
        /// Not documented.
        pub bus: ::core::option::Option<::std::string::String>,
        /// Not documented.
        pub rest: ::core::option::Option<i64>,
        /// The members that the schema does not name.
        pub rest_: ::qapi::Dict,
    }

    #[allow(dead_code, clippy::all)]
    impl DeviceAdd {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(driver: impl ::core::convert::Into<::std::string::String>) -> Self {
            Self {
                driver: driver.into(),
                bus: ::core::option::Option::None,
                rest: ::core::option::Option::None,
                rest_: ::core::default::Default::default(),
            }
        }
    }

    impl ::qapi::rt::Object for DeviceAdd {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new(
                "device-add",
                const { &::qapi::rt::members(["driver", "*bus", "*rest"]) },
            )
        }
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
            let driver_ = r.required()?;
            let bus_ = r.optional()?;
            let rest_ = r.optional()?;
            ::core::result::Result::Ok(Self {
                driver: driver_,
                bus: bus_,
                rest: rest_,
                rest_: r.rest(),
            })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.required(&self.driver);
            w.optional(&self.bus);
            w.optional(&self.rest);
            w.rest(&self.rest_);
        }
    }
    ::qapi::rt::object!(DeviceAdd);

    impl ::qapi::Command for DeviceAdd {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "device-add",
            )
            .untyped();
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct DeviceList {
        /// The members that the schema does not name.
        pub rest: ::qapi::Dict,
    }

    impl ::qapi::rt::Object for DeviceList {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("device-list", &[])
        }
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
            ::core::result::Result::Ok(Self { rest: r.rest() })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.rest(&self.rest);
        }
    }
    ::qapi::rt::object!(DeviceList);

    impl ::qapi::Command for DeviceList {
        type Response = ::qapi::Value;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "device-list",
            )
            .untyped();
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct DeviceReset {
        /// The members that the schema does not name.
        pub rest: ::qapi::Dict,
    }

    impl ::qapi::rt::Object for DeviceReset {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("device-reset", &[])
        }
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
            ::core::result::Result::Ok(Self { rest: r.rest() })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.rest(&self.rest);
        }
    }
    ::qapi::rt::object!(DeviceReset);

    impl ::qapi::Command for DeviceReset {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "device-reset",
            )
            .untyped();
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// An event that the schema does not name.
        Unknown(::qapi::RawEvent),
    }

    impl ::qapi::rt::AnyEvent for Event {
        #[inline]
        fn read(
            name: &str,
            data: ::qapi::rt::EventData<'_>,
        ) -> ::core::result::Result<Self, ::qapi::DecodeError> {
            ::core::result::Result::Ok(Self::Unknown(data.raw(name)))
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
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
    /// The commands of `odd.json`.
    #[allow(deprecated)]
    pub trait OddCommands {
        /// Command [`order`](super::commands::Order).
        fn order(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Order,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("order"))
        }
        /// Command [`ask`](super::commands::Ask).
        fn ask(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<super::QEmpty, ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("ask"))
        }
        /// Command [`old`](super::commands::Old).
        fn old(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("old"))
        }
        /// Command [`device-add`](super::commands::DeviceAdd).
        fn device_add(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::DeviceAdd,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("device-add"),
            )
        }
        /// Command [`device-list`](super::commands::DeviceList).
        fn device_list(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::DeviceList,
        ) -> ::core::result::Result<::qapi::Value, ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("device-list"),
            )
        }
        /// Command [`device-reset`](super::commands::DeviceReset).
        fn device_reset(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::DeviceReset,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("device-reset"),
            )
        }
    }

    /// Dispatches the commands of [`OddCommands`].
    #[allow(deprecated)]
    pub fn odd_commands<H: OddCommands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Order as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Order| {
                            handler.order(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Ask as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Ask| handler.ask(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::Old as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Old| handler.old(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::DeviceAdd as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::DeviceAdd| {
                            handler.device_add(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::DeviceList as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::DeviceList| {
                            handler.device_list(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::DeviceReset as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::DeviceReset| {
                            handler.device_reset(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: OddCommands + 'static>() -> [&'static [::qapi::Handler<H>]; 1] {
        [odd_commands()]
    }

    /// The commands of `odd.json`.
    #[allow(deprecated)]
    pub trait AsyncOddCommands: ::core::marker::Sync {
        /// Command [`order`](super::commands::Order).
        fn order(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Order,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("order")),
            )
        }
        /// Command [`ask`](super::commands::Ask).
        fn ask(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::QEmpty, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("ask")),
            )
        }
        /// Command [`old`](super::commands::Old).
        fn old(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("old")),
            )
        }
        /// Command [`device-add`](super::commands::DeviceAdd).
        fn device_add(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::DeviceAdd,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("device-add"),
                ),
            )
        }
        /// Command [`device-list`](super::commands::DeviceList).
        fn device_list(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::DeviceList,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<::qapi::Value, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("device-list"),
                ),
            )
        }
        /// Command [`device-reset`](super::commands::DeviceReset).
        fn device_reset(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::DeviceReset,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("device-reset"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncOddCommands`].
    #[allow(deprecated)]
    pub fn async_odd_commands<H: AsyncOddCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Order as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Order| {
                            handler.order(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Ask as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Ask| handler.ask(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::Old as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Old| handler.old(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::DeviceAdd as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::DeviceAdd| {
                            handler.device_add(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::DeviceList as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::DeviceList| {
                            handler.device_list(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::DeviceReset as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::DeviceReset| {
                            handler.device_reset(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncOddCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_odd_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"order\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"ask\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"old\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\",\"features\":[\"deprecated\"]}",
        ",{\"name\":\"device-add\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"1\"}",
        ",{\"name\":\"device-list\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"[3]\"}",
        ",{\"name\":\"device-reset\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"count\",\"type\":\"int\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"driver\",\"type\":\"str\"},{\"name\":\"bus\",\"type\":\"str\",\"default\":null},{\"name\":\"rest\",\"type\":\"int\",\"default\":null}]}",
        ",{\"name\":\"[3]\",\"meta-type\":\"array\",\"element-type\":\"3\"}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"str\",\"type\":\"str\"}]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
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
}
