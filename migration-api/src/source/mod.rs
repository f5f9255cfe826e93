//! The source's half of a migration: one thread that owns the run and hands the guest back in any
//! case.

mod acknowledge;
mod activate;
mod background;
mod bits;
#[cfg_attr(not(feature = "colo"), path = "no_colo.rs")]
mod colo;
#[cfg_attr(not(feature = "legacy-compress"), path = "no_compress.rs")]
mod compress;
mod converge;
mod encoder;
mod failure;
mod iterate;
mod multifd;
mod pace;
mod plain;
mod postcopy;
mod ram;
mod return_path;
mod run;
mod save;
mod sender;
mod switchover;
mod xbzrle;

use std::sync::Arc;
use std::time::Duration;

use crate::api::{MigMode, MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::core::runs::{OutgoingRun, Target, Tls};
use crate::core::{Core, Notice, State};
use crate::settings::Capabilities;
use crate::settings::Parameters;
use crate::state::Direction;
use crate::state::has_ended;
use crate::trace;
use crate::transport::{self, Address, Channel, Stop, TlsCredentials};
use crate::unwind::catch_panic;

pub(crate) use background::{is_compatible, is_supported};
pub(crate) use failure::Failure;
pub(crate) use run::SourceRun;
pub(crate) use save::save;

use run::{Signals, thread_id};

/// Name of the migration thread.
const THREAD: &str = "mig/src/main";

/// Start parameters of a migration. Parameters that take effect at once are read from the state
/// instead.
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) capabilities: Capabilities,
    pub(crate) mode: MigMode,
    pub(crate) tls: Tls,
}

/// Starts the migration thread. The status is `setup` already.
pub(crate) fn start(core: Arc<Core>, run: Arc<SourceRun>, plan: Plan) -> std::io::Result<()> {
    let (capabilities, mode) = (plan.capabilities, plan.mode);
    let source =
        Source { core, run, capabilities, mode, route: None, stopped_from: None, unplugs: false };
    let (target, tls) = (plan.target, plan.tls);
    let lifetime = source.core.lifetime.clone();
    let span = trace::attempt(Direction::Outgoing, target.kind(), capabilities);
    lifetime.spawn(THREAD, move || span.in_scope(|| source.run(target, tls)))
}

/// The address and settings for further channels to the destination.
struct Route {
    address: Address,
    tls: Option<TlsCredentials>,
    stop: Arc<Stop>,
}

