//! Commands that outlive their client: where one client follows another, the reply goes to the next.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::outbox::Outbox;
use super::stop::Inside;

/// The only place for a client.
pub(crate) struct Seat {
    /// What the client before may have left.
    pub late: Arc<Late>,
    /// Given up when the client leaves, even if its command still runs.
    pub inside: Inside,
}

/// What clients leave to those after them.
#[derive(Default)]
pub(crate) struct Late {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    /// How many commands of clients that have left.
    running: usize,
    /// The client that is there now.
    present: Option<Arc<Outbox>>,
}

impl Late {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client has come: what is late goes to it, after the greeting.
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

    /// That command has ended. Whether somebody took the reply.
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
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
