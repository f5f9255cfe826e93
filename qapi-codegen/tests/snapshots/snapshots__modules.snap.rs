// Generated from `modules.json` by qapi-codegen. Changes made here are lost.

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command1 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command1 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command1 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-1", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command1);

    impl ::qapi::Command for Command1 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-1",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command2 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command2 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command2 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-2", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command2);

    impl ::qapi::Command for Command2 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-2",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command3 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command3 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command3 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-3", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command3);

    impl ::qapi::Command for Command3 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-3",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command4 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command4 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command4 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-4", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command4);

    impl ::qapi::Command for Command4 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-4",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command5 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command5 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command5 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-5", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command5);

    impl ::qapi::Command for Command5 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-5",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Command8;
    ::qapi::rt::unit!(Command8);

    impl ::qapi::Command for Command8 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-8",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct Command7;
    ::qapi::rt::unit!(Command7);

    impl ::qapi::Command for Command7 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-7",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command6 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command6 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command6 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-6", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command6);

    impl ::qapi::Command for Command6 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-6",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct New;
    ::qapi::rt::unit!(New);

    impl ::qapi::Command for New {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("new");
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct ToX;
    ::qapi::rt::unit!(ToX);

    impl ::qapi::Command for ToX {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("to-x");
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command10 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command10 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command10 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-10", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command10);

    impl ::qapi::Command for Command10 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-10",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command11 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command11 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command11 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-11", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command11);

    impl ::qapi::Command for Command11 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-11",
        );
    }

    /// Not documented.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Command12 {
        /// Not documented.
        pub a: i64,
    }

    #[allow(dead_code, clippy::all)]
    impl Command12 {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(a: i64) -> Self {
            Self { a }
        }
    }

    impl ::qapi::rt::Object for Command12 {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("command-12", const { &::qapi::rt::members(["a"]) })
        }
        ::qapi::rt::methods! {
            required(a),
        }
    }
    ::qapi::rt::object!(Command12);

    impl ::qapi::Command for Command12 {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "command-12",
        );
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
    /// The commands of `../included/self.json`.
    pub trait SelfCommands {
        /// Command [`command-1`](super::commands::Command1).
        fn command_1(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command1,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-1"))
        }
    }

    /// Dispatches the commands of [`SelfCommands`].
    pub fn self_commands<H: SelfCommands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command1 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command1| {
                            handler.command_1(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/2x.json`.
    pub trait _2xCommands {
        /// Command [`command-2`](super::commands::Command2).
        fn command_2(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command2,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-2"))
        }
    }

    /// Dispatches the commands of [`_2xCommands`].
    pub fn _2x_commands<H: _2xCommands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command2 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command2| {
                            handler.command_2(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/---.json`.
    pub trait IncludedCommands {
        /// Command [`command-3`](super::commands::Command3).
        fn command_3(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command3,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-3"))
        }
    }

    /// Dispatches the commands of [`IncludedCommands`].
    pub fn included_commands<H: IncludedCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command3 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command3| {
                            handler.command_3(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/+++.json`.
    pub trait Included2Commands {
        /// Command [`command-4`](super::commands::Command4).
        fn command_4(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command4,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-4"))
        }
    }

    /// Dispatches the commands of [`Included2Commands`].
    pub fn included_2_commands<H: Included2Commands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command4 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command4| {
                            handler.command_4(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a-b.json`.
    pub trait IncludedABCommands {
        /// Command [`command-5`](super::commands::Command5).
        fn command_5(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command5,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-5"))
        }
    }

    /// Dispatches the commands of [`IncludedABCommands`].
    pub fn included_a_b_commands<H: IncludedABCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command5 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command5| {
                            handler.command_5(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a_b.json`.
    pub trait IncludedAB2Commands {
        /// Command [`command-8`](super::commands::Command8).
        fn command_8(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-8"))
        }
    }

    /// Dispatches the commands of [`IncludedAB2Commands`].
    pub fn included_a_b_2_commands<H: IncludedAB2Commands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command8 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Command8| {
                            handler.command_8(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a/b.json`.
    pub trait BCommands {
        /// Command [`command-7`](super::commands::Command7).
        fn command_7(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-7"))
        }
    }

    /// Dispatches the commands of [`BCommands`].
    pub fn b_commands<H: BCommands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command7 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::Command7| {
                            handler.command_7(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/async-a.json`.
    pub trait AsyncACommands {
        /// Command [`command-6`](super::commands::Command6).
        fn command_6(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command6,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("command-6"))
        }
    }

    /// Dispatches the commands of [`AsyncACommands`].
    pub fn async_a_commands<H: AsyncACommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command6 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command6| {
                            handler.command_6(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a.json`.
    pub trait A2Commands {
        /// Command [`new`](super::commands::New).
        fn new(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("new"))
        }
        /// Command [`to-x`](super::commands::ToX).
        fn to_x(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("to-x"))
        }
    }

    /// Dispatches the commands of [`A2Commands`].
    pub fn a_2_commands<H: A2Commands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::New as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::New| handler.new(cx))
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::ToX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::ToX| handler.to_x(cx))
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/async.json`.
    pub trait Async2Commands {
        /// Command [`command-10`](super::commands::Command10).
        fn command_10(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command10,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("command-10"),
            )
        }
    }

    /// Dispatches the commands of [`Async2Commands`].
    pub fn async_2_commands<H: Async2Commands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command10 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command10| {
                            handler.command_10(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a2.json`.
    pub trait A2_2Commands {
        /// Command [`command-11`](super::commands::Command11).
        fn command_11(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command11,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("command-11"),
            )
        }
    }

    /// Dispatches the commands of [`A2_2Commands`].
    pub fn a2_2_commands<H: A2_2Commands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command11 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command11| {
                            handler.command_11(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a-2.json`.
    pub trait A2_3Commands {
        /// Command [`command-12`](super::commands::Command12).
        fn command_12(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command12,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("command-12"),
            )
        }
    }

    /// Dispatches the commands of [`A2_3Commands`].
    pub fn a_2_3_commands<H: A2_3Commands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Command12 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Command12| {
                            handler.command_12(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<
        H: SelfCommands + _2xCommands + IncludedCommands + Included2Commands
            + IncludedABCommands + IncludedAB2Commands + BCommands + AsyncACommands
            + A2Commands + Async2Commands + A2_2Commands + A2_3Commands + 'static,
    >() -> [&'static [::qapi::Handler<H>]; 12] {
        [
            self_commands(),
            _2x_commands(),
            included_commands(),
            included_2_commands(),
            included_a_b_commands(),
            included_a_b_2_commands(),
            b_commands(),
            async_a_commands(),
            a_2_commands(),
            async_2_commands(),
            a2_2_commands(),
            a_2_3_commands(),
        ]
    }

    /// The commands of `../included/self.json`.
    pub trait AsyncSelfCommands: ::core::marker::Sync {
        /// Command [`command-1`](super::commands::Command1).
        fn command_1(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command1,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-1"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncSelfCommands`].
    pub fn async_self_commands<H: AsyncSelfCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command1 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command1| {
                            handler.command_1(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/2x.json`.
    pub trait Async2xCommands: ::core::marker::Sync {
        /// Command [`command-2`](super::commands::Command2).
        fn command_2(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command2,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-2"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`Async2xCommands`].
    pub fn async_2x_commands<H: Async2xCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command2 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command2| {
                            handler.command_2(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/---.json`.
    pub trait AsyncIncludedCommands: ::core::marker::Sync {
        /// Command [`command-3`](super::commands::Command3).
        fn command_3(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command3,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-3"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncIncludedCommands`].
    pub fn async_included_commands<H: AsyncIncludedCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command3 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command3| {
                            handler.command_3(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/+++.json`.
    pub trait AsyncIncluded2Commands: ::core::marker::Sync {
        /// Command [`command-4`](super::commands::Command4).
        fn command_4(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command4,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-4"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncIncluded2Commands`].
    pub fn async_included_2_commands<H: AsyncIncluded2Commands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command4 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command4| {
                            handler.command_4(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a-b.json`.
    pub trait AsyncIncludedABCommands: ::core::marker::Sync {
        /// Command [`command-5`](super::commands::Command5).
        fn command_5(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command5,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-5"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncIncludedABCommands`].
    pub fn async_included_a_b_commands<H: AsyncIncludedABCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command5 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command5| {
                            handler.command_5(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a_b.json`.
    pub trait AsyncIncludedAB2Commands: ::core::marker::Sync {
        /// Command [`command-8`](super::commands::Command8).
        fn command_8(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-8"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncIncludedAB2Commands`].
    pub fn async_included_a_b_2_commands<H: AsyncIncludedAB2Commands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command8 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Command8| {
                            handler.command_8(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a/b.json`.
    pub trait AsyncBCommands: ::core::marker::Sync {
        /// Command [`command-7`](super::commands::Command7).
        fn command_7(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-7"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncBCommands`].
    pub fn async_b_commands<H: AsyncBCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command7 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::Command7| {
                            handler.command_7(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/async-a.json`.
    pub trait AsyncAsyncACommands: ::core::marker::Sync {
        /// Command [`command-6`](super::commands::Command6).
        fn command_6(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command6,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-6"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncAsyncACommands`].
    pub fn async_async_a_commands<H: AsyncAsyncACommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command6 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command6| {
                            handler.command_6(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a.json`.
    pub trait AsyncA2Commands: ::core::marker::Sync {
        /// Command [`new`](super::commands::New).
        fn new(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("new")),
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
    }

    /// Dispatches the commands of [`AsyncA2Commands`].
    pub fn async_a_2_commands<H: AsyncA2Commands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::New as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::New| handler.new(cx))
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::ToX as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::ToX| handler.to_x(cx))
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/async.json`.
    pub trait AsyncAsync2Commands: ::core::marker::Sync {
        /// Command [`command-10`](super::commands::Command10).
        fn command_10(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command10,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-10"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncAsync2Commands`].
    pub fn async_async_2_commands<H: AsyncAsync2Commands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command10 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command10| {
                            handler.command_10(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a2.json`.
    pub trait AsyncA2_2Commands: ::core::marker::Sync {
        /// Command [`command-11`](super::commands::Command11).
        fn command_11(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command11,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-11"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncA2_2Commands`].
    pub fn async_a2_2_commands<H: AsyncA2_2Commands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command11 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command11| {
                            handler.command_11(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The commands of `../included/a-2.json`.
    pub trait AsyncA2_3Commands: ::core::marker::Sync {
        /// Command [`command-12`](super::commands::Command12).
        fn command_12(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::Command12,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("command-12"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncA2_3Commands`].
    pub fn async_a_2_3_commands<H: AsyncA2_3Commands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Command12 as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Command12| {
                            handler.command_12(cx, arguments)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<
        H: AsyncSelfCommands + Async2xCommands + AsyncIncludedCommands
            + AsyncIncluded2Commands + AsyncIncludedABCommands + AsyncIncludedAB2Commands
            + AsyncBCommands + AsyncAsyncACommands + AsyncA2Commands
            + AsyncAsync2Commands + AsyncA2_2Commands + AsyncA2_3Commands + 'static,
    >() -> [&'static [::qapi::AsyncHandler<H>]; 12] {
        [
            async_self_commands(),
            async_2x_commands(),
            async_included_commands(),
            async_included_2_commands(),
            async_included_a_b_commands(),
            async_included_a_b_2_commands(),
            async_b_commands(),
            async_async_a_commands(),
            async_a_2_commands(),
            async_async_2_commands(),
            async_a2_2_commands(),
            async_a_2_3_commands(),
        ]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"command-1\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-2\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-3\",\"meta-type\":\"command\",\"arg-type\":\"3\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-4\",\"meta-type\":\"command\",\"arg-type\":\"4\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-5\",\"meta-type\":\"command\",\"arg-type\":\"5\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-8\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-7\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-6\",\"meta-type\":\"command\",\"arg-type\":\"6\",\"ret-type\":\"1\"}",
        ",{\"name\":\"new\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"to-x\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-10\",\"meta-type\":\"command\",\"arg-type\":\"7\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-11\",\"meta-type\":\"command\",\"arg-type\":\"8\",\"ret-type\":\"1\"}",
        ",{\"name\":\"command-12\",\"meta-type\":\"command\",\"arg-type\":\"9\",\"ret-type\":\"1\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"5\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"6\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"7\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"8\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        ",{\"name\":\"9\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]}",
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
