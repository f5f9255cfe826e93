//! A barrier between the main channel and the multifd channels, so that pages of a round cannot
//! overtake those of the round before.
//!
//! A channel that reads a SYNC waits for the flush record on the main channel, which in turn waits
//! for the SYNCs of all channels.

use super::Landing;
use crate::destination::Failure;
use crate::stream::multifd::MultifdError;
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use crate::transport::Channel;

/// The barrier.
pub(super) struct Meeting {
    state: Mutex<State>,
    changed: Condvar,
    main: Arc<Channel>,
}

struct State {
    lanes: Vec<Lane>,
    /// Number of flush records on the main channel.
    marks: u64,
    landing: Option<Arc<Landing>>,
    /// The migration has ended, in success or failure.
    over: bool,
    failure: Option<Failure>,
}

#[derive(Clone, Default)]
struct Lane {
    /// Number of SYNCs on the channel.
    synced: u64,
    /// The channel is writing pages to memory.
    storing: bool,
    closed: bool,
}

impl Meeting {
    pub(super) fn new(lanes: usize, main: Arc<Channel>) -> Self {
        let lanes = vec![Lane::default(); lanes];
        let state = State { lanes, marks: 0, landing: None, over: false, failure: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), main }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Called before a channel stores pages: returns the memory, once it is known. Returns `None`
    /// after the end of the migration.
    pub(super) fn begin(&self, lane: usize) -> Option<Arc<Landing>> {
        let mut state = self.state();
        loop {
            if state.over {
                return None;
            }
            if let Some(landing) = state.landing.clone() {
                state.lanes[lane].storing = true;
                return Some(landing);
            }
            state = self.wait(state);
        }
    }

    /// Called after a channel has stored pages.
    pub(super) fn stored(&self, lane: usize) {
        self.state().lanes[lane].storing = false;
    }

    /// Called at a SYNC: waits for the flush record. Returns true if the migration continues.
    pub(super) fn sync(&self, lane: usize) -> bool {
        let mut state = self.state();
        state.lanes[lane].synced += 1;
        self.changed.notify_all();
        while state.marks < state.lanes[lane].synced && !state.over {
            state = self.wait(state);
        }
        !state.over
    }

    /// Called at the end of a channel, with its result.
    pub(super) fn close(&self, lane: usize, ended: Result<(), Failure>) {
        let mut state = self.state();
        state.lanes[lane].closed = true;
        state.lanes[lane].storing = false;
        if let (Err(failure), false) = (ended, state.over) {
            state.failure.get_or_insert(failure);
            // The reader of the main channel may wait for something that will not arrive.
            self.main.end_reading();
        }
        self.changed.notify_all();
    }

    pub(super) fn land(&self, landing: Landing) {
        self.state().landing = Some(Arc::new(landing));
        self.changed.notify_all();
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.state().failure.take()
    }

    pub(super) fn mark(&self) -> Result<(), Failure> {
        let mut state = self.state();
        let met = state.marks + 1;
        loop {
            if let Some(failure) = state.failure.take() {
                return Err(failure);
            }
            let mut missing = state.lanes.iter().filter(|lane| lane.synced < met).peekable();
            if missing.peek().is_none() {
                state.marks = met;
                self.changed.notify_all();
                return Ok(());
            }
            if missing.any(|lane| lane.closed) {
                return Err(MultifdError::Closed.into());
            }
            state = self.wait(state);
        }
    }

    pub(super) fn end(&self) -> Result<(), Failure> {
        let mut state = self.state();
        state.over = true;
        self.changed.notify_all();
        match state.failure.take() {
            Some(failure) => Err(failure),
            None if state.lanes.iter().any(|lane| lane.storing) => Err(MultifdError::Closed.into()),
            None => Ok(()),
        }
    }

    /// Releases all waiting threads.
    pub(super) fn abandon(&self) {
        self.state().over = true;
        self.changed.notify_all();
    }
}
