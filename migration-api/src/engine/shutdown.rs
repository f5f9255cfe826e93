//! Ends an engine.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Event};
use crate::api::{MigrationStatus as Status, RunState, ShutdownCause};
use crate::core::runs::IncomingRun;
use crate::core::{Core, is_in_guest};
use crate::lifetime::is_own_thread;
use crate::state::{Direction, StatusError};

impl Engine {
    /// Stops the guest and ends migrations, jobs and threads, as the command `quit` does.
    ///
    /// ```
    /// # fn f(engine: migration_api::engine::Engine) {
    /// engine.shutdown().join();
    /// // No thread of the engine touches guest memory any more.
    /// # }
    /// ```
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown_for(ShutdownCause::HostQmpQuit)
    }

    /// Does the same, and reports another cause in [`Event::Shutdown`]. Only the cancellation of a
    /// migration follows it; then receivers end.
    pub fn shutdown_for(&self, cause: ShutdownCause) -> Shutdown {
        self.core.notify(Event::Shutdown(cause));
        end(&self.core, true);
        Shutdown { core: self.core.clone() }
    }
}

/// The end of an engine, which has begun. It comes also if this is dropped.
pub struct Shutdown {
    core: Arc<Core>,
}

impl Shutdown {
    /// Waits until all threads of the engine have ended, so that nothing touches guest memory any
    /// more. A thread in which the guest is called takes as long as that call.
    ///
    /// Returns at once on a thread of the engine, and in a method of the guest.
    pub fn join(self) {
        if may_wait() {
            while !self.core.lifetime.wait(Duration::from_secs(3600)) {}
        }
    }

    /// Waits for the same, `limit` at most.
    ///
    /// # Errors
    /// The value itself, if threads are left.
    pub fn join_timeout(self, limit: Duration) -> Result<(), Self> {
        if may_wait() && self.core.lifetime.wait(limit) { Ok(()) } else { Err(self) }
    }
}

/// Returns false in a thread that the end waits for.
fn may_wait() -> bool {
    !is_own_thread() && !is_in_guest()
}

/// Ends the engine together with the last [`Engine`].
pub(super) struct LastEngine(pub(super) Arc<Core>);

impl Drop for LastEngine {
    fn drop(&mut self) {
        if !self.0.lifetime.has_ended() {
            end(&self.0, false);
        }
    }
}

/// Begins the end of an engine. The guest is stopped on request, or if it misses memory.
fn end(core: &Arc<Core>, stops_guest: bool) {
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
