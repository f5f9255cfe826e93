//! Commands that outlive their client: where clients follow each other, the next one gets the
//! reply.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::sync::unpoisoned;

use super::accept_gate::ClientPermit;
use super::outbox::Outbox;

/// The only place for a client.
pub(crate) struct Slot {
    /// Commands of earlier clients that still run.
    pub pending: Arc<PendingReplies>,
    /// Given up when the client leaves, even if its command still runs.
    pub permit: ClientPermit,
}

/// Commands of clients that have left, and the present client, which gets their replies.
#[derive(Default)]
pub(crate) struct PendingReplies {
    state: Mutex<SlotState>,
    ended: Condvar,
}

#[derive(Default)]
struct SlotState {
    /// The number of running commands of clients that have left.
    running: usize,
    /// The client that is there now.
    present: Option<Arc<Outbox>>,
}

impl PendingReplies {
    fn state(&self) -> MutexGuard<'_, SlotState> {
        unpoisoned(self.state.lock())
    }

    /// A client has come: what is pending goes to it, after the greeting.
    pub fn enter(&self, outbox: &Arc<Outbox>, greeting: Option<&[u8]>) {
        let mut state = self.state();
        if let Some(greeting) = greeting {
            outbox.send(greeting);
        }
        state.present = Some(outbox.clone());
    }

    /// It has left; its command may still be running.
    pub fn leave(&self, running: bool) {
        let mut state = self.state();
        state.running += usize::from(running);
        state.present = None;
    }

    /// Ends such a command; returns true if a client got the reply.
    pub fn finish(&self, reply: Option<&[u8]>) -> bool {
        let mut state = self.state();
        state.running -= 1;
        self.ended.notify_all();
        if let (Some(outbox), Some(reply)) = (&state.present, reply) {
            outbox.send(reply);
        }
        state.present.is_some()
    }

    /// Waits for the end of all.
    pub fn wait(&self) {
        let mut state = self.state();
        while state.running > 0 {
            state = unpoisoned(self.ended.wait(state));
        }
    }
}
