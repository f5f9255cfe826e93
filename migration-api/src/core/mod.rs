//! State that both halves of a migration share.
//!
//! Commands and the threads of a migration meet here. Locks, in the order in which they are taken:
//!
//! 1. the run lock, which serialises operations that start, stop, load or reset the guest. It is
//!    the only lock of the engine that is held while the embedder's guest is called, as [`Guest`]
//!    promises that no two threads do this at once; it is never held while files or connections are
//!    waited for;
//! 2. the state's lock, held for moments only: not while bytes move, and not while the guest is
//!    called or an event delivered.
//!
//! Three services serialise calls of the guest on locks of their own: the dirty log, whose readers
//! must not miss what another one takes off it, the dirty limits, where a pause that was computed
//! must not follow its end, and the holds on the guest's RAM, where `migration_begins` and
//! `migration_ends` alternate.

#[cfg_attr(not(feature = "colo"), path = "no_colo.rs")]
pub(crate) mod colo;
mod colo_error;
#[cfg(feature = "colo")]
mod colo_line;
pub(crate) mod event;
pub(crate) mod event_queue;
#[cfg(feature = "colo")]
mod failover;
pub(crate) mod jobs;
pub(crate) mod receiver;
pub(crate) mod run_lock;
pub(crate) mod run_state;
pub(crate) mod runs;

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use crate::api::{
    JobStatus, MigrationCapability as Capability, MigrationStatus as Status, RunState,
};
use crate::block::Nodes;
use crate::dirty_limit::DirtyLimits;
use crate::dirty_log::DirtyLog;
use crate::dirty_rate::DirtyRate;
use crate::generation::Generation;
use crate::guest::Guest;
use crate::held_ram::RamHolds;
use crate::lifetime::Lifetime;
use crate::objects::Objects;
use crate::settings::{Capabilities, Parameters};
use crate::state::{Direction, StatusError, StatusMachine};
use crate::stats::Blocktime;
use crate::stream::Limits;
use crate::sync::IgnorePoison;
use crate::trace;
use crate::transport::{Bound, Descriptors, Endpoint, Stop, TlsCredentials, TransportError};
use colo::Colo;
use event_queue::{EventQueue, Held};
use jobs::Jobs;
use run_lock::RunLock;
use runs::{IncomingRun, OutgoingRun};

pub use colo_error::ColoError;
pub(crate) use event::Event;

/// Returns true in a thread that must not wait for the run lock, because it has the lock or works
/// on a job: it calls the engine from a method of a guest.
pub(crate) fn is_in_guest() -> bool {
    event_queue::holds_lock() || jobs::is_in_job()
}

/// State shared by the threads of an engine.
pub(crate) struct Core {
    pub(crate) guest: Arc<dyn Guest>,
    pub(crate) ram: Arc<RamHolds>,
    pub(crate) dirty_log: Arc<DirtyLog>,
    pub(crate) dirty_rate: DirtyRate,
    pub(crate) dirty_limits: DirtyLimits,
    pub(crate) colo: Colo,
    pub(crate) events: EventQueue,
    pub(crate) lifetime: Arc<Lifetime>,
    pub(crate) chardevs: Vec<String>,
    pub(crate) reset_is_shutdown: bool,
    pub(crate) generation: Generation,
    pub(crate) limits: Limits,
    pub(crate) state: Mutex<State>,
    /// Locked for moments only, never while the guest is called.
    pub(crate) guest_state: Mutex<GuestState>,
    pub(crate) running: RunLock,
    pub(crate) descriptors: Mutex<HashMap<String, OwnedFd>>,
}

pub(crate) struct State {
    pub(crate) capabilities: Capabilities,
    pub(crate) parameters: Parameters,
    pub(crate) objects: Objects,
    pub(crate) nodes: Nodes,
    pub(crate) jobs: Jobs,
    /// Run an incoming guest on arrival.
    pub(crate) autostart: bool,
    /// True until an incoming migration has completed.
    pub(crate) waits_for_incoming: bool,
    pub(crate) outgoing: OutgoingState,
    pub(crate) incoming: IncomingState,
}

pub(crate) struct OutgoingState {
    pub(crate) machine: StatusMachine,
    /// The error of the last attempt.
    pub(crate) error: Option<String>,
    /// The current or last attempt.
    pub(crate) run: Option<Arc<dyn OutgoingRun>>,
}

pub(crate) struct IncomingState {
    pub(crate) machine: StatusMachine,
    /// An incoming migration was accepted; a second one is refused.
    pub(crate) accepted: bool,
    /// An attempt has failed, so guest memory may hold a part of its data.
    pub(crate) has_failed: bool,
    /// The lines of the last attempt's failure.
    pub(crate) error: Option<Vec<String>>,
    /// Sources can connect, so capabilities that affect connections are fixed.
    pub(crate) listening: bool,
    /// Addresses at which a source can connect.
    pub(crate) bound: Vec<Bound>,
    /// Times that vCPUs waited for pages, if they are known and were requested.
    /// Ends the waits of a command that opens an address.
    pub(crate) opening: Option<Arc<Stop>>,
    pub(crate) blocktime: Option<Blocktime>,
    pub(crate) run: Option<Arc<dyn IncomingRun>>,
}

/// The run state, without what the guest did by itself.
pub(crate) struct GuestState {
    state: RunState,
    /// The guest is the other side's: it was [handed over](Core::hand_over), or is still expected.
    handed_over: bool,
}

