//! The core as handles, tickets and waits share it. Each drops what it has left there.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

use super::{Core, Name, Numbered};
use crate::client::error::ClientError;
use crate::json::OwnedDocument;
use crate::sync::unpoisoned;

/// A core with its lock.
pub(in crate::client) struct SharedCore(Mutex<Core>);

impl SharedCore {
    pub fn new(core: Core) -> Arc<SharedCore> {
        Arc::new(SharedCore(Mutex::new(core)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Core> {
        unpoisoned(self.0.lock())
    }
}

/// A command that was sent, and the right to its reply. `R` is the type that it returns.
///
/// The reply is dropped with the ticket. A ticket that outlives its connection fails at once,
/// unless its reply has come before.
#[must_use = "dropping the ticket drops the reply"]
pub struct Ticket<R> {
    core: Arc<SharedCore>,
    id: u64,
    name: Name,
    response: PhantomData<fn() -> R>,
}

impl<R> Ticket<R> {
    pub(in crate::client) fn new(core: Arc<SharedCore>, id: u64, name: Name) -> Ticket<R> {
        Ticket { core, id, name, response: PhantomData }
    }

    pub(in crate::client) fn id(&self) -> u64 {
        self.id
    }

    /// Returns true if the command was sent on this connection.
    pub(in crate::client) fn is_of(&self, core: &Arc<SharedCore>) -> bool {
        Arc::ptr_eq(&self.core, core)
    }

    /// The outcome of a command on a connection that has ended.
    pub(in crate::client) fn outcome(&self) -> Result<OwnedDocument, ClientError> {
        self.core.lock().poll_reply(self.id, None).unwrap_or_else(|| {
            let reason = "its ticket belongs to another connection";
            Err(ClientError::Request { command: self.name.to_string(), reason })
        })
    }

    /// The command's name.
    pub fn command(&self) -> &str {
        &self.name
    }
}

impl<R> std::fmt::Debug for Ticket<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("command", &self.name).field("id", &self.id).finish()
    }
}

impl<R> Drop for Ticket<R> {
    fn drop(&mut self) {
        self.core.lock().abandon(self.id);
    }
}

/// An event queue of a connection.
pub(in crate::client) struct Subscription {
    core: Arc<SharedCore>,
    key: u64,
}

impl Subscription {
    /// A queue that begins with these events.
    pub fn new(core: &Arc<SharedCore>, events: Vec<Arc<OwnedDocument>>) -> Subscription {
        let key = core.lock().events.subscribe(events);
        Subscription { core: core.clone(), key }
    }

    /// The events in the queue.
    pub fn kept(&self) -> Vec<Arc<OwnedDocument>> {
        self.core.lock().events.kept(self.key)
    }

    /// Drops the events in the queue.
    pub fn discard(&self) {
        self.discard_if(|_| true);
    }

    /// Drops the events that `unwanted` chooses.
    pub fn discard_if(&self, unwanted: impl FnMut(&OwnedDocument) -> bool) {
        self.core.lock().events.discard(self.key, unwanted);
    }

    /// Begins a wait for an event.
    pub fn wait(&self) -> EventWait<'_> {
        let number = self.core.lock().events.begin_wait(self.key);
        EventWait { subscription: self, number }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.core.lock().events.unsubscribe(self.key);
    }
}

/// A wait for an event.
pub(in crate::client) struct EventWait<'s> {
    subscription: &'s Subscription,
    number: u64,
}

impl EventWait<'_> {
    fn key(&self) -> u64 {
        self.subscription.key
    }

    /// The first event after the one with number `seen`; an error once there is none and none can
    /// come.
    pub fn poll(
        &self,
        core: &mut Core,
        seen: u64,
        waker: Option<&Waker>,
    ) -> Option<Result<Numbered, ClientError>> {
        let found = core.events.next_after(self.key(), seen, self.number, waker);
        found.map(Ok).or_else(|| core.end.as_ref().map(|end| Err(core.error(end, None))))
    }

    /// Takes an event out of the queue; false if another wait has taken it.
    pub fn take(&self, number: u64) -> bool {
        self.subscription.core.lock().events.take(self.key(), number)
    }

    /// The number that the next event gets at the earliest.
    pub fn next_number(&self) -> u64 {
        self.subscription.core.lock().events.next_number()
    }
}

impl Drop for EventWait<'_> {
    fn drop(&mut self) {
        self.subscription.core.lock().events.end_wait(self.key(), self.number);
    }
}
