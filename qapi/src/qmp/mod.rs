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
mod session;
mod throttle;

pub use events::{EventSink, Events};
pub use fds::Fds;
pub use message::{Framing, Version};
pub(crate) use monitor::EndServer;
pub use monitor::{Monitor, MonitorBuilder};
pub use run::{Done, Work};
pub use session::{Flavour, Session};
pub use throttle::Rate;
