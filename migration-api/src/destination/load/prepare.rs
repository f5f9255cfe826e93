//! Has the kernel find memory for pages before they come, on a thread beside the one that reads: emptying it takes about as long as
//! filling it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::destination::memory::Memory;

/// How much is prepared at once: a huge page where there are such.
const STEP: u64 = 2 << 20;
/// How far ahead of the reader, in steps: what it is about to reach, it finds memory for itself.
const AHEAD: std::ops::Range<u64> = 2..8;

/// The reader's side. Dropping it ends the thread.
pub(super) struct Preparation {
    place: Option<SyncSender<Place>>,
    thread: Option<JoinHandle<()>>,
    last: Place,
}

/// A block and a step in it.
type Place = (usize, u64);

impl Preparation {
    /// Starts the thread. Without one, pages find their memory when they come.
    pub(super) fn start(memory: Arc<[Memory]>) -> Self {
        // A place that is not heard of in time is old.
        let (place, places) = sync_channel(1);
        let thread = std::thread::Builder::new().name("mig/dst/memory".into());
        let thread = thread.spawn(move || prepare(&memory, &places)).ok();
        Self { place: Some(place), thread, last: (0, u64::MAX) }
    }

    /// Says that pages have come in a row up to here.
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

fn prepare(memory: &[Memory], places: &Receiver<Place>) {
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
