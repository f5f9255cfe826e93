//! The runtime of types that are generated from QAPI schemas: QMP's JSON, the walker that reads and writes every
//! generated type, commands and events, and QMP servers and clients.

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
mod value;
mod walk;

#[cfg(feature = "macros")]
pub use qapi_macros::include_qapi;

pub use command::{Command, CommandInfo};
pub use dispatch::{AsyncHandler, Call, Commands, Context, Handler};
pub use error::{ErrorClass, QmpError, UnknownValue};
pub use event::{AnyEvent, Event, EventInfo, RawEvent, Timestamp, UnknownBranch};
pub use policy::{InputPolicy, OutputPolicy, Policy};
pub use value::{Dict, Null, Value};
#[cfg(feature = "serde")]
pub use walk::serde::Lenient;
pub use walk::{DecodeError, DecodeErrorKind, Rules, from_text, read, to_text, write};
