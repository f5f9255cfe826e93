//! Runs a migration from the connection to its end.

use std::sync::Arc;

use super::error::SourceError;
use super::iterate::Precopy;
use super::plan::Plan;
use super::run::{SourceRun, THREAD, thread_id};
use super::session::Source;
use crate::api::{MigMode, MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::core::runs::{OutgoingRun, Target, Tls};
use crate::core::{Core, Event};
use crate::guest::answer;
use crate::state::{Direction, has_ended};
use crate::trace;
use crate::transport::Channel;
use crate::unwind::catch_panic;

/// Starts the migration thread. The status is `setup` already.
pub(crate) fn start(core: Arc<Core>, run: Arc<SourceRun>, plan: Plan) -> std::io::Result<()> {
    let (capabilities, mode) = (plan.capabilities, plan.mode);
    let source = Source::new(core, run, capabilities, mode);
    let (target, tls) = (plan.target, plan.tls);
    let lifetime = source.core.lifetime.clone();
    let span = trace::attempt(Direction::Outgoing, target.kind(), Some(capabilities));
    lifetime.spawn(THREAD, move || span.in_scope(|| source.run(target, tls)))
}

impl Source {
    fn run(mut self, target: Target, tls: Tls) {
        let stop = self.run.stop.clone();
        let ended = catch_panic(|| {
            self.connect(target, tls, stop).and_then(|channel| {
                let _span = trace::channel("main", 0, !channel.is_plain());
                self.migrate(channel)
            })
        });
        match ended.unwrap_or(Err(SourceError::Panicked)) {
            Ok(()) => self.run.end(),
            Err(failure) => self.give_up(&failure),
        }
    }

    fn migrate(&mut self, channel: Channel) -> Result<(), SourceError> {
        self.begin()?;
        let moved = catch_panic(|| self.send(channel)).unwrap_or_else(|| {
            if self.run.is_leaving() {
                // The guest may run at the destination, so it must not run here.
                self.stopped_from = None;
            }
            Err(SourceError::Panicked)
        });
        // Whatever became of the migration, the guest is called for each of these.
        if moved.is_err() {
            self.replug();
        }
        let throttled = answer("throttle", || self.core.guest.throttle(0));
        self.core.log_guest_error("end the throttle of", throttled);
        self.run.stats.throttle.set(0);
        if self.capabilities.has(Capability::DirtyLimit) {
            catch_panic(|| self.core.dirty_limits.lift());
        }
        moved
    }

    fn send(&mut self, channel: Channel) -> Result<(), SourceError> {
        if self.mode == MigMode::CprReboot {
            self.stop_guest()?;
        }
        self.unplug()?;
        let run = match self.capabilities.has(Capability::BackgroundSnapshot) {
            true => Precopy::snapshot,
            false => Precopy::run,
        };
        Precopy::new(self, Arc::new(channel)).and_then(run)
    }

    /// Registers this thread as the guest's owner, unless the run was cancelled while it was
    /// connecting.
    fn begin(&self) -> Result<(), SourceError> {
        let state = self.core.state();
        if !self.is_current(&state) || self.run.stop.is_stopped() {
            return Err(SourceError::Cancelled);
        }
        // The state is locked: a cancellation from now on leaves the cleanup to this thread.
        Ok(self.run.change(|lifecycle| lifecycle.own(thread_id()))?)
    }

    /// Ends a run that did not complete: gives the guest back, and sets status and error.
    fn give_up(&mut self, failure: &SourceError) {
        trace::failed(Direction::Outgoing, failure);
        self.run.stats.end_passes();
        let is_cancelled = matches!(failure, SourceError::Cancelled);
        let first = self.run.conclude((!is_cancelled).then(|| failure.to_string()));
        let mut state = self.core.state();
        if !self.is_current(&state) {
            // Cancelled while connecting. Another attempt may be running.
            return;
        }
        if first.is_some() {
            state.outgoing.error = first;
        }
        drop(state);
        // First, so that the guest is as it was when the end is announced. The events come in
        // QEMU's order.
        let before = self.stopped_from.take();
        let resumed = catch_panic(|| {
            let Some(before) = before else { return false };
            let running = self.core.run_lock();
            // A guest that did not stop runs already, and one that has ended meanwhile stays so.
            let ran = self.core.run_state() == RunState::Running;
            if !has_ended(self.core.run_state()) {
                let restored = self.core.take_back(&running);
                let restored = restored.and_then(|()| self.core.enter(&running, before));
                if let Err(error) = restored {
                    self.core.log_guest_error("run", Err(error));
                    let _ = self.core.enter(&running, RunState::Paused);
                }
            }
            self.core.run_state() == RunState::Running && !ran
        });
        let resumed = resumed.unwrap_or(false);
        // The end of the migration is announced after the guest was told of it.
        self.ram = None;
        let mut state = self.core.state();
        if !self.is_current(&state) {
            return;
        }
        // Not earlier: while this thread is listed, a cancellation leaves the guest to it.
        self.run.end();
        let failed = self.core.advance(&mut state, Direction::Outgoing, Status::Failed).is_ok();
        if resumed {
            self.core.notify(Event::Resume);
        }
        if !failed {
            self.core.advance_or_log(&mut state, Direction::Outgoing, Status::Cancelled);
        }
    }
}
