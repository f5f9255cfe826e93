//! The servers of a machine, which end together.

use std::sync::{Mutex, MutexGuard, Weak};

use crate::sync::unpoisoned;

/// A server that ends when a command of any connection quits.
pub(crate) trait EndServer: Send + Sync + std::fmt::Debug {
    /// Ends the server, without waiting for its end.
    fn end_server(&self);
}

/// The servers of a machine.
#[derive(Debug, Default)]
pub(super) struct Servers(Mutex<Vec<Weak<dyn EndServer>>>);

impl Servers {
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<dyn EndServer>>> {
        unpoisoned(self.0.lock())
    }

    pub fn add(&self, server: Weak<dyn EndServer>) {
        let mut servers = self.lock();
        servers.retain(|server| server.strong_count() > 0);
        servers.push(server);
    }

    pub fn end(&self) {
        let servers: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        servers.iter().for_each(|server| server.end_server());
    }
}
