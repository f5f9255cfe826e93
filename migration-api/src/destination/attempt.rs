//! One attempt to take over a guest: waits for the source, loads, and completes the guest.

use std::cell::RefCell;
use std::sync::Arc;

use super::accept::{Acceptor, Connections};
use super::announce::announce;
use super::drive;
use super::failure::LoadFailure;
use super::identify::Expected;
use super::outcome::Loaded;
use super::policy::{Policy, lines, secured};
use super::run::DestinationRun;
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::core::{Core, Event};
use crate::guest::{GlobalState, answer};
use crate::settings::Capabilities;
use crate::state::Direction;
use crate::trace;
use crate::transport::Incoming;
use crate::unwind::catch_panic;

/// An incoming migration, as its thread sees it.
pub(super) struct Destination {
    pub(super) core: Arc<Core>,
    pub(super) run: Arc<DestinationRun>,
}

impl Destination {
    /// Runs the attempt to its end.
    pub(super) fn run(self, incoming: Incoming) {
        if catch_panic(|| self.attempt(incoming)).is_none() {
            self.fail(&LoadFailure::Panicked);
        }
    }

    fn attempt(&self, incoming: Incoming) {
        let loaded = match self.connections(incoming) {
            Ok((connections, capabilities)) => {
                let _span = trace::channel("main", 0, !connections.main.is_plain());
                drive::load(&self.core, &self.run, connections, capabilities)
            }
            // Stopped: the source is no longer expected.
            Err(_) if self.run.end().is_stopped() => return,
            Err(failure) => Err(failure),
        };
        match loaded {
            Ok(Loaded::Whole(state)) => self.complete(state),
            Ok(Loaded::Running) => self.completed(),
            // It has failed over already.
            Ok(Loaded::Secondary(_)) => {}
            Err(failure) => self.fail(&failure),
        }
    }

    /// Returns the source's connections once all are there, and the capabilities in effect then.
    fn connections(&self, incoming: Incoming) -> Result<(Connections, Capabilities), LoadFailure> {
        let (connections, capabilities) = match incoming {
            Incoming::Channel(channel) => {
                let capabilities = self.core.state().capabilities;
                trace::capabilities(capabilities);
                (Connections::single(secured(&self.core, channel)?), capabilities)
            }
            Incoming::Listener(listener) => self.accept(Acceptor::new(
                listener,
                Box::new(Policy::new(&self.core)),
                self.run.connections(),
            ))?,
        };
        let mut state = self.core.state();
        self.core.advance_or_log(&mut state, Direction::Incoming, Status::Active);
        Ok((connections, capabilities))
    }

    fn accept(&self, mut acceptor: Acceptor) -> Result<(Connections, Capabilities), LoadFailure> {
        // The client may change the capabilities until the source connects.
        acceptor.await_connection()?;
        let identity = answer("identity", || Ok(self.core.guest.identity()))?;
        let uuid = identity.uuid.unwrap_or_default().into_bytes();
        let state = self.core.state();
        let capabilities = state.capabilities;
        let expected = Expected {
            uuid,
            channels: state.parameters.multifd_channels,
            method: state.parameters.multifd_compression.into(),
        };
        drop(state);
        trace::capabilities(capabilities);
        if capabilities.has(Capability::Multifd) {
            let lines = RefCell::new(lines(&self.core));
            let connections = acceptor.sort(expected, |line| lines.borrow_mut().add(line))?;
            return Ok((connections, capabilities));
        }
        let main = acceptor.next()?;
        let acceptor = capabilities.has(Capability::PostcopyPreempt).then_some(acceptor);
        Ok((Connections { acceptor, ..Connections::single(main) }, capabilities))
    }

    /// Runs the guest if it ran at the source, unless it has to wait.
    fn complete(&self, arrived: Option<GlobalState>) {
        let sent = arrived.map_or(RunState::Running, |state| state.run_state);
        // Hold the lock throughout, so that a `stop` comes either before the guest runs or after.
        let running = self.core.run_lock();
        // The process ends.
        if self.run.end().is_stopped() {
            return;
        }
        let mut state = self.core.state();
        state.waits_for_incoming = false;
        let autostart = state.autostart;
        drop(state);
        let next = match sent {
            RunState::Running if !autostart => RunState::Paused,
            // These states belong to the source only.
            RunState::FinishMigrate | RunState::Postmigrate | RunState::Inmigrate => {
                RunState::Paused
            }
            other => other,
        };
        // The guest is complete and the source has given it up: a client can try again.
        let restored = self.core.restore_holding(&running, next);
        self.core.log_guest_error("run", restored);
        drop(running);
        self.completed();
        let parameters = self.core.state().parameters.clone();
        let announced = announce(&*self.core.guest, &parameters, self.run.end());
        self.core.log_guest_error("announce", announced);
    }

    fn completed(&self) {
        let mut state = self.core.state();
        state.incoming.close();
        self.core.advance_or_log(&mut state, Direction::Incoming, Status::Completed);
    }

    fn fail(&self, failure: &LoadFailure) {
        trace::failed(Direction::Incoming, failure);
        let mut state = self.core.state();
        state.incoming.close();
        state.incoming.has_failed = true;
        // Once the guest is complete it is too late to fail.
        if self.core.advance(&mut state, Direction::Incoming, Status::Failed).is_ok() {
            state.incoming.error = Some(failure.messages());
            self.core.notify(Event::IncomingFailed(failure.messages()));
        }
    }
}
