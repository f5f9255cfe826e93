//! The protocol as a state machine without sockets.
//!
//! A [`Session`] is one connection: bytes go in, a [`Request`] comes out, [`Request::run`] runs it
//! with a [`Commands`](crate::Commands) table, or [`Request::run_async`] as part of a task, and its
//! [`Outcome`] goes back in to become bytes again. A [`Monitor`] is the state that all connections
//! of a server share.

pub(crate) mod dispatch;
mod events;
mod fds;
mod kind;
mod message;
mod monitor;
mod negotiate;
mod order;
mod phase;
mod run;
#[cfg(unix)]
mod servers;
mod session;
mod throttle;

pub use events::{EventSink, Events};
pub use fds::Fds;
pub use kind::ServerKind;
pub use message::Framing;
pub use monitor::{Monitor, MonitorBuilder};
pub use run::{Outcome, Request};
#[cfg(unix)]
pub(crate) use servers::EndServer;
pub use session::Session;
pub use throttle::Rate;

pub use crate::version::Version;
