//! The protocol as a state machine without sockets.
//!
//! A [`Session`] is one connection: bytes go in, [`Work`] comes out, [`Work::run`] does it with the commands of a
//! [`Commands`](crate::Commands) table, and what it gives goes back in to become bytes again. A [`Monitor`] is what
//! all connections of a server share.

mod events;
mod fds;
mod message;
mod monitor;
mod order;
mod run;
#[cfg(unix)]
mod servers;
mod session;
mod throttle;

pub use events::{EventSink, Events};
pub use fds::Fds;
pub use message::Framing;
pub use monitor::{Monitor, MonitorBuilder};
pub use run::{Done, Work};
#[cfg(unix)]
pub(crate) use servers::EndServer;
pub use session::{Flavour, Session};
pub use throttle::Rate;

pub use crate::version::Version;
