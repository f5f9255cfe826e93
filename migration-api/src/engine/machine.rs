//! Runs and stops the guest for clients.

use crate::api::{RunState, ShutdownCause};
use crate::core::{Event, is_in_guest};
use crate::engine::Engine;
use crate::guest::{GuestError, answer};
use crate::lifetime::ENGINE_ENDED;
use crate::state::has_ended;

/// The reason for which the guest cannot be run. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A migration has stopped it and is not finished.
    #[error("Migration is not finalized yet")]
    Migrating,
    /// It has shut down or failed, and has to be reset first.
    #[error("Resetting the Virtual Machine is required")]
    ResetRequired,
    /// A method of the guest calls, which the engine called to run, stop, reset, save or load it.
    #[error("the guest cannot be run, stopped or reset from within its methods")]
    InGuest,
    /// The guest cannot be run, stopped or reset.
    #[error("{0}")]
    Guest(String),
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

impl From<GuestError> for RunError {
    fn from(error: GuestError) -> Self {
        Self::Guest(error.to_string())
    }
}

/// Refuses a thread that would wait for itself.
fn refuse_in_guest() -> Result<(), RunError> {
    if is_in_guest() { Err(RunError::InGuest) } else { Ok(()) }
}

impl Engine {
    /// Stops the guest. A guest that is still being received will not run at the end.
    ///
    /// # Errors
    /// The guest cannot be stopped, and runs.
    pub fn stop(&self) -> Result<(), RunError> {
        refuse_in_guest()?;
        let running = self.core.run_lock();
        let mut state = self.core.state();
        if state.waits_for_incoming {
            state.autostart = false;
            return Ok(());
        }
        drop(state);
        if self.core.run_state() == RunState::Running {
            self.core.halt_holding(&running, RunState::Paused)?;
        }
        Ok(())
    }

    /// Runs the guest. A guest that is still being received will run at the end.
    ///
    /// # Errors
    /// The guest may not run at present, or cannot.
    pub fn cont(&self) -> Result<(), RunError> {
        refuse_in_guest()?;
        let running = self.core.run_lock();
        self.core.lifetime.check(RunError::Ended)?;
        let mut state = self.core.state();
        if state.waits_for_incoming {
            state.autostart = true;
            return Ok(());
        }
        drop(state);
        match self.core.run_state() {
            RunState::FinishMigrate | RunState::Colo => return Err(RunError::Migrating),
            state if has_ended(state) => return Err(RunError::ResetRequired),
            RunState::Running => return Ok(()),
            _ => {}
        }
        Ok(self.core.restore_holding(&running, RunState::Running)?)
    }

    /// Resets the guest to power-on. A guest that ran runs again; any other is as if it had never
    /// run.
    ///
    /// # Errors
    /// The guest cannot be reset, and continues as before.
    pub fn reset(&self) -> Result<(), RunError> {
        refuse_in_guest()?;
        let core = &self.core;
        let running = core.run_lock();
        self.core.lifetime.check(RunError::Ended)?;
        let cause = ShutdownCause::HostQmpSystemReset;
        if core.reset_is_shutdown {
            core.notify(Event::Shutdown(cause));
            core.halt_holding(&running, RunState::Shutdown)?;
            return Ok(());
        }
        let before = core.run_state();
        if before == RunState::Running {
            core.enter(&running, RunState::Paused)?;
        }
        // During a migration, memory that was sent or is still arriving must stay as it is.
        let mut reset = Ok(());
        if !matches!(before, RunState::Inmigrate | RunState::FinishMigrate | RunState::Colo) {
            reset = answer("reset", || core.guest.reset());
            let next = match before {
                // Its disks belong to the destination.
                RunState::Running | RunState::Postmigrate => before,
                before if reset.is_err() => before,
                _ => RunState::Prelaunch,
            };
            let entered = core.enter(&running, next);
            if before == RunState::Running && entered.is_err() {
                core.notify(Event::Stop);
            }
            reset = reset.and(entered);
        }
        reset?;
        core.notify(Event::Reset(cause));
        Ok(())
    }
}
