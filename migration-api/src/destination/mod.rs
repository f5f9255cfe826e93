//! The destination's half of a migration: one thread that waits for a source and loads its stream.
//!
//! The guest runs only after its memory and devices have arrived completely and the source knows;
//! or, in [`postcopy`], after its devices have arrived and the source has given it up.

mod accept;
mod announce;
mod colo;
mod decompress;
mod failure;
mod identify;
mod lines;
mod load;
mod memory;
mod multifd;
mod page_set;
mod postcopy;
mod return_path;
mod run;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use accept::{AcceptPolicy, Acceptor, Connections};
use identify::Expected;

use crate::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::core::{Core, Notice};
use crate::guest::GlobalState;
use crate::settings::Capabilities;
use crate::state::Direction;
use crate::transport::{Channel, Endpoint, Incoming, TlsCredentials, TransportError};
use crate::unwind::catch_panic;
pub(crate) use failure::Failure;
use lines::Lines;
use load::Loaded;
pub(crate) use load::load_saved;
pub(crate) use postcopy::host::unfit;
pub(crate) use run::DestinationRun;

/// Starts the thread that waits and loads. The status is `setup` already.
pub(crate) fn start(
    core: Arc<Core>,
    run: Arc<DestinationRun>,
    incoming: Incoming,
) -> std::io::Result<()> {
    let destination = Destination { core, run };
    let lifetime = destination.core.lifetime.clone();
    lifetime.spawn("mig/dst/main", move || destination.run(incoming))
}

/// Decides on the connections to a listener.
struct Policy {
    core: Arc<Core>,
    /// Log lines about refused connections: any client can cause them.
    lines: Mutex<Lines>,
}

impl Policy {
    fn new(core: &Arc<Core>) -> Self {
        let lines = Mutex::new(lines(core));
        Self { core: core.clone(), lines }
    }
}

impl AcceptPolicy for Policy {
    fn credentials(&self) -> Result<Option<TlsCredentials>, TransportError> {
        credentials(&self.core)
    }

    fn on_refused(&self, why: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).add(why);
    }
}

fn credentials(core: &Core) -> Result<Option<TlsCredentials>, TransportError> {
    core.state().credentials(Endpoint::Server, None)
}

/// Returns a log for one source, or for the clients of one listener.
fn lines(core: &Arc<Core>) -> Lines {
    let log = {
        let core = core.clone();
        Box::new(move |line| core.notify(Notice::Log(line)))
    };
    Lines::new(core.limits.log_lines, log)
}

/// Starts a TLS session on the connection of a descriptor or a command, if TLS is used.
fn secured(core: &Arc<Core>, channel: Channel) -> Result<Channel, TransportError> {
    match credentials(core)? {
        Some(credentials) => channel.secure(&credentials),
        None => Ok(channel),
    }
}

struct Destination {
    core: Arc<Core>,
    run: Arc<DestinationRun>,
}

impl Destination {
    fn run(self, incoming: Incoming) {
        if catch_panic(|| self.attempt(incoming)).is_none() {
            self.fail(&Failure::Panicked);
        }
    }

    fn attempt(&self, incoming: Incoming) {
        let loaded = match self.connections(incoming) {
            Ok((connections, capabilities)) => {
                load::load(&self.core, &self.run, connections, capabilities)
            }
            // Stopped: the source is no longer expected.
            Err(_) if self.run.end().is_stopped() => return,
            Err(failure) => Err(failure),
        };
        match loaded {
            Ok(Loaded::Whole(state)) => self.complete(state),
            Ok(Loaded::Running) => self.completed(),
            Ok(Loaded::Secondary(secondary, state)) => secondary.follow(state),
            Err(failure) => self.fail(&failure),
        }
    }

    /// Returns the source's connections once all are there, and the capabilities in effect then.
    fn connections(&self, incoming: Incoming) -> Result<(Connections, Capabilities), Failure> {
        let (connections, capabilities) = match incoming {
            Incoming::Channel(channel) => {
                (Connections::single(secured(&self.core, channel)?), self.core.state().capabilities)
            }
            Incoming::Listener(listener) => self.accept(Acceptor::new(
                listener,
                Box::new(Policy::new(&self.core)),
                self.run.connections(),
            ))?,
        };
        let mut state = self.core.state();
        self.core.advance(&mut state, Direction::Incoming, Status::Active);
        Ok((connections, capabilities))
    }

    fn accept(&self, mut acceptor: Acceptor) -> Result<(Connections, Capabilities), Failure> {
        // The client may change the capabilities until the source connects.
        acceptor.await_connection()?;
        let uuid = self.core.guest.uuid().unwrap_or_default();
        let state = self.core.state();
        let capabilities = state.capabilities;
        let expected = Expected {
            uuid,
            channels: state.parameters.multifd_channels,
            method: state.parameters.multifd_compression.into(),
        };
        drop(state);
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
        self.core.restore_holding(&running, next);
        drop(running);
        self.completed();
        let parameters = self.core.state().parameters.clone();
        announce::announce(&*self.core.guest, &parameters, self.run.end());
    }

    fn completed(&self) {
        let mut state = self.core.state();
        state.incoming.close();
        self.core.advance(&mut state, Direction::Incoming, Status::Completed);
    }

    fn fail(&self, failure: &Failure) {
        let mut state = self.core.state();
        state.incoming.close();
        // Once the guest is complete it is too late to fail.
        if self.core.advance(&mut state, Direction::Incoming, Status::Failed) {
            self.core.notify(Notice::IncomingFailed(failure.messages()));
        }
    }
}
