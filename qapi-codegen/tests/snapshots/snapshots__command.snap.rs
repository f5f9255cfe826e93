// Generated from `command.json` by qapi-codegen. Changes made here are lost.

/// How things are.
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Status {
    /// whether it runs
    pub running: bool,
}

#[allow(dead_code, clippy::all)]
impl Status {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(running: bool) -> Self {
        Self { running }
    }
}

impl ::qapi::rt::Object for Status {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new("Status", const { &::qapi::rt::members(["running"]) })
    }
    ::qapi::rt::methods! {
        required(running),
    }
}
::qapi::rt::object!(Status);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// Sets the speed.
    ///
    /// # Errors
    ///
    /// - If `value` is too high, GenericError
    ///
    /// **Example:**
    ///
    /// ```text
    /// -> { "execute": "set-speed", "arguments": { "value": 1 } }
    /// <- { "return": {} }
    /// ```
    ///
    /// **Since:** 1.0
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct SetSpeed {
        /// the speed, see [`Status`](super::Status)
        pub value: i64,
        /// per what
        pub unit: ::core::option::Option<::std::string::String>,
    }

    #[allow(dead_code, clippy::all)]
    impl SetSpeed {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(value: i64) -> Self {
            Self {
                value,
                unit: ::core::option::Option::None,
            }
        }
    }

    impl ::qapi::rt::Object for SetSpeed {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new(
                "set-speed",
                const { &::qapi::rt::members(["value", "*unit"]) },
            )
        }
        ::qapi::rt::methods! {
            required(value), optional(unit),
        }
    }
    ::qapi::rt::object!(SetSpeed);

    impl ::qapi::Command for SetSpeed {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "set-speed",
        );
    }

    /// Says how things are.
    ///
    /// # Returns
    ///
    /// [`Status`](super::Status)
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct QueryStatus;
    ::qapi::rt::unit!(QueryStatus);

    impl ::qapi::Command for QueryStatus {
        type Response = super::Status;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "query-status",
            )
            .allow_preconfig();
    }

    /// A type by name.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct SetStatus(pub super::Status);
    ::qapi::rt::newtype!(SetStatus(super::Status));

    impl ::qapi::Command for SetStatus {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "set-status",
            )
            .allow_oob();
    }

    /// A boxed type.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct PutStatus(pub super::Status);
    ::qapi::rt::newtype!(PutStatus(super::Status));

    impl ::qapi::Command for PutStatus {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "put-status",
            )
            .coroutine();
    }

    /// Returns a list.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct ListNames;
    ::qapi::rt::unit!(ListNames);

    impl ::qapi::Command for ListNames {
        type Response = ::std::vec::Vec<::std::string::String>;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
            "list-names",
        );
    }

    /// Returns anything.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct GetAny {
        /// of what
        pub path: ::std::string::String,
    }

    #[allow(dead_code, clippy::all)]
    impl GetAny {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(path: impl ::core::convert::Into<::std::string::String>) -> Self {
            Self { path: path.into() }
        }
    }

    impl ::qapi::rt::Object for GetAny {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new("get-any", const { &::qapi::rt::members(["path"]) })
        }
        ::qapi::rt::methods! {
            required(path),
        }
    }
    ::qapi::rt::object!(GetAny);

    impl ::qapi::Command for GetAny {
        type Response = ::qapi::Value;
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("get-any");
    }

    /// Arguments that no type describes.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct AddDevice {
        /// the driver
        pub driver: ::std::string::String,
        /// The members that the schema does not name.
        pub rest: ::qapi::Dict,
    }

    #[allow(dead_code, clippy::all)]
    impl AddDevice {
        /// Makes a value of the mandatory members, without the optional ones.
        #[inline]
        pub fn new(driver: impl ::core::convert::Into<::std::string::String>) -> Self {
            Self {
                driver: driver.into(),
                rest: ::core::default::Default::default(),
            }
        }
    }

    impl ::qapi::rt::Object for AddDevice {
        #[inline]
        fn shape() -> ::qapi::rt::Shape {
            ::qapi::rt::Shape::new(
                "add-device",
                const { &::qapi::rt::members(["driver"]) },
            )
        }
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
            let driver_ = r.required()?;
            ::core::result::Result::Ok(Self {
                driver: driver_,
                rest: r.rest(),
            })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.required(&self.driver);
            w.rest(&self.rest);
        }
    }
    ::qapi::rt::object!(AddDevice);

    impl ::qapi::Command for AddDevice {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new(
                "add-device",
            )
            .untyped();
    }

    /// Answers only failures.
    #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::default::Default)]
    pub struct ShutDown;
    ::qapi::rt::unit!(ShutDown);

    impl ::qapi::Command for ShutDown {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("shut-down")
            .no_success_response();
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
    /// The commands of `command.json`.
    pub trait CommandCommands {
        /// Sets the speed.
        ///
        /// Command [`set-speed`](super::commands::SetSpeed).
        fn set_speed(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::SetSpeed,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("set-speed"))
        }
        /// Says how things are.
        ///
        /// Command [`query-status`](super::commands::QueryStatus).
        fn query_status(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<super::Status, ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("query-status"),
            )
        }
        /// A type by name.
        ///
        /// Command [`set-status`](super::commands::SetStatus).
        fn set_status(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Status,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("set-status"),
            )
        }
        /// A boxed type.
        ///
        /// Command [`put-status`](super::commands::PutStatus).
        fn put_status(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Status,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("put-status"),
            )
        }
        /// Returns a list.
        ///
        /// Command [`list-names`](super::commands::ListNames).
        fn list_names(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<
            ::std::vec::Vec<::std::string::String>,
            ::qapi::QmpError,
        > {
            let _ = cx;
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("list-names"),
            )
        }
        /// Returns anything.
        ///
        /// Command [`get-any`](super::commands::GetAny).
        fn get_any(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::GetAny,
        ) -> ::core::result::Result<::qapi::Value, ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("get-any"))
        }
        /// Arguments that no type describes.
        ///
        /// Command [`add-device`](super::commands::AddDevice).
        fn add_device(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::AddDevice,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(
                ::qapi::QmpError::command_not_found("add-device"),
            )
        }
        /// Answers only failures.
        ///
        /// Command [`shut-down`](super::commands::ShutDown).
        fn shut_down(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = cx;
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("shut-down"))
        }
    }

    /// Dispatches the commands of [`CommandCommands`].
    pub fn command_commands<H: CommandCommands + 'static>() -> &'static [::qapi::Handler<
        H,
    >] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::SetSpeed as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::SetSpeed| {
                            handler.set_speed(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::QueryStatus as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::QueryStatus| {
                            handler.query_status(cx)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::SetStatus as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::SetStatus| {
                            handler.set_status(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::PutStatus as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::PutStatus| {
                            handler.put_status(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::ListNames as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::ListNames| {
                            handler.list_names(cx)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::GetAny as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::GetAny| {
                            handler.get_any(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::AddDevice as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::AddDevice| {
                            handler.add_device(cx, arguments)
                        })
                    },
                ),
                ::qapi::Handler::new(
                    <super::commands::ShutDown as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, _: super::commands::ShutDown| {
                            handler.shut_down(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: CommandCommands + 'static>() -> [&'static [::qapi::Handler<
        H,
    >]; 1] {
        [command_commands()]
    }

    /// The commands of `command.json`.
    pub trait AsyncCommandCommands: ::core::marker::Sync {
        /// Sets the speed.
        ///
        /// Command [`set-speed`](super::commands::SetSpeed).
        fn set_speed(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::SetSpeed,
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
        /// Says how things are.
        ///
        /// Command [`query-status`](super::commands::QueryStatus).
        fn query_status(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<super::Status, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("query-status"),
                ),
            )
        }
        /// A type by name.
        ///
        /// Command [`set-status`](super::commands::SetStatus).
        fn set_status(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Status,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("set-status"),
                ),
            )
        }
        /// A boxed type.
        ///
        /// Command [`put-status`](super::commands::PutStatus).
        fn put_status(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Status,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("put-status"),
                ),
            )
        }
        /// Returns a list.
        ///
        /// Command [`list-names`](super::commands::ListNames).
        fn list_names(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::qapi::QmpError,
            >,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("list-names"),
                ),
            )
        }
        /// Returns anything.
        ///
        /// Command [`get-any`](super::commands::GetAny).
        fn get_any(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::GetAny,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<::qapi::Value, ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("get-any"),
                ),
            )
        }
        /// Arguments that no type describes.
        ///
        /// Command [`add-device`](super::commands::AddDevice).
        fn add_device(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::commands::AddDevice,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("add-device"),
                ),
            )
        }
        /// Answers only failures.
        ///
        /// Command [`shut-down`](super::commands::ShutDown).
        fn shut_down(
            &self,
            cx: &::qapi::Context<'_>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = cx;
            ::core::future::ready(
                ::core::result::Result::Err(
                    ::qapi::QmpError::command_not_found("shut-down"),
                ),
            )
        }
    }

    /// Dispatches the commands of [`AsyncCommandCommands`].
    pub fn async_command_commands<H: AsyncCommandCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::SetSpeed as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::SetSpeed| {
                            handler.set_speed(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::QueryStatus as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::QueryStatus| {
                            handler.query_status(cx)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::SetStatus as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::SetStatus| {
                            handler.set_status(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::PutStatus as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::PutStatus| {
                            handler.put_status(cx, arguments.0)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::ListNames as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::ListNames| {
                            handler.list_names(cx)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::GetAny as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::GetAny| {
                            handler.get_any(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::AddDevice as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::AddDevice| {
                            handler.add_device(cx, arguments)
                        })
                    },
                ),
                ::qapi::AsyncHandler::new(
                    <super::commands::ShutDown as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, _: super::commands::ShutDown| {
                            handler.shut_down(cx)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncCommandCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_command_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"set-speed\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"query-status\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"2\"}",
        ",{\"name\":\"set-status\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"1\",\"allow-oob\":true}",
        ",{\"name\":\"put-status\",\"meta-type\":\"command\",\"arg-type\":\"2\",\"ret-type\":\"1\"}",
        ",{\"name\":\"list-names\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"[str]\"}",
        ",{\"name\":\"get-any\",\"meta-type\":\"command\",\"arg-type\":\"3\",\"ret-type\":\"any\"}",
        ",{\"name\":\"add-device\",\"meta-type\":\"command\",\"arg-type\":\"4\",\"ret-type\":\"1\"}",
        ",{\"name\":\"shut-down\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"value\",\"type\":\"int\"},{\"name\":\"unit\",\"type\":\"str\",\"default\":null}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"running\",\"type\":\"bool\"}]}",
        ",{\"name\":\"[str]\",\"meta-type\":\"array\",\"element-type\":\"str\"}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}",
        ",{\"name\":\"3\",\"meta-type\":\"object\",\"members\":[{\"name\":\"path\",\"type\":\"str\"}]}",
        ",{\"name\":\"any\",\"meta-type\":\"builtin\",\"json-type\":\"value\"}",
        ",{\"name\":\"4\",\"meta-type\":\"object\",\"members\":[{\"name\":\"driver\",\"type\":\"str\"}]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
        ",{\"name\":\"bool\",\"meta-type\":\"builtin\",\"json-type\":\"boolean\"}]",
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