impl GuestState {
    /// The state of a guest that waits for an incoming migration, or that can be run.
    pub(crate) fn new(incoming: bool) -> Self {
        let state = if incoming { RunState::Inmigrate } else { RunState::Prelaunch };
        Self { state, handed_over: incoming }
    }
}

impl OutgoingState {
    /// Returns true if `run` is the current or last attempt.
    pub(crate) fn is_current(&self, run: &dyn OutgoingRun) -> bool {
        self.run.as_deref().is_some_and(|current| std::ptr::addr_eq(current, run))
    }
}

impl IncomingState {
    /// Stops accepting sources, so capabilities that affect connections can change again.
    pub(crate) fn close(&mut self) {
        self.bound.clear();
        self.listening = false;
    }

    /// Returns true in postcopy: the source has given up the guest, but part of it has not arrived.
    pub(crate) fn is_postcopy(&self) -> bool {
        let status = self.machine.status();
        matches!(status, Status::PostcopyActive | Status::PostcopyPaused | Status::PostcopyRecover)
    }
}

impl State {
    /// Returns the credentials that the TLS parameters name, for one side of a connection to
    /// `host`.
    pub(crate) fn credentials(
        &self,
        side: Endpoint,
        host: Option<&str>,
    ) -> Result<Option<TlsCredentials>, TransportError> {
        self.objects.credentials(&self.parameters, side, host)
    }

    fn machine(&mut self, direction: Direction) -> &mut StatusMachine {
        match direction {
            Direction::Outgoing => &mut self.outgoing.machine,
            Direction::Incoming => &mut self.incoming.machine,
        }
    }
}

impl Core {
    pub(crate) fn state(&self) -> Held<'_, State> {
        Held::new(self.state.lock().ignore_poison(), &self.events)
    }

    /// Queues an event. It is delivered as soon as the thread holds no lock of the engine.
    pub(crate) fn notify(&self, event: Event) {
        self.events.push(event, true);
    }

    /// Suppresses all further events, because the engine ends.
    pub(crate) fn fall_silent(&self) {
        self.events.fall_silent();
    }

    /// Changes a status, and sends its event. The state stays locked, so events arrive in the order
    /// of the changes.
    ///
    /// # Errors
    /// `next` may not follow the current status.
    pub(crate) fn advance(
        &self,
        state: &mut State,
        direction: Direction,
        next: Status,
    ) -> Result<(), StatusError> {
        let from = state.machine(direction).status();
        state.machine(direction).advance(next)?;
        trace::status(direction, from, next);
        self.events.push(Event::Migration(next), state.capabilities.has(Capability::Events));
        Ok(())
    }

    /// Changes a status that nothing can have changed before. Logs it if something has.
    pub(crate) fn advance_or_log(&self, state: &mut State, direction: Direction, next: Status) {
        if let Err(error) = self.advance(state, direction, next) {
            self.notify(Event::Log(error.to_string()));
        }
    }

    /// Sends the event of a pass over memory.
    pub(crate) fn pass(&self, number: u64) {
        let for_clients = self.state().capabilities.has(Capability::Events);
        self.events.push(Event::MigrationPass(number), for_clients);
    }

    /// Takes the lock that keeps other threads from starting and stopping the guest, once no job is
    /// at work on the guest.
    pub(crate) fn run_lock(&self) -> Held<'_, ()> {
        let running = self.running.acquire(&self.state, |state| state.jobs.at_work());
        Held::new(running, &self.events)
    }

    /// Takes the same lock for the job that is at work on the guest.
    pub(crate) fn run_lock_for_job(&self) -> Held<'_, ()> {
        Held::new(self.running.acquire_for_job(), &self.events)
    }

    /// Returns true while the run lock is held.
    pub(crate) fn is_run_locked(&self) -> bool {
        self.running.is_held()
    }

    /// Locks the state after waiting for any snapshot job to finish. QEMU serialises commands with
    /// snapshots, so this engine does too.
    ///
    /// A job itself, which calls the guest, does not wait.
    pub(crate) fn state_after_jobs(&self) -> Held<'_, State> {
        if jobs::is_in_job() {
            return self.state();
        }
        let state = self.running.idle_state(&self.state, |state| state.jobs.at_work());
        Held::new(state, &self.events)
    }

    /// Wakes up threads that wait for the end of a job's work.
    pub(crate) fn wake_job_waiters(&self) {
        self.running.job_ended();
    }

    /// Moves a job through statuses and sends their events. The state stays locked throughout.
    pub(crate) fn lead(&self, jobs: &mut Jobs, id: &str, way: &[JobStatus]) {
        for &status in way {
            if let Some(job) = jobs.find(id) {
                job.status = status;
                self.notify(Event::JobStatusChange { id: id.to_owned(), status });
            }
        }
    }

    pub(crate) fn conclude(&self, id: &str, error: Option<String>) {
        let mut state = self.state();
        let way = match error {
            None => [JobStatus::Waiting, JobStatus::Pending, JobStatus::Concluded].as_slice(),
            Some(_) => &[JobStatus::Aborting, JobStatus::Concluded],
        };
        if let Some(job) = state.jobs.find(id) {
            job.error = error;
        }
        self.lead(&mut state.jobs, id, way);
        state.jobs.work = None;
        drop(state);
        self.wake_job_waiters();
    }

    /// Registers a named file descriptor. An earlier one of that name is closed.
    pub(crate) fn add_descriptor(&self, name: String, fd: OwnedFd) {
        self.descriptors.lock().ignore_poison().insert(name, fd);
    }
}

impl Descriptors for Core {
    fn take(&self, name: &str) -> Option<OwnedFd> {
        self.descriptors.lock().ignore_poison().remove(name)
    }
}
