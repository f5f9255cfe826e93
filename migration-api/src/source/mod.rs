//! The source's half of a migration: one thread that owns the run and hands the guest back whatever happens.

mod activate;
mod background;
mod colo;
mod compress;
mod converge;
mod encoder;
mod iterate;
mod multifd;
mod pace;
mod plain;
mod postcopy;
mod ram;
mod return_path;
mod save;
mod sender;
mod switchover;
mod xbzrle;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

pub(crate) use postcopy::Attempt;
use postcopy::Pages;

use crate::api::{MigMode, MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::caps::Capabilities;
use crate::colo::LineError;
use crate::engine::{Core, Notice, State};
use crate::guest::GuestError;
use crate::params::Parameters;
use crate::state::Direction;
use crate::stats::Stats;
use crate::stream::NameTooLong;
use crate::stream::multifd::MultifdError;
use crate::transport::{self, Address, Channel, Stop, TlsCredentials, TransportError};
use crate::unwind::caught;

pub(crate) use background::{is_compatible, is_supported};
pub(crate) use save::save;

/// The name of the thread that migrates.
const THREAD: &str = "mig/src/main";

/// One attempt to migrate away, as commands see it.
pub(crate) struct SourceRun {
    pub(crate) stats: Stats,
    /// Ends all I/O of the attempt.
    pub(crate) stop: Arc<Stop>,
    signals: Mutex<Signals>,
    changed: Condvar,
    /// What is missing at the destination, once the guest is there.
    missing: OnceLock<Arc<Pages>>,
}

/// What others tell the migration's thread.
#[derive(Default)]
struct Signals {
    /// `migrate-continue` was given for the present pause.
    proceed: bool,
    /// The destination is ready for the switchover.
    acknowledged: bool,
    /// How the destination says it ended.
    verdict: Option<Result<(), String>>,
    /// What went wrong first, wherever it did.
    error: Option<String>,
    /// The thread that migrates.
    thread: Option<i32>,
    /// `migrate-start-postcopy` was given.
    postcopy_wanted: bool,
    /// The destination has answered a ping.
    ponged: bool,
    /// The destination may have loaded the guest's devices.
    loaded: bool,
    /// The destination says that it failed.
    refused: bool,
    /// Nobody wants the attempt to go on.
    over: bool,
    /// The guest is about to be the destination's: nobody may cancel any more.
    leaving: bool,
    /// Once the guest is the destination's: ends all I/O of the present connection.
    connection: Option<Arc<Stop>>,
    postcopy: postcopy::Told,
    /// The threads that help it, by their place in the list.
    helpers: BTreeMap<usize, (String, i32)>,
}

impl SourceRun {
    pub(crate) fn new(parameters: &Parameters) -> std::io::Result<Self> {
        Ok(Self {
            stats: Stats::new(parameters.downtime_limit),
            stop: Arc::new(Stop::new()?),
            signals: Mutex::new(Signals::default()),
            changed: Condvar::new(),
            missing: OnceLock::new(),
        })
    }

    /// The same under a switch that others have.
    pub(crate) fn stopped_by(parameters: &Parameters, stop: Arc<Stop>) -> Self {
        let (signals, changed) = (Mutex::default(), Condvar::new());
        let missing = OnceLock::new();
        Self { stats: Stats::new(parameters.downtime_limit), stop, signals, changed, missing }
    }

    fn signals(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, change: impl FnOnce(&mut Signals)) {
        change(&mut self.signals());
        self.changed.notify_all();
    }

    /// Waits for a signal, `limit` at most.
    fn wait<'a>(&self, signals: MutexGuard<'a, Signals>, limit: Option<Duration>) -> MutexGuard<'a, Signals> {
        match limit {
            None => self.changed.wait(signals).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                self.changed.wait_timeout(signals, limit).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Ends the attempt's I/O for good, and whatever waits for a signal.
    pub(crate) fn abort(&self) {
        self.stop.stop();
        let mut connection = None;
        self.signal(|signals| {
            signals.over = true;
            connection = signals.connection.clone();
        });
        if let Some(connection) = connection {
            connection.stop();
        }
    }

    /// Lets a migration that pauses before the switchover go on.
    pub(crate) fn proceed(&self) {
        self.signal(|signals| signals.proceed = true);
    }

    /// Whether the guest is the destination's, or may be at any moment.
    pub(crate) fn is_leaving(&self) -> bool {
        self.signals().leaving
    }

    /// Asks for the switch to postcopy.
    pub(crate) fn want_postcopy(&self) {
        self.signal(|signals| signals.postcopy_wanted = true);
    }

    /// Ends the attempt, or in postcopy the connection, for a reason that somebody else found.
    pub(crate) fn fail(&self, error: String) {
        let mut connection = None;
        self.signal(|signals| {
            signals.error.get_or_insert(error);
            connection = signals.connection.clone();
        });
        connection.as_ref().unwrap_or(&self.stop).stop();
    }

    /// Cuts the connections, as if the destination had gone: the attempt fails, or pauses in postcopy.
    pub(crate) fn cut(&self) {
        let connection = self.signals().connection.clone();
        match connection {
            Some(connection) => connection.stop(),
            None => self.stop.cut(),
        }
    }

    /// Lists the calling thread among those of the migration, for as long as the listing is kept.
    pub(crate) fn list_thread(&self, place: usize, name: String) -> Listing<'_> {
        self.signals().helpers.insert(place, (name, thread_id()));
        Listing { run: self, place }
    }

    /// The names and ids of the migration's threads, the one that migrates last.
    pub(crate) fn threads(&self) -> Vec<(String, i32)> {
        let signals = self.signals();
        let main = signals.thread.map(|id| (THREAD.to_owned(), id));
        signals.helpers.values().cloned().chain(main).collect()
    }

    /// The id of the thread that migrates, while it does.
    pub(crate) fn thread(&self) -> Option<i32> {
        self.signals().thread
    }
}

