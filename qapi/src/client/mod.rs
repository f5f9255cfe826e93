//! Clients: blocking, and with feature `tokio` asynchronous.
//!
//! Both have the same core: bytes in and out, greeting, replies by `id`, events in order. A command can be
//! [started](blocking::Client::start) and its reply awaited later; a reply that nobody waits for any more is dropped
//! when it comes, so that a timeout leaves the connection as usable as before.

pub mod blocking;
mod core;
mod error;
mod options;
mod process;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use self::core::{Greeting, Received, Ticket};
pub use blocking::Client;
pub use error::ClientError;
pub use options::{Address, Options};
pub use process::Process;
