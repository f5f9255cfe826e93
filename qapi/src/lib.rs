//! The runtime of types that are generated from QAPI schemas: QMP's JSON, the walker that reads and
//! writes every generated type, commands and events, QMP servers and clients.
//!
//! | task | items |
//! |---|---|
//! | talk to QEMU or a guest agent, blocking or with tokio | [`client`] |
//! | look up the commands and types of a server | [`introspect`] |
//! | write a server | [`server`], [`Commands`], [`Context`], [`QmpError`] |
//! | run the protocol without sockets | [`qmp`] |
//! | convert generated types from and to text | [`from_text`], [`to_text`], [`Rules`] |
//! | use values without a type | [`Value`], [`Dict`], [`dict!`] |
//! | implement a type by hand | [`walk`] |
//! | read QMP's dialect of JSON | [`json`] |
//!
//! Types come from `qapi-codegen` or [`include_qapi!`]. A server of two commands, and its client:
//!
//! ```
//! // { 'struct': 'StatusInfo', 'data': { 'running': 'bool', 'status': 'RunState' } }
//! // { 'command': 'query-status', 'returns': 'StatusInfo' }
//! // { 'command': 'cont' }
//! // { 'event': 'RESUME' }
//! mod api {
//!     qapi::include_qapi!(
//!         "examples/schema/server.json",
//!         select = ["query-status", "cont", "RESUME"]
//!     );
//! }
//!
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use std::time::Duration;
//!
//! use api::commands::{Cont, QueryStatus};
//! use api::{RunState, StatusInfo, events};
//! use qapi::client::{Client, Options};
//! use qapi::server::Server;
//! use qapi::{Commands, Context, QmpError};
//!
//! #[derive(Default)]
//! struct Machine {
//!     running: AtomicBool,
//! }
//!
//! impl api::server::ServerCommands for Machine {
//!     fn query_status(&self, _: &Context<'_>) -> Result<StatusInfo, QmpError> {
//!         let running = self.running.load(Ordering::Relaxed);
//!         let status = if running { RunState::Running } else { RunState::Paused };
//!         Ok(StatusInfo { running, status })
//!     }
//!
//!     fn cont(&self, cx: &Context<'_>) -> Result<(), QmpError> {
//!         if self.running.swap(true, Ordering::Relaxed) {
//!             return Err(QmpError::generic("the machine runs already"));
//!         }
//!         cx.emit(&events::Resume);
//!         Ok(())
//!     }
//! }
//!
//! let commands = Commands::new().with(api::server::server_commands());
//! let server = Server::builder(commands, Machine::default()).build();
//! let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
//! let serving = std::thread::spawn(move || server.serve_socket(theirs));
//!
//! let client = Client::from_socket(ours, Options::default())?;
//! assert_eq!(client.execute(&QueryStatus)?.status, RunState::Paused);
//! client.execute(&Cont)?;
//! client.next_of::<events::Resume>(Duration::from_secs(5))?;
//! assert!(client.execute(&QueryStatus)?.running);
//! let error = client.execute(&Cont).unwrap_err();
//! assert_eq!(error.to_string(), "the machine runs already");
//!
//! drop(client);
//! serving.join().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The folder `examples/` of this crate has whole programs that talk to QEMU.
//!
//! ## Features
//!
//! | feature | content |
//! |---|---|
//! | `client` (default) | [`client`]; code generated with `role = client` needs no other |
//! | `server` (default) | [`qmp`], handlers, on unix [`server`]; other generated code needs it |
//! | `macros` (default) | [`include_qapi!`] |
//! | `serde` (default) | `Serialize` and `Deserialize` for generated types and [`Value`] |
//! | `tokio` | the [asynchronous client](client) |
//! | `tracing` | the clients' wire log |
//!
//! Servers, unix sockets and file descriptors need a unix. The rest works on Windows as well.
//!
//! ## Related crates
//!
//! [`qapi_codegen`](../qapi_codegen/index.html) generates the types in a build script,
//! [`qapi_macros`](../qapi_macros/index.html) has the macro,
//! [`qapi_parser`](../qapi_parser/index.html) checks schemas.

#![warn(missing_debug_implementations)]
#![cfg_attr(
    not(all(feature = "client", feature = "macros", feature = "server", unix)),
    allow(rustdoc::broken_intra_doc_links, reason = "links lead to what the features leave out")
)]

extern crate self as qapi;

#[cfg(feature = "client")]
pub mod client;
mod command;
mod error;
mod event;
pub mod introspect;
pub mod json;
mod order;
mod policy;
#[cfg(feature = "server")]
pub mod qmp;
#[doc(hidden)]
pub mod rt;
#[cfg(all(feature = "server", unix))]
pub mod server;
#[cfg(any(feature = "client", feature = "server"))]
mod sync;
#[cfg(all(any(feature = "client", feature = "server"), unix))]
mod unix;
mod value;
mod version;
pub mod walk;

pub use command::{Command, CommandInfo};
pub use error::{ErrorClass, QmpError, UnknownValue};
pub use event::{AnyEvent, Event, EventInfo, RawEvent, Timestamp};
#[cfg(feature = "macros")]
pub use qapi_macros::include_qapi;
#[cfg(feature = "server")]
pub use qmp::dispatch::{AsyncHandler, Call, Commands, Context, Handler, Run, RunAsync, Running};

pub use policy::{InputPolicy, OutputPolicy, Policy};
pub use value::{Dict, Members, Null, UnknownBranch, Value};
pub use version::Version;
#[cfg(feature = "serde")]
pub use walk::serde::Lenient;
pub use walk::{
    DecodeError, DecodeErrorKind, Rules, decode, encode, from_text, from_value, to_text, to_value,
};
