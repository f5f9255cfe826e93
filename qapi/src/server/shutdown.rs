//! The end of a server, for which listeners and readers wake up.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::accept_gate::AcceptGate;
use super::outbox::Outbox;
use super::transport::{Output as _, Socket};
use crate::qmp::EndServer;
use crate::sync::unpoisoned;

/// The time in which clients of a server that ends can still read their replies, as long as they
/// do. QEMU gives none.
const GRACE: Duration = Duration::from_millis(50);

/// The end of a server, and the sockets, gates and outboxes that it concerns.
#[derive(Default)]
pub(crate) struct Shutdown {
    stopped: AtomicBool,
    watched: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    next: u64,
    sockets: HashMap<u64, Weak<Socket>>,
    gates: Vec<Weak<AcceptGate>>,
    outboxes: Vec<Weak<Outbox>>,
    /// Servers that end with this one.
    children: Vec<Weak<Shutdown>>,
}

impl Watched {
    fn children(&self) -> Vec<Arc<Shutdown>> {
        self.children.iter().filter_map(Weak::upgrade).collect()
    }
}

impl EndServer for Shutdown {
    fn end_server(&self) {
        self.start();
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown").field("stopped", &self.has_started()).finish_non_exhaustive()
    }
}

/// Held while a socket is served.
pub(crate) struct Watch<'s>(&'s Shutdown, u64);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.watched().sockets.remove(&self.1);
    }
}

impl Shutdown {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        unpoisoned(self.watched.lock())
    }

    pub fn has_started(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Ends the server.
    pub fn start(&self) {
        self.stopped.store(true, Ordering::Release);
        let end = Instant::now() + GRACE;
        let watched = self.watched();
        watched.gates.iter().filter_map(Weak::upgrade).for_each(|gate| gate.wake());
        watched.sockets.values().filter_map(Weak::upgrade).for_each(|socket| socket.close_input());
        watched.outboxes.iter().filter_map(Weak::upgrade).for_each(|outbox| outbox.end_by(end));
        let children = watched.children();
        drop(watched);
        children.iter().for_each(|child| child.start());
    }

    /// Ends `child` together with this one, or now if this one has ended.
    pub fn add_child(&self, child: &Arc<Shutdown>) {
        let mut watched = self.watched();
        watched.children.retain(|child| child.strong_count() > 0);
        watched.children.push(Arc::downgrade(child));
        drop(watched);
        if self.has_started() {
            child.start();
        }
    }

    /// Closes the connections that there are.
    pub fn cut(&self) {
        let watched = self.watched();
        watched.sockets.values().filter_map(Weak::upgrade).for_each(|socket| socket.close());
        let children = watched.children();
        drop(watched);
        children.iter().for_each(|child| child.cut());
    }

    /// Ends the input of `socket` when the server ends, or now if it has ended.
    pub fn watch(&self, socket: &Arc<Socket>) -> Watch<'_> {
        let mut watched = self.watched();
        watched.next += 1;
        let number = watched.next;
        watched.sockets.insert(number, Arc::downgrade(socket));
        drop(watched);
        if self.has_started() {
            socket.close_input();
        }
        Watch(self, number)
    }

    /// Releases writers blocked on `outbox` when the server ends, or now if it has ended.
    pub fn release(&self, outbox: &Arc<Outbox>) {
        let mut watched = self.watched();
        watched.outboxes.retain(|outbox| outbox.strong_count() > 0);
        watched.outboxes.push(Arc::downgrade(outbox));
        drop(watched);
        if self.has_started() {
            outbox.end_by(Instant::now() + GRACE);
        }
    }

    /// Makes a gate that opens when the server ends.
    ///
    /// # Errors
    /// If the system has no further descriptors.
    pub fn gate(&self, limit: usize) -> io::Result<Arc<AcceptGate>> {
        let gate = Arc::new(AcceptGate::new(limit)?);
        let mut watched = self.watched();
        watched.gates.retain(|gate| gate.strong_count() > 0);
        watched.gates.push(Arc::downgrade(&gate));
        Ok(gate)
    }
}