/// The run. [`run`](Self::run) always ends with the guest migrated, or as it was.
struct Source {
    core: Arc<Core>,
    run: Arc<SourceRun>,
    capabilities: Capabilities,
    mode: MigMode,
    /// The way to the destination, if further channels can use it.
    route: Option<Route>,
    /// The guest's run state before the migration stopped it.
    stopped_from: Option<RunState>,
    /// Devices were unplugged for the migration.
    unplugs: bool,
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
        match ended.unwrap_or(Err(Failure::Panicked)) {
            Ok(()) => self.leave_list(),
            Err(failure) => self.give_up(&failure),
        }
    }

    /// Opens the main channel. `stop` ends its I/O and that of further channels.
    fn connect(&mut self, target: Target, tls: Tls, stop: Arc<Stop>) -> Result<Channel, Failure> {
        let (channel, address) = match target {
            Target::Channel(channel) => (channel, None),
            Target::Address(address) => {
                (transport::connect(&address, &*self.core, &stop)?, Some(address))
            }
        };
        let tls = tls?;
        let channel = match &tls {
            Some(credentials) => channel.secure(credentials)?,
            None => channel,
        };
        self.route = address.map(|address| Route { address, tls, stop });
        Ok(channel)
    }

    /// Opens another channel to the same address, with TLS if the main channel has it.
    fn further_channel(&self) -> Result<Channel, Failure> {
        let Some(Route { address, tls, stop }) = &self.route else {
            return Err(Failure::SingleChannel);
        };
        let channel = transport::connect(address, &*self.core, stop)?;
        Ok(match tls {
            Some(credentials) => channel.secure(credentials)?,
            None => channel,
        })
    }

    fn migrate(&mut self, channel: Channel) -> Result<(), Failure> {
        self.begin()?;
        let moved = catch_panic(|| self.send(channel)).unwrap_or_else(|| {
            if self.run.signals().leaving {
                // The guest may run at the destination, so it must not run here.
                self.stopped_from = None;
            }
            Err(Failure::Panicked)
        });
        // Whatever became of the migration, the guest is called for each of these.
        if moved.is_err() {
            catch_panic(|| self.replug());
        }
        catch_panic(|| self.core.guest.throttle(0));
        self.run.stats.throttle.set(0);
        if self.capabilities.has(Capability::DirtyLimit) {
            catch_panic(|| self.core.dirty_limits.lift());
        }
        moved
    }

    fn send(&mut self, channel: Channel) -> Result<(), Failure> {
        if self.mode == MigMode::CprReboot {
            self.stop_guest();
        }
        self.unplug();
        let run = match self.capabilities.has(Capability::BackgroundSnapshot) {
            true => iterate::Precopy::snapshot,
            false => iterate::Precopy::run,
        };
        iterate::Precopy::new(self, Arc::new(channel)).and_then(run)
    }

    /// Limits every vCPU to the parameter's dirty rate.
    fn limit_dirtying(&self, parameters: &Parameters) {
        let period = Duration::from_millis(parameters.x_vcpu_dirty_limit_period);
        if let Err(error) = self.core.dirty_limits.set(None, parameters.vcpu_dirty_limit, period) {
            self.core.notify(Notice::Log(error.to_string()));
        }
    }

    /// Registers this thread as the guest's owner, unless the run was cancelled while it was
    /// connecting.
    fn begin(&self) -> Result<(), Failure> {
        let state = self.core.state();
        if !self.is_current(&state) || self.run.stop.is_stopped() {
            return Err(Failure::Cancelled);
        }
        // The state is locked: a cancellation from now on leaves the cleanup to this thread.
        self.run.signal(|signals| signals.thread = Some(thread_id()));
        Ok(())
    }

    /// Returns true if the current status belongs to this attempt.
    fn is_current(&self, state: &State) -> bool {
        state.outgoing.is_current(&*self.run)
    }

    /// Stops the guest for the rest of the migration.
    fn stop_guest(&mut self) {
        if self.stopped_from.is_none() {
            let running = self.core.run_lock();
            // Noted before, in case that stopping it panics halfway.
            self.stopped_from = Some(self.core.guest.run_state());
            self.core.halt_holding(&running, RunState::FinishMigrate);
        }
    }

    /// Returns the first error of any thread.
    fn check(&self) -> Result<(), Failure> {
        if let Some(error) = &self.run.signals().error {
            return Err(Failure::ReturnPath(error.clone()));
        }
        if self.run.stop.is_stopped() { Err(Failure::Cancelled) } else { Ok(()) }
    }

    fn advance(&self, next: Status) -> Result<(), Failure> {
        let mut state = self.core.state();
        if self.core.advance(&mut state, Direction::Outgoing, next) {
            Ok(())
        } else {
            Err(Failure::Cancelled)
        }
    }

    /// Unlists this thread, and drops the preempt channel that was not taken.
    fn leave_list(&self) {
        drop(self.run.take_preempt());
        self.run.signal(|signals| signals.thread = None);
    }

    /// Ends a run that did not complete: gives the guest back, and sets status and error.
    fn give_up(&mut self, failure: &Failure) {
        trace::failed(Direction::Outgoing, failure);
        self.run.stats.end_passes();
        // Record the error before the connections end, which other threads report, too.
        let mut signals = self.run.signals();
        if !matches!(failure, Failure::Cancelled) {
            signals.error.get_or_insert_with(|| failure.to_string());
        }
        drop(signals);
        self.run.abort();
        let first = self.run.first_error();
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
            let _running = self.core.run_lock();
            // A guest that has ended meanwhile stays so.
            if !has_ended(self.core.guest.run_state()) {
                self.core.guest.set_run_state(before);
            }
            self.core.guest.run_state() == RunState::Running
        });
        let resumed = resumed.unwrap_or(false);
        let mut state = self.core.state();
        if !self.is_current(&state) {
            return;
        }
        // Not earlier: while this thread is listed, a cancellation leaves the guest to it.
        self.leave_list();
        let failed = self.core.advance(&mut state, Direction::Outgoing, Status::Failed);
        if resumed {
            self.core.notify(Notice::Resume);
        }
        if !failed {
            self.core.advance(&mut state, Direction::Outgoing, Status::Cancelled);
        }
    }
}
