//! The protocol as a state machine without sockets.

mod events;
mod fds;
mod monitor;

pub use events::Events;
pub use fds::Fds;
pub use monitor::Monitor;
