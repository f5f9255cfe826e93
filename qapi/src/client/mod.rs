//! Clients: blocking, and with feature `tokio` asynchronous.
//!
//! Both have the same core: bytes in and out, greeting, replies by `id`, events in order. A command can be
//! [started](blocking::Client::start) and its reply awaited later; a reply that nobody waits for any more is dropped
//! when it comes, so that a timeout leaves the connection as usable as before.

pub mod blocking;
mod core;
mod error;
mod job;
mod options;
mod started;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use self::core::{Greeting, Received, Ticket};
pub use blocking::{Client, Process};
pub use error::ClientError;
pub use options::{Address, Options};

/// A number that no other client has, in this process or another.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(())
}
