//! One outgoing attempt: its state for commands and threads, and the waits for a change.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::lifecycle::{Lifecycle, StageError, Switch, Verdict};
use crate::core::runs::{Attempt, NotPaused, OutgoingRun};
use crate::settings::Parameters;
use crate::stats::Stats;
use crate::sync::IgnorePoison;
use crate::transport::Stop;

/// Name of the migration thread.
pub(super) const THREAD: &str = "mig/src/main";

/// One outgoing attempt.
pub(crate) struct SourceRun {
    pub(crate) stats: Stats,
    /// Ends all I/O of the attempt.
    pub(crate) stop: Arc<Stop>,
    lifecycle: Mutex<Lifecycle>,
    changed: Condvar,
    /// Names and ids of the helper threads, by their place in the list.
    helpers: Mutex<BTreeMap<usize, (String, i32)>>,
}

impl SourceRun {
    pub(crate) fn new(parameters: &Parameters) -> std::io::Result<Self> {
        Ok(Self::stopped_by(parameters, Arc::new(Stop::new()?)))
    }

    /// Creates a run that is stopped by a shared `stop`.
    pub(crate) fn stopped_by(parameters: &Parameters, stop: Arc<Stop>) -> Self {
        Self {
            stats: Stats::new(parameters.downtime_limit),
            stop,
            lifecycle: Mutex::default(),
            changed: Condvar::new(),
            helpers: Mutex::default(),
        }
    }

    /// Locks the state to look at it.
    pub(super) fn look(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle.lock().ignore_poison()
    }

    /// Changes the state, and wakes up all threads that wait for it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Lifecycle) -> T) -> T {
        let changed = change(&mut self.look());
        self.changed.notify_all();
        changed
    }

    /// Wakes up all threads that wait for a change.
    pub(super) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Waits until `find` finds something in the state.
    pub(super) fn wait_for<T>(&self, mut find: impl FnMut(&mut Lifecycle) -> Option<T>) -> T {
        let mut lifecycle = self.look();
        loop {
            if let Some(found) = find(&mut lifecycle) {
                return found;
            }
            lifecycle = self.changed.wait(lifecycle).ignore_poison();
        }
    }

    /// Waits until `find` finds something in the state, `limit` at most.
    pub(super) fn wait_at_most<T>(
        &self,
        limit: Duration,
        mut find: impl FnMut(&mut Lifecycle) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + limit;
        let mut lifecycle = self.look();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if let Some(found) = find(&mut lifecycle) {
                return Some(found);
            }
            if left.is_zero() {
                return None;
            }
            let waited = self.changed.wait_timeout(lifecycle, left);
            lifecycle = waited.ignore_poison().0;
        }
    }

    /// Waits for the next change, `limit` at most.
    pub(super) fn nap(&self, limit: Duration) {
        let waited = self.changed.wait_timeout(self.look(), limit);
        drop(waited.ignore_poison());
    }

    /// Ends the attempt because of `error`, and waits for the return path thread to finish. Returns
    /// the first error.
    pub(super) fn conclude(&self, error: Option<String>) -> Option<String> {
        // Record the error before the connections end, which other threads report, too.
        let connection = self.change(|lifecycle| lifecycle.abort(error.clone()));
        self.stop.stop();
        if let Some(connection) = connection {
            connection.stop();
        }
        self.wait_for(|lifecycle| lifecycle.first_error()).or(error)
    }

    /// Ends the state, with the migration thread.
    pub(super) fn end(&self) {
        self.change(Lifecycle::end);
    }

    /// Fails the attempt with another thread's error. In postcopy, ends only the connection. Does
    /// nothing between connections.
    pub(super) fn fail(&self, error: String) {
        if let Ok(switch) = self.change(|lifecycle| lifecycle.fail(error)) {
            self.throw(switch);
        }
    }

    /// Ends the return path of the current connection.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn end_return_path(&self, verdict: Verdict) -> Result<(), StageError> {
        if let Some(switch) = self.change(|lifecycle| lifecycle.end_return_path(verdict))? {
            self.throw(switch);
        }
        Ok(())
    }

    fn throw(&self, switch: Switch) {
        match switch {
            Switch::Run => self.stop.stop(),
            Switch::Connection(stop) => stop.stop(),
        }
    }

    /// Lists the calling thread among those of the migration until the returned value is dropped.
    pub(super) fn list_thread(&self, place: usize, name: String) -> Listing<'_> {
        self.helpers().insert(place, (name, thread_id()));
        Listing { run: self, place }
    }

    fn helpers(&self) -> MutexGuard<'_, BTreeMap<usize, (String, i32)>> {
        self.helpers.lock().ignore_poison()
    }
}

impl OutgoingRun for SourceRun {
    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn abort(&self) {
        self.stop.stop();
        if let Some(connection) = self.change(|lifecycle| lifecycle.abort(None)) {
            connection.stop();
        }
    }

    fn cut(&self) {
        let switch = self.look().switch();
        match switch {
            Some(Switch::Connection(stop)) => stop.stop(),
            // It is still being opened.
            Some(Switch::Run) if !self.stop.cut() => self.stop.cut_waits(),
            Some(Switch::Run) | None => {}
        }
    }

    fn proceed(&self) {
        match self.change(Lifecycle::proceed) {
            // A second command may come before the status has changed.
            Ok(()) | Err(StageError::Over | StageError::Misplaced { .. }) => {}
        }
    }

    fn want_postcopy(&self) {
        match self.change(Lifecycle::want_postcopy) {
            // After the passes the command has no effect, as in QEMU.
            Ok(()) | Err(StageError::Over | StageError::Misplaced { .. }) => {}
        }
    }

    fn resume(&self, attempt: Attempt) -> Result<(), NotPaused> {
        let earlier = self.change(|lifecycle| lifecycle.resume(attempt));
        if let Some(earlier) = earlier.map_err(|_| NotPaused)? {
            earlier.stop();
        }
        Ok(())
    }

    fn is_leaving(&self) -> bool {
        self.look().is_leaving()
    }

    fn thread(&self) -> Option<i32> {
        self.look().thread()
    }

    fn threads(&self) -> Vec<(String, i32)> {
        let main = self.thread().map(|id| (THREAD.to_owned(), id));
        self.helpers().values().cloned().chain(main).collect()
    }
}

/// A thread's place in the list of the migration's threads.
pub(super) struct Listing<'a> {
    run: &'a SourceRun,
    place: usize,
}

impl Drop for Listing<'_> {
    fn drop(&mut self) {
        self.run.helpers().remove(&self.place);
    }
}

pub(super) fn thread_id() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}
