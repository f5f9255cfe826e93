//! The guest's run state, in QEMU's words, and the calls of the guest that change it.
//!
//! The guest knows only if it runs. All other states are the engine's, except for those that the
//! guest [has entered by itself](crate::guest::Guest::ended).

use super::{Core, GuestState, Held};
use crate::api::RunState;
use crate::core::Event;
use crate::guest::{self, StopMode, answer};
use crate::lifetime::ENGINE_ENDED;
use crate::state::has_ended;
use crate::sync::IgnorePoison;

impl Core {
    fn with_guest_state<T>(&self, act: impl FnOnce(&mut GuestState) -> T) -> T {
        act(&mut self.guest_state.lock().ignore_poison())
    }

    /// Returns the run state.
    pub(crate) fn run_state(&self) -> RunState {
        let ended = self.guest.ended();
        let state = self.with_guest_state(|guest| guest.state);
        ended.filter(|_| !has_ended(state)).map_or(state, Into::into)
    }

    /// Enters a run state, and starts or stops the guest if necessary.
    ///
    /// # Errors
    /// The guest cannot be started, and is [`RunState::Paused`]; or it cannot be stopped, and runs.
    pub(crate) fn enter(&self, _running: &Held<'_, ()>, next: RunState) -> guest::Result<()> {
        match next {
            RunState::Running => self.run_guest(),
            _ => self.stop_guest(next),
        }
    }

    fn run_guest(&self) -> guest::Result<()> {
        let before = self.with_guest_state(|guest| guest.state);
        if before == RunState::Running {
            return Ok(());
        }
        // An engine that was shut down has stopped its guest for good.
        if before == RunState::Shutdown && self.lifetime.has_ended() {
            return Err(guest::GuestError::new(ENGINE_ENDED));
        }
        let run = self.take_back_unlocked().and_then(|()| answer("resume", || self.guest.resume()));
        // A guest that adopts any machine cannot run it.
        let runs = run.is_ok() && self.guest.adopts().is_none();
        let next = if runs { RunState::Running } else { RunState::Paused };
        self.with_guest_state(|guest| guest.state = next);
        run
    }

    fn stop_guest(&self, next: RunState) -> guest::Result<()> {
        let before = self.with_guest_state(|guest| std::mem::replace(&mut guest.state, next));
        if before != RunState::Running {
            return Ok(());
        }
        let mode = match self.state().incoming.is_postcopy() {
            true => StopMode::MayBeAsleep,
            false => StopMode::All,
        };
        let stopped = answer("pause", || self.guest.pause(mode));
        if stopped.is_err() {
            let resumed = answer("resume", || self.guest.resume()).is_ok();
            let state = if resumed { before } else { RunState::Paused };
            self.with_guest_state(|guest| guest.state = state);
        }
        stopped
    }

    /// Gives up what only one side may have, before the destination can run the guest.
    ///
    /// # Errors
    /// The guest refuses. [`take_back`](Self::take_back) has to follow.
    pub(crate) fn hand_over(&self, _running: &Held<'_, ()>) -> guest::Result<()> {
        if self.with_guest_state(|guest| guest.handed_over) {
            return Ok(());
        }
        let disks = answer("disks", || Ok(self.guest.disks()))?;
        if let Some(disks) = disks {
            answer("flush", || disks.flush())?;
        }
        self.with_guest_state(|guest| guest.handed_over = true);
        answer("hand_over", || self.guest.hand_over())?;
        disks.map_or(Ok(()), |disks| answer("inactivate", || disks.inactivate()))
    }

    /// Takes back what was given up, because the guest stays here, or takes it for the first time.
    /// Also a part of [`enter`](Self::enter) where the guest is to run.
    ///
    /// # Errors
    /// The guest refuses, and must not run.
    pub(crate) fn take_back(&self, _running: &Held<'_, ()>) -> guest::Result<()> {
        self.take_back_unlocked()
    }

    fn take_back_unlocked(&self) -> guest::Result<()> {
        if !self.with_guest_state(|guest| guest.handed_over) {
            return Ok(());
        }
        answer("take_back", || self.guest.take_back())?;
        if let Some(disks) = answer("disks", || Ok(self.guest.disks()))? {
            answer("reopen", || disks.reopen())?;
        }
        self.with_guest_state(|guest| guest.handed_over = false);
        Ok(())
    }

    /// Stops the guest if it runs, and enters `state`. Returns the previous run state.
    ///
    /// # Errors
    /// The guest cannot be stopped, and runs.
    pub(crate) fn halt(&self, state: RunState) -> guest::Result<RunState> {
        self.halt_holding(&self.run_lock(), state)
    }

    /// Does the same for a caller that holds the lock.
    pub(crate) fn halt_holding(
        &self,
        running: &Held<'_, ()>,
        state: RunState,
    ) -> guest::Result<RunState> {
        let before = self.run_state();
        let halted = self.enter(running, state);
        if before == RunState::Running && self.run_state() != RunState::Running {
            self.notify(Event::Stop);
        }
        halted.map(|()| before)
    }

    /// Returns the guest to an earlier run state, unless it has ended meanwhile. It runs again if
    /// it ran.
    ///
    /// # Errors
    /// The guest cannot be run, and is [`RunState::Paused`].
    pub(crate) fn restore(&self, state: RunState) -> guest::Result<()> {
        let running = self.run_lock();
        match has_ended(self.run_state()) {
            true => Ok(()),
            false => self.restore_holding(&running, state),
        }
    }

    /// Does the same for a caller that holds the lock.
    pub(crate) fn restore_holding(
        &self,
        running: &Held<'_, ()>,
        state: RunState,
    ) -> guest::Result<()> {
        let before = self.run_state();
        let restored = self.enter(running, state);
        if before != RunState::Running && self.run_state() == RunState::Running {
            self.notify(Event::Resume);
        }
        restored
    }

    /// Logs an error of the guest that changes nothing else.
    pub(crate) fn log_guest_error(&self, doing: &str, outcome: guest::Result<()>) {
        if let Err(error) = outcome {
            self.notify(Event::Log(format!("cannot {doing} the guest: {error}")));
        }
    }
}
