//! One attempt to migrate away, as commands see it, and what others tell the thread that migrates.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::THREAD;
use super::postcopy::{Pages, Told};
use crate::params::Parameters;
use crate::stats::Stats;
use crate::transport::Stop;

/// One attempt to migrate away, as commands see it.
pub(crate) struct SourceRun {
    pub(crate) stats: Stats,
    /// Ends all I/O of the attempt.
    pub(crate) stop: Arc<Stop>,
    signals: Mutex<Signals>,
    pub(super) changed: Condvar,
    /// What is missing at the destination, once the guest is there.
    pub(super) missing: OnceLock<Arc<Pages>>,
}

/// What others tell the migration's thread.
#[derive(Default)]
pub(super) struct Signals {
    /// `migrate-continue` was given for the present pause.
    pub(super) proceed: bool,
    /// The destination is ready for the switchover.
    pub(super) acknowledged: bool,
    /// There is a thread that hears the destination; at its end it says how that went.
    pub(super) listens: bool,
    /// How the destination says it ended.
    pub(super) verdict: Option<Result<(), String>>,
    /// What went wrong first, wherever it did.
    pub(super) error: Option<String>,
    /// The thread that migrates.
    pub(super) thread: Option<i32>,
    /// `migrate-start-postcopy` was given.
    pub(super) postcopy_wanted: bool,
    /// The destination has answered a ping.
    pub(super) ponged: bool,
    /// The destination may have loaded the guest's devices.
    pub(super) loaded: bool,
    /// The destination says that it failed.
    pub(super) refused: bool,
    /// Nobody wants the attempt to go on.
    pub(super) over: bool,
    /// The guest is about to be the destination's: nobody may cancel any more.
    pub(super) leaving: bool,
    /// Once the guest is the destination's: ends all I/O of the present connection.
    pub(super) connection: Option<Arc<Stop>>,
    pub(super) postcopy: Told,
    /// The threads that help it, by their place in the list.
    pub(super) helpers: BTreeMap<usize, (String, i32)>,
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

    pub(super) fn signals(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn signal(&self, change: impl FnOnce(&mut Signals)) {
        change(&mut self.signals());
        self.changed.notify_all();
    }

    /// Waits for a signal, `limit` at most.
    pub(super) fn wait<'a>(
        &self,
        signals: MutexGuard<'a, Signals>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, Signals> {
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

    /// What went wrong first, once the connections have ended: whoever hears the destination has to have noticed.
    pub(super) fn first_error(&self) -> Option<String> {
        let mut signals = self.signals();
        while signals.listens && signals.verdict.is_none() {
            signals = self.wait(signals, None);
        }
        let heard = signals.verdict.clone().and_then(Result::err);
        signals.error.clone().or(heard)
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

pub(super) fn thread_id() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}