/// A thread's place in the list of the migration's threads.
pub(crate) struct Listing<'a> {
    run: &'a SourceRun,
    place: usize,
}

impl Drop for Listing<'_> {
    fn drop(&mut self) {
        self.run.signals().helpers.remove(&self.place);
    }
}

fn thread_id() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Why an attempt ends early. `Display` is its `error-desc`.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The transport, or TLS on it.
    Transport(TransportError),
    /// The guest could not save itself.
    Guest(GuestError),
    /// A name that the stream cannot hold.
    Name(NameTooLong),
    /// Several channels are needed where there is one.
    SingleChannel,
    /// A multifd channel that cannot be opened: the destination may expect fewer.
    Multifd {
        /// Which one.
        channel: u8,
        /// How many there were to be.
        of: u8,
        /// Why it cannot.
        error: TransportError,
    },
    /// The devices' state, in bytes, is more than a destination takes in one piece.
    Package(usize),
    /// A compressor that fails.
    Compression(MultifdError),
    /// Memory could not be protected from being written.
    Protect(std::io::Error),
    /// No thread to be had.
    Thread(std::io::Error),
    /// What the destination or the return path says.
    ReturnPath(String),
    /// COLO has no line to its secondary.
    Colo(LineError),
    /// What COLO does not go with.
    ColoWith(&'static str),
    /// A thread that has to do with it panicked.
    Panicked,
    /// It was cancelled.
    Cancelled,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::Guest(error) => error.fmt(f),
            Self::Name(error) => error.fmt(f),
            Self::Protect(error) => {
                write!(f, "Write protection of guest memory failed: {}", transport::reason(error))
            }
            Self::SingleChannel => f.write_str("Migration requires multi-channel URIs (e.g. tcp)"),
            Self::Multifd { channel, of, error } => write!(f, "multifd channel {channel} of {of}: {error}"),
            Self::Package(size) => {
                write!(f, "the state of the devices has {size} bytes, which is too much for postcopy")
            }
            Self::Compression(error) => error.fmt(f),
            Self::Thread(error) => f.write_str(&transport::reason(error)),
            Self::ReturnPath(error) => f.write_str(error),
            Self::Colo(error) => error.fmt(f),
            Self::ColoWith(what) => write!(f, "COLO does not go with {what}"),
            Self::Panicked => f.write_str("The migration thread panicked"),
            Self::Cancelled => f.write_str("Migration was cancelled"),
        }
    }
}

crate::from::from!(Failure: TransportError => Transport, GuestError => Guest, NameTooLong => Name, LineError => Colo);

/// Where a migration goes.
pub(crate) enum Target {
    /// To be connected in the background.
    Address(Address),
    /// Open already.
    Channel(Channel),
}

/// The credentials, or why there are none.
pub(crate) type Tls = Result<Option<TlsCredentials>, TransportError>;

/// What a migration was started with. Parameters that act at once are read from the state instead.
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) capabilities: Capabilities,
    pub(crate) mode: MigMode,
    pub(crate) tls: Tls,
}

/// Starts the thread that migrates. The status is `setup` already.
pub(crate) fn start(core: Arc<Core>, run: Arc<SourceRun>, plan: Plan) -> std::io::Result<()> {
    let (capabilities, mode) = (plan.capabilities, plan.mode);
    let source = Source { core, run, capabilities, mode, route: None, stopped_from: None, unplugs: false };
    let (target, tls) = (plan.target, plan.tls);
    std::thread::Builder::new().name(THREAD.into()).spawn(move || source.run(target, tls)).map(drop)
}

