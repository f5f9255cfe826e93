//! One outgoing attempt: its state for commands, and the signals to the migration thread.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::THREAD;
use super::postcopy::{Pages, PostcopySignals};
use crate::core::runs::{Attempt, OutgoingRun};
use crate::settings::Parameters;
use crate::stats::Stats;
use crate::transport::Stop;

/// One outgoing attempt, as commands see it.
pub(crate) struct SourceRun {
    pub(crate) stats: Stats,
    /// Ends all I/O of the attempt.
    pub(crate) stop: Arc<Stop>,
    signals: Mutex<Signals>,
    pub(super) changed: Condvar,
    /// The pages that are missing at the destination, once the guest runs there.
    pub(super) missing: OnceLock<Arc<Pages>>,
}

/// Signals from other threads to the migration thread.
#[derive(Default)]
pub(super) struct Signals {
    /// `migrate-continue` was given in the current pause.
    pub(super) proceed: bool,
    /// The destination is ready for the switchover.
    pub(super) acknowledged: bool,
    /// A return path thread exists. It sets `verdict` when it ends.
    pub(super) listens: bool,
    /// The outcome that the destination reports.
    pub(super) verdict: Option<Result<(), String>>,
    /// The first error of any thread.
    pub(super) error: Option<String>,
    /// The migration thread's id.
    pub(super) thread: Option<i32>,
    /// `migrate-start-postcopy` was given.
    pub(super) postcopy_wanted: bool,
    /// The destination has answered a ping.
    pub(super) ponged: bool,
    /// The destination may have loaded the guest's devices.
    pub(super) loaded: bool,
    /// The destination reports a failure.
    pub(super) refused: bool,
    /// The attempt is aborted.
    pub(super) over: bool,
    /// The guest is about to belong to the destination, so cancellation is blocked.
    pub(super) leaving: bool,
    /// Ends all I/O of the current connection, once the guest belongs to the destination.
    pub(super) connection: Option<Arc<Stop>>,
    pub(super) postcopy: PostcopySignals,
    /// Names and ids of the helper threads, by their place in the list.
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

    /// Creates a run that is stopped by a shared `stop`.
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

    /// Waits for a signal, at most for `limit`.
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

    /// Waits for the return path thread to finish, then returns the first error.
    pub(super) fn first_error(&self) -> Option<String> {
        let mut signals = self.signals();
        while signals.listens && signals.verdict.is_none() {
            signals = self.wait(signals, None);
        }
        let heard = signals.verdict.clone().and_then(Result::err);
        signals.error.clone().or(heard)
    }

    /// Fails the attempt with another thread's error. In postcopy, ends only the connection.
    pub(crate) fn fail(&self, error: String) {
        let mut connection = None;
        self.signal(|signals| {
            signals.error.get_or_insert(error);
            connection = signals.connection.clone();
        });
        connection.as_ref().unwrap_or(&self.stop).stop();
    }

    /// Lists the calling thread among those of the migration until the returned value is dropped.
    pub(crate) fn list_thread(&self, place: usize, name: String) -> Listing<'_> {
        self.signals().helpers.insert(place, (name, thread_id()));
        Listing { run: self, place }
    }
}

impl OutgoingRun for SourceRun {
    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn abort(&self) {
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

    fn proceed(&self) {
        self.signal(|signals| signals.proceed = true);
    }

    fn is_leaving(&self) -> bool {
        self.signals().leaving
    }

    fn want_postcopy(&self) {
        self.signal(|signals| signals.postcopy_wanted = true);
    }

    fn cut(&self) {
        let connection = self.signals().connection.clone();
        match connection {
            Some(connection) => connection.stop(),
            // It is still being opened.
            None if !self.stop.cut() => self.stop.cut_waits(),
            None => {}
        }
    }

    fn threads(&self) -> Vec<(String, i32)> {
        let signals = self.signals();
        let main = signals.thread.map(|id| (THREAD.to_owned(), id));
        signals.helpers.values().cloned().chain(main).collect()
    }

    fn thread(&self) -> Option<i32> {
        self.signals().thread
    }

    fn resume(&self, attempt: Attempt) {
        let mut earlier = None;
        self.signal(|signals| {
            signals.postcopy.attempt = Some(attempt);
            earlier = signals.connection.clone();
        });
        if let Some(earlier) = earlier {
            earlier.stop();
        }
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
