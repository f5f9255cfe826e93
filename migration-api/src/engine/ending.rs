//! Ends the work of an engine: on request, or with the last handle to it.

use std::sync::Arc;

use crate::api::{MigrationStatus as Status, RunState};
use crate::core::runs::IncomingRun;
use crate::core::{Core, Event, is_in_guest};
use crate::state::{Direction, StatusError};

/// Ends the engine together with the last [`Engine`](super::Engine).
pub(super) struct LastEngine(pub(super) Arc<Core>);

impl Drop for LastEngine {
    fn drop(&mut self) {
        if !self.0.lifetime.has_ended() {
            end(&self.0, false);
        }
    }
}

/// Begins the end of an engine. The guest is stopped on request, or if it misses memory.
pub(super) fn end(core: &Arc<Core>, stops_guest: bool) {
    let mut state = core.state();
    // A guest that may run at the destination is not taken back.
    if !state.outgoing.run.as_ref().is_some_and(|run| run.is_leaving()) {
        match core.advance(&mut state, Direction::Outgoing, Status::Cancelling) {
            // None may run that can be cancelled.
            Ok(()) | Err(StatusError { .. }) => {}
        }
    }
    let runs = (state.outgoing.run.clone(), state.incoming.run.clone());
    let is_incomplete = state.incoming.is_postcopy();
    state.jobs.stop();
    // With the state locked: a command either refuses its work, or is seen here.
    core.lifetime.refuse();
    drop(state);
    core.fall_silent();
    core.lifetime.end();
    core.dirty_limits.end();
    if let Some(run) = runs.0 {
        run.abort();
    }
    let stops_guest = stops_guest || is_incomplete;
    if !(stops_guest && is_in_guest()) {
        finish(core, stops_guest, runs.1);
        return;
    }
    // A method of the guest cannot wait for other methods to return.
    let ending = core.clone();
    let finish = move || finish(&ending, stops_guest, runs.1);
    if let Err(error) = core.lifetime.spawn("mig/end", finish) {
        core.notify(Event::Log(format!("cannot stop the guest: {error}")));
    }
}

/// Ends what may use the guest.
fn finish(core: &Arc<Core>, stops_guest: bool, incoming: Option<Arc<dyn IncomingRun>>) {
    if stops_guest {
        let running = core.run_lock();
        // The engine ends, even if the guest cannot be stopped.
        let _ = core.enter(&running, RunState::Shutdown);
    }
    core.colo.quit();
    // Last, because a guest in postcopy would continue without its missing pages.
    if let Some(run) = incoming {
        run.stop();
    }
}
