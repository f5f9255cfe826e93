//! Populates memory before pages arrive, in a separate thread: the kernel takes about as long to
//! zero a page as the reader to fill it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::destination::memory::{Memory, STEP};

/// Distance from the reader, in steps. The reader populates the nearest memory itself.
const AHEAD: std::ops::Range<u64> = 2..8;

/// The reader's handle of the thread. Dropping it ends the thread.
pub(super) struct Preparation {
    place: Option<SyncSender<StepPlace>>,
    thread: Option<JoinHandle<()>>,
    last: StepPlace,
}

/// A block, and a step in it.
type StepPlace = (usize, u64);

impl Preparation {
    /// Starts the thread. If that fails, memory is populated when pages arrive.
    pub(super) fn start(memory: Arc<[Memory]>) -> Self {
        // A position that the thread is too slow for is out of date, so it is dropped.
        let (place, places) = sync_channel(1);
        let thread = std::thread::Builder::new().name("mig/dst/memory".into());
        let thread = thread.spawn(move || prepare(&memory, &places)).ok();
        Self { place: Some(place), thread, last: (0, u64::MAX) }
    }

    /// Reports the position of consecutive pages.
    pub(super) fn reached(&mut self, block: usize, offset: u64) {
        let place = (block, offset / STEP);
        if place != self.last
            && let Some(sender) = &self.place
            && sender.try_send(place).is_ok()
        {
            self.last = place;
        }
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        self.place = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn prepare(memory: &[Memory], places: &Receiver<StepPlace>) {
    let mut prepared = (0, 0);
    while let Ok(mut place) = places.recv() {
        let mut step = AHEAD.start;
        while step < AHEAD.end {
            let (block, at) = (place.0, place.1 + step);
            if prepared.0 != block || prepared.1 <= at {
                let Some(memory) = memory.get(block) else { break };
                memory.populate(at * STEP, STEP);
                prepared = (block, at + 1);
            }
            step += 1;
            if let Ok(newer) = places.try_recv() {
                (place, step) = (newer, AHEAD.start);
            }
        }
    }
}
