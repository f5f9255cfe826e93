//! The state that all connections of a server use.

use std::sync::Arc;
use std::time::Duration;

use super::shutdown::Shutdown;
use crate::qmp::dispatch::Commands;
use crate::qmp::{Monitor, ServerKind};

/// The limits of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The number of clients that are served at once. Further ones wait in the listener's backlog,
    /// which is as short, until one has left. By default 1, as QEMU's monitor has it.
    pub clients: usize,
    /// The number of bytes that may wait for a client to read; with more it is dropped. By default
    /// 64 MiB.
    pub backlog: usize,
    /// The time in which a client that has bytes waiting must read some; otherwise it is dropped.
    /// By default a minute.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { clients: 1, backlog: 64 << 20, stall: Duration::from_secs(60) }
    }
}

impl Limits {
    /// Sets the number of clients that are served at once.
    #[must_use]
    pub fn clients(mut self, clients: usize) -> Limits {
        self.clients = clients;
        self
    }

    /// Sets the number of bytes that may wait for a client.
    #[must_use]
    pub fn backlog(mut self, bytes: usize) -> Limits {
        self.backlog = bytes;
        self
    }

    /// Sets the time in which a client must read.
    #[must_use]
    pub fn stall(mut self, stall: Duration) -> Limits {
        self.stall = stall;
        self
    }
}

/// The state that all connections use.
pub(crate) struct Shared<H> {
    pub commands: Arc<Commands<H>>,
    pub handler: Arc<H>,
    pub monitor: Arc<Monitor>,
    pub kind: ServerKind,
    pub limits: Limits,
    pub shutdown: Arc<Shutdown>,
    pub crash: fn(&str),
}
