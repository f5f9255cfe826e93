//! A barrier between the main channel and the multifd channels, so that pages of a round cannot
//! overtake those of the round before.
//!
//! A channel that reads a SYNC waits for the flush record on the main channel, which in turn waits
//! for the SYNCs of all channels.

use super::landing::MemoryMap;
use crate::destination::failure::LoadFailure;
use crate::stream::multifd::MultifdError;
use crate::sync::{Arc, Condvar, IgnorePoison, Mutex, MutexGuard};
use crate::transport::Channel;

/// The barrier.
pub(super) struct Barrier {
    state: Mutex<BarrierState>,
    changed: Condvar,
    main: Arc<Channel>,
}

struct BarrierState {
    channels: Vec<ChannelState>,
    /// Number of flush records on the main channel.
    marks: u64,
    memory_map: Option<Arc<MemoryMap>>,
    /// The migration has ended, in success or failure.
    over: bool,
    failure: Option<LoadFailure>,
}

#[derive(Clone, Default)]
struct ChannelState {
    /// Number of SYNCs on the channel.
    synced: u64,
    activity: Activity,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Activity {
    /// Reading, or waiting for the main channel.
    #[default]
    Reading,
    /// Writing pages to memory.
    Storing,
    /// At its end.
    Closed,
}

impl ChannelState {
    fn is_storing(&self) -> bool {
        self.activity == Activity::Storing
    }
}

impl Barrier {
    pub(super) fn new(channels: usize, main: Arc<Channel>) -> Self {
        let channels = vec![ChannelState::default(); channels];
        let state =
            BarrierState { channels, marks: 0, memory_map: None, over: false, failure: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), main }
    }

    fn state(&self) -> MutexGuard<'_, BarrierState> {
        self.state.lock().ignore_poison()
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, BarrierState>) -> MutexGuard<'a, BarrierState> {
        self.changed.wait(state).ignore_poison()
    }

    /// Called before a channel stores pages: returns the memory, once it is known. Returns `None`
    /// after the end of the migration.
    pub(super) fn begin(&self, channel: usize) -> Option<Arc<MemoryMap>> {
        let mut state = self.state();
        loop {
            if state.over {
                return None;
            }
            if let Some(memory_map) = state.memory_map.clone() {
                state.channels[channel].activity = Activity::Storing;
                return Some(memory_map);
            }
            state = self.wait(state);
        }
    }

    /// Called after a channel has stored pages.
    pub(super) fn stored(&self, channel: usize) {
        let mut state = self.state();
        state.channels[channel].activity = Activity::Reading;
        if state.over {
            self.changed.notify_all();
        }
    }

    /// Called at a SYNC: waits for the flush record. Returns true if the migration continues.
    pub(super) fn sync(&self, channel: usize) -> bool {
        let mut state = self.state();
        state.channels[channel].synced += 1;
        self.changed.notify_all();
        while state.marks < state.channels[channel].synced && !state.over {
            state = self.wait(state);
        }
        !state.over
    }

    /// Called at the end of a channel, with its result.
    pub(super) fn close(&self, channel: usize, ended: Result<(), LoadFailure>) {
        let mut state = self.state();
        state.channels[channel].activity = Activity::Closed;
        if let (Err(failure), false) = (ended, state.over) {
            state.failure.get_or_insert(failure);
            // The reader of the main channel may wait for something that will not arrive.
            self.main.end_reading();
        }
        self.changed.notify_all();
    }

    pub(super) fn set_memory(&self, memory: MemoryMap) {
        self.state().memory_map = Some(Arc::new(memory));
        self.changed.notify_all();
    }

    pub(super) fn failure(&self) -> Option<LoadFailure> {
        self.state().failure.take()
    }

    pub(super) fn mark(&self) -> Result<(), LoadFailure> {
        let mut state = self.state();
        let met = state.marks + 1;
        loop {
            if let Some(failure) = state.failure.take() {
                return Err(failure);
            }
            let mut missing =
                state.channels.iter().filter(|channel| channel.synced < met).peekable();
            if missing.peek().is_none() {
                state.marks = met;
                self.changed.notify_all();
                return Ok(());
            }
            if missing.any(|channel| channel.activity == Activity::Closed) {
                return Err(MultifdError::Closed.into());
            }
            state = self.wait(state);
        }
    }

    pub(super) fn end(&self) -> Result<(), LoadFailure> {
        let mut state = self.state();
        state.over = true;
        self.changed.notify_all();
        match state.failure.take() {
            Some(failure) => Err(failure),
            None if state.channels.iter().any(ChannelState::is_storing) => {
                Err(MultifdError::Closed.into())
            }
            None => Ok(()),
        }
    }

    /// Releases all waiting threads, and waits until none stores a page.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        state.over = true;
        self.changed.notify_all();
        while state.channels.iter().any(ChannelState::is_storing) {
            state = self.wait(state);
        }
    }
}