/// The way by which channels reach the destination.
struct Route {
    address: Address,
    tls: Option<TlsCredentials>,
    stop: Arc<Stop>,
}

/// The run. Whatever happens, [`run`](Self::run) ends with the guest as it was, or migrated.
struct Source {
    core: Arc<Core>,
    run: Arc<SourceRun>,
    capabilities: Capabilities,
    mode: MigMode,
    /// The way to the destination, where further channels can take it.
    route: Option<Route>,
    /// The run state from which the guest was stopped for the migration.
    stopped_from: Option<RunState>,
    /// Devices were unplugged for the migration.
    unplugs: bool,
}

impl Source {
    fn run(mut self, target: Target, tls: Tls) {
        let stop = self.run.stop.clone();
        let ended = self.connect(target, tls, stop).and_then(|channel| self.migrate(channel));
        match ended {
            Ok(()) => self.leave_list(),
            Err(failure) => self.give_up(&failure),
        }
    }

    /// Opens the main channel; `stop` ends its I/O, and that of further channels.
    fn connect(&mut self, target: Target, tls: Tls, stop: Arc<Stop>) -> Result<Channel, Failure> {
        let (channel, address) = match target {
            Target::Channel(channel) => (channel, None),
            Target::Address(address) => (transport::connect(&address, &*self.core, &stop)?, Some(address)),
        };
        let tls = tls?;
        let channel = match &tls {
            Some(credentials) => channel.secure(credentials)?,
            None => channel,
        };
        self.route = address.map(|address| Route { address, tls, stop });
        Ok(channel)
    }

    /// Opens a channel beside the main one: to the same address, with TLS if that has it.
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
        let moved = caught(|| self.send(channel)).unwrap_or_else(|| {
            if self.run.signals().leaving {
                // It may run at the destination, and is not to run here as well.
                self.stopped_from = None;
            }
            Err(Failure::Panicked)
        });
        if moved.is_err() {
            self.replug();
        }
        self.core.guest.throttle(0);
        self.run.stats.throttle.set(0);
        if self.capabilities.has(Capability::DirtyLimit) {
            self.core.dirty_limits.lift();
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

    /// Has every vCPU keep to the limit that the parameters give.
    fn limit_dirtying(&self, parameters: &Parameters) {
        let period = Duration::from_millis(parameters.x_vcpu_dirty_limit_period);
        if let Err(error) = self.core.dirty_limits.set(None, parameters.vcpu_dirty_limit, period) {
            self.core.notify(Notice::Log(error.to_string()));
        }
    }

    /// Takes hold of the guest, unless the run was cancelled while it was connecting.
    fn begin(&self) -> Result<(), Failure> {
        let state = self.core.state();
        if !self.is_current(&state) || self.run.stop.is_stopped() {
            return Err(Failure::Cancelled);
        }
        // With the state locked: whoever cancels from now on leaves the rest to this thread.
        self.run.signal(|signals| signals.thread = Some(thread_id()));
        Ok(())
    }

    /// Whether this is still the attempt that the status speaks of.
    fn is_current(&self, state: &State) -> bool {
        state.outgoing.run.as_ref().is_some_and(|run| Arc::ptr_eq(run, &self.run))
    }

    /// Stops the guest for the rest of the migration.
    fn stop_guest(&mut self) {
        if self.stopped_from.is_none() {
            self.stopped_from = Some(self.core.halt(RunState::FinishMigrate));
        }
    }

    /// The error that ends the run: the first that anybody noticed.
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

    fn leave_list(&self) {
        self.run.signal(|signals| signals.thread = None);
    }

    /// Ends a run that did not complete: the guest is what it was, and the status says why.
    fn give_up(&mut self, failure: &Failure) {
        // Before the connections end, which others notice, too.
        let mut signals = self.run.signals();
        if !matches!(failure, Failure::Cancelled) {
            signals.error.get_or_insert_with(|| failure.to_string());
        }
        let first = signals.error.clone();
        drop(signals);
        self.run.stop.stop();
        let mut state = self.core.state();
        if !self.is_current(&state) {
            // Cancelled before it got anywhere; another attempt may be under way.
            return;
        }
        if first.is_some() {
            state.outgoing.error = first;
        }
        drop(state);
        // First, so that whoever hears of the end finds the guest as it was; the events come in QEMU's order.
        let before = self.stopped_from.take();
        if let Some(before) = before {
            let _running = self.core.run_lock();
            self.core.guest.set_run_state(before);
        }
        let resumed = before.is_some() && self.core.guest.run_state() == RunState::Running;
        let mut state = self.core.state();
        if !self.is_current(&state) {
            return;
        }
        // Not before: as long as this thread is listed, whoever cancels leaves the guest to it.
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
