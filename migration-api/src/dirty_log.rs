//! Shares the guest's dirty log among its readers: migration, dirty rate measurement, replication.
//!
//! Reading the guest's log clears it, so pages found for one reader are kept for the others.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::guest::Guest;
use crate::page::PAGE;
use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// The log and its readers.
pub(crate) struct DirtyLog {
    guest: Arc<dyn Guest>,
    /// Held while the guest's log is read: what one reader takes off the log must be added for the
    /// others before they look. Nothing else waits for it.
    readers: Mutex<Readers>,
}

#[derive(Default)]
struct Readers {
    list: Vec<Pending>,
    /// The guest has panicked while its log was read: pages may be off the log that no reader saw.
    lost: bool,
}

/// Pages that other readers found and this one has not seen yet.
struct Pending {
    reader: u64,
    /// One bitmap per block; empty if nothing is pending.
    blocks: Vec<Vec<u64>>,
}

/// A reader of the log. The guest logs writes as long as there is one.
pub(crate) struct Reader {
    log: Arc<DirtyLog>,
    id: u64,
}

impl DirtyLog {
    pub(crate) fn new(guest: Arc<dyn Guest>) -> Arc<Self> {
        Arc::new(Self { guest, readers: Mutex::default() })
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().ignore_poison()
    }

    /// Reads the guest's log of a block.
    ///
    /// # Panics
    /// If the guest panics, and from then on for every reader, until the last one is gone.
    fn take(&self, readers: &mut Readers, block: usize, dirty: &mut [u64]) {
        assert!(!readers.lost, "the dirty log was lost when the guest panicked");
        readers.lost = true;
        self.guest.sync_dirty_log(block, dirty);
        readers.lost = false;
    }

    /// Adds a reader. It sees only writes from now on.
    pub(crate) fn read(self: &Arc<Self>) -> Reader {
        let mut readers = self.readers();
        let blocks = self.guest.ram();
        if readers.list.is_empty() {
            self.guest.start_dirty_log();
        } else {
            for (block, ram) in blocks.iter().enumerate() {
                let mut fresh = vec![0; words(ram.memory.size())];
                self.take(&mut readers, block, &mut fresh);
                readers.list.iter_mut().for_each(|reader| reader.add(block, &fresh));
            }
        }
        let id = readers.list.iter().map(|pending| pending.reader + 1).max().unwrap_or(0);
        readers.list.push(Pending { reader: id, blocks: vec![Vec::new(); blocks.len()] });
        Reader { log: self.clone(), id }
    }
}

/// Returns the number of words of a bitmap for `size` bytes of RAM.
fn words(size: u64) -> usize {
    size.div_ceil(PAGE * 64) as usize
}

impl Pending {
    fn add(&mut self, block: usize, dirty: &[u64]) {
        let Some(pending) = self.blocks.get_mut(block) else { return };
        if pending.is_empty() {
            pending.extend_from_slice(dirty);
        } else {
            pending.iter_mut().zip(dirty).for_each(|(word, more)| *word |= more);
        }
    }
}

impl Reader {
    /// Adds the pages of a block that were written since the last call (or since
    /// [`DirtyLog::read`]) to `dirty`. See [`Guest::sync_dirty_log`].
    pub(crate) fn sync(&self, block: usize, dirty: &mut [u64]) {
        let mut readers = self.log.readers();
        if readers.list.len() == 1 {
            self.log.take(&mut readers, block, dirty);
        } else {
            let mut fresh = vec![0; dirty.len()];
            self.log.take(&mut readers, block, &mut fresh);
            for reader in readers.list.iter_mut().filter(|reader| reader.reader != self.id) {
                reader.add(block, &fresh);
            }
            dirty.iter_mut().zip(fresh).for_each(|(word, more)| *word |= more);
        }
        let own = readers.list.iter_mut().find(|reader| reader.reader == self.id);
        if let Some(pending) = own.and_then(|own| own.blocks.get_mut(block)) {
            dirty.iter_mut().zip(std::mem::take(pending)).for_each(|(word, more)| *word |= more);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut readers = self.log.readers();
        readers.list.retain(|reader| reader.reader != self.id);
        if readers.list.is_empty() {
            readers.lost = false;
            // The reader may be dropped because the guest panicked. A second panic would end the
            // process.
            catch_panic(|| self.log.guest.stop_dirty_log());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guests::{Backing, Machine, MachineConfig};

    #[test]
    fn each_reader_sees_every_page_once() {
        let machine = Machine::new(MachineConfig {
            machine: "none".into(),
            uuid: None,
            block: "ram".into(),
            size: 1 << 20,
            backing: Backing::Anonymous { shared: false },
            workloads: Vec::new(),
            incoming: false,
            devices: Vec::new(),
            blockers: Vec::new(),
        });
        let guest: Arc<dyn Guest> = Arc::new(machine.unwrap());
        let memory = guest.ram()[0].memory.clone();
        let touch = |page: u64| memory.write(page * 4096, &[1]);
        let see = |reader: &Reader| {
            let mut dirty = vec![0; 4];
            reader.sync(0, &mut dirty);
            (0..256u64)
                .filter(|page| dirty[(page / 64) as usize] & 1 << (page % 64) != 0)
                .collect::<Vec<_>>()
        };
        let log = DirtyLog::new(guest);
        touch(1);
        let first = log.read();
        touch(2);
        let second = log.read();
        touch(3);
        assert_eq!(see(&second), [3]);
        touch(200);
        assert_eq!(see(&first), [2, 3, 200]);
        assert_eq!((see(&first), see(&second)), (vec![], vec![200]));
        drop(first);
        touch(5);
        assert_eq!(see(&second), [5]);
        assert!(see(&log.read()).is_empty());
    }

    /// Panics once, when its log is read.
    struct Panics(std::sync::atomic::AtomicBool);

    impl crate::tests::over::Hooks for Panics {
        fn asked(&self, what: &str) {
            let panics = what == "sync" && self.0.swap(false, std::sync::atomic::Ordering::SeqCst);
            assert!(!panics, "a test's guest loses its log");
        }
    }

    #[test]
    fn no_reader_misses_pages_that_another_one_lost() {
        let machine = crate::tests::machine(&[], false);
        let guest = crate::tests::over::Over { machine, hooks: Panics(true.into()) };
        let log = DirtyLog::new(Arc::new(guest));
        let first = log.read();
        assert!(catch_panic(|| log.read()).is_none());
        let sync = |reader: &Reader| catch_panic(|| reader.sync(0, &mut [0; 16]));
        assert_eq!(sync(&first), None, "the first reader goes on without pages");
        drop(first);
        let next = log.read();
        assert_eq!(sync(&next), Some(()));
    }
}
