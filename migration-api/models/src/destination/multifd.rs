//! The barrier between the main channel and the multifd channels.

#[path = "../../../src/destination/multifd/barrier.rs"]
mod barrier;

use shuttle::thread;

use super::failure::LoadFailure;
use crate::stream::multifd::MultifdError;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::transport::Channel;
use barrier::Barrier;
use landing::MemoryMap;

/// Stands for guest memory.
mod landing {
    pub(super) struct MemoryMap;
}

const LANES: usize = 2;
const ROUNDS: usize = 2;

/// A migration: its barrier, the mark that the main channel has come to, and the pages stored.
struct Migration {
    barrier: Barrier,
    main: Arc<Channel>,
    mark: AtomicUsize,
    stored: AtomicUsize,
}

impl Migration {
    fn new() -> Arc<Self> {
        let main = Arc::new(Channel::default());
        let barrier = Barrier::new(LANES, main.clone());
        let (mark, stored) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { barrier, main, mark, stored })
    }

    /// Reads a channel up to the SYNC of a round; false if the migration has ended.
    fn round(&self, lane: usize, round: usize) -> bool {
        let Some(_memory) = self.barrier.begin(lane) else { return false };
        assert!(self.mark.load(Ordering::SeqCst) >= round, "a page is ahead of its round");
        self.stored.fetch_add(1, Ordering::SeqCst);
        self.barrier.stored(lane);
        self.barrier.sync(lane)
    }

    fn mark(&self, number: usize) -> Result<(), LoadFailure> {
        self.mark.store(number, Ordering::SeqCst);
        self.barrier.mark()
    }
}

fn lane(
    migration: &Arc<Migration>,
    read: impl FnOnce(&Migration) + Send + 'static,
) -> thread::JoinHandle<()> {
    let migration = migration.clone();
    thread::spawn(move || read(&migration))
}

/// Pages of a round are stored before its mark is passed, and none of the next round.
pub fn rounds_do_not_mix() {
    let migration = Migration::new();
    let lanes = [0, 1].map(|id| {
        lane(&migration, move |migration| {
            for round in 0..ROUNDS {
                // After the last mark, the migration may be over before the channel wakes.
                assert!(migration.round(id, round) || round + 1 == ROUNDS);
            }
            migration.barrier.close(id, Ok(()));
        })
    });
    migration.barrier.set_memory(MemoryMap);
    for number in 1..=ROUNDS {
        migration.mark(number).unwrap();
        assert!(migration.stored.load(Ordering::SeqCst) >= number * LANES, "a page is missing");
    }
    assert_eq!(migration.barrier.end(), Ok(()));
    lanes.into_iter().for_each(|lane| lane.join().unwrap());
    assert!(!migration.main.is_ended());
}

/// One channel fails while the others and the main channel wait: all of them end, and the reason is
/// its own.
pub fn a_failure_ends_every_wait() {
    let migration = Migration::new();
    let failing = lane(&migration, |migration| migration.barrier.close(0, Err(LoadFailure::Own)));
    let waiting = lane(&migration, |migration| {
        assert!(!migration.round(1, 0), "there is no mark to pass");
        migration.barrier.close(1, Ok(()));
    });
    migration.barrier.set_memory(MemoryMap);
    assert_eq!(migration.mark(1), Err(LoadFailure::Own));
    assert!(migration.main.is_ended(), "the main channel is not read any more");
    migration.barrier.abandon();
    failing.join().unwrap();
    waiting.join().unwrap();
    assert_eq!(migration.barrier.end(), Ok(()));
}

/// A channel ends without its SYNC: the mark is refused instead of waited for.
pub fn a_channel_that_ends_early_is_a_fault() {
    let migration = Migration::new();
    let early = lane(&migration, |migration| migration.barrier.close(0, Ok(())));
    let waiting = lane(&migration, |migration| assert!(!migration.round(1, 0)));
    migration.barrier.set_memory(MemoryMap);
    assert_eq!(migration.mark(1), Err(LoadFailure::Multifd(MultifdError::Closed)));
    migration.barrier.abandon();
    early.join().unwrap();
    waiting.join().unwrap();
}

/// The main channel ends while a page may be on its way: either the page is stored, or the end is a
/// fault.
pub fn no_page_comes_after_the_end() {
    let migration = Migration::new();
    migration.barrier.set_memory(MemoryMap);
    let late = lane(&migration, |migration| {
        if migration.barrier.begin(0).is_some() {
            migration.stored.fetch_add(1, Ordering::SeqCst);
            migration.barrier.stored(0);
        }
    });
    let before = migration.barrier.end();
    let stored = migration.stored.load(Ordering::SeqCst);
    late.join().unwrap();
    if before.is_ok() {
        assert_eq!(migration.stored.load(Ordering::SeqCst), stored, "a page came after the end");
    }
}

/// The migration fails while a page may be on its way: memory is not touched any more afterwards,
/// because another attempt may use it.
pub fn no_page_comes_after_a_failure() {
    let migration = Migration::new();
    migration.barrier.set_memory(MemoryMap);
    let late = lane(&migration, |migration| {
        if migration.barrier.begin(0).is_some() {
            migration.stored.fetch_add(1, Ordering::SeqCst);
            migration.barrier.stored(0);
        }
    });
    migration.barrier.abandon();
    let stored = migration.stored.load(Ordering::SeqCst);
    late.join().unwrap();
    assert_eq!(migration.stored.load(Ordering::SeqCst), stored, "a page came after the failure");
}
