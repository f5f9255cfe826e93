//! The runtime of types that are generated from QAPI schemas: QMP's JSON, the walker that reads and writes every
//! generated type, commands and events, QMP servers and clients.
//!
//! | what | where |
//! |---|---|
//! | QMP's JSON dialect | [`json`] |
//! | reading and writing generated types | [`from_text`], [`read`], [`write`](fn@write), [`Rules`], [`DecodeError`] |
//! | commands and handlers | [`Command`], [`Handler`], [`AsyncHandler`], [`Commands`], [`Context`] |
//! | events | [`Event`], [`AnyEvent`], [`qmp::Events`] |
//! | the protocol without sockets | [`qmp`] |
//! | servers | [`server`] |
//! | clients, blocking and for tokio | [`client`] |
//! | what a server supports | [`introspect`] |
//!
//! Types come from `qapi-codegen` or `include_qapi!`; here one command is written out as it would generate it, served on a socket and
//! called:
//!
//! ```
//! use qapi::client::{Client, Options};
//! use qapi::server::Server;
//! use qapi::{Commands, Handler, QmpError, rt};
//!
//! // { 'command': 'greet', 'data': { 'whom': 'str' }, 'returns': 'str' }
//! #[derive(Debug, Clone, PartialEq)]
//! pub struct Greet {
//!     pub whom: String,
//! }
//!
//! impl rt::Object for Greet {
//!     const SHAPE: &'static rt::Shape = &rt::Shape::new("greet-arg", &[rt::member("whom")]);
//!
//!     fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
//!         Ok(Self { whom: r.required()? })
//!     }
//!
//!     fn write(&self, w: &mut rt::Writer<'_>) {
//!         w.required(&self.whom);
//!     }
//! }
//! rt::object!(Greet);
//!
//! impl qapi::Command for Greet {
//!     type Response = String;
//!     const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("greet");
//! }
//!
//! struct Host;
//!
//! let commands = Commands::new().with(&[Handler::new(<Greet as qapi::Command>::INFO, |_: &Host, call| {
//!     let Greet { whom } = call.arguments()?;
//!     if whom.is_empty() {
//!         return Err(QmpError::generic("nobody to greet"));
//!     }
//!     call.reply(format!("Hello, {whom}"))
//! })]);
//! let server = Server::builder(commands, Host).build();
//!
//! let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
//! let serving = std::thread::spawn(move || server.serve_socket(theirs));
//! let client = Client::from_socket(ours, Options::default())?;
//! assert_eq!(client.execute(&Greet { whom: "QEMU".into() })?, "Hello, QEMU");
//! let error = client.execute_raw("greet", &qapi::Dict::from([("who", "me")])).unwrap_err();
//! assert_eq!(error.to_string(), "Parameter 'whom' is missing");
//! drop(client);
//! serving.join().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Features: `macros` (default) has `include_qapi!`; `serde` (default) gives generated types, [`Value`] and friends `Serialize` and `Deserialize`, with the
//! walker's checks and errors; `tokio` the [asynchronous client](client); `tracing` the clients' spans.

extern crate self as qapi;

pub mod client;
mod command;
mod dispatch;
mod error;
mod event;
pub mod introspect;
pub mod json;
mod policy;
pub mod qmp;
#[doc(hidden)]
pub mod rt;
pub mod server;
mod unix;
mod value;
mod walk;

pub use command::{Command, CommandInfo};
pub use dispatch::{AsyncHandler, Call, Commands, Context, Handler};
pub use error::{ErrorClass, QmpError, UnknownValue};
pub use event::{AnyEvent, Event, EventInfo, RawEvent, Timestamp};
#[cfg(feature = "macros")]
pub use qapi_macros::include_qapi;

pub use policy::{InputPolicy, OutputPolicy, Policy};
pub use value::{Dict, Members, Null, UnknownBranch, Value};
#[cfg(feature = "serde")]
pub use walk::serde::Lenient;
pub use walk::{
    DecodeError, DecodeErrorKind, Rules, from_text, from_value, read, to_text, to_value, write,
};
