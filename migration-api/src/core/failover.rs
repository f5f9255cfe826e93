//! The failover of COLO: one side goes on alone.

use std::time::Instant;

use super::{Core, Event};
use crate::api::{COLOExitReason as Reason, COLOMode as Mode, RunState};

impl Core {
    /// Handles a lost link: sends the error event, waits for the failover request, and stops the
    /// guest. [`end_colo`](Self::end_colo) has to follow once the guest's migration is complete.
    pub(crate) fn fail_over(&self, mode: Mode) -> Exit {
        let announced = !self.colo.wait_for_failover(Some(Instant::now()));
        if announced {
            self.notify(Event::ColoExit(mode, Reason::Error));
            self.colo.wait_for_failover(None);
        }
        let mut before = None;
        let state = self.run_state();
        // A guest that could not be started for the first checkpoint is still in the state of the
        // migration before it.
        if !matches!(state, RunState::Colo | RunState::FinishMigrate | RunState::Inmigrate) {
            // A guest that cannot be stopped runs on alone.
            before = Some(state);
            let halted = self.halt(RunState::Colo).map(drop);
            self.log_guest_error("stop", halted);
        }
        Exit { mode, announced, before }
    }

    /// Lets the guest continue alone, in its run state before the failover or before the unfinished
    /// checkpoint.
    pub(crate) fn end_colo(&self, exit: Exit, at_checkpoint: RunState) {
        let restored = self.restore(exit.before.unwrap_or(at_checkpoint));
        self.log_guest_error("run", restored);
        self.colo.end();
        if !exit.announced {
            self.notify(Event::ColoExit(exit.mode, Reason::Request));
        }
    }
}

/// The end of COLO, between stopping and starting the guest.
#[must_use]
pub(crate) struct Exit {
    mode: Mode,
    /// The event has been sent.
    announced: bool,
    /// The guest's run state, unless a checkpoint had stopped it.
    before: Option<RunState>,
}
