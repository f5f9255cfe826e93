//! Shares the guest's dirty log among its readers: migration, dirty rate measurement, replication.
//!
//! Reading the guest's log clears it, so pages found for one reader are kept for the others.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::guest::{self, BlockId, DirtyBits, GuestError, RamBlock, answer};
use crate::held_ram::{HeldRam, RamHolds};
use crate::page::PAGE;
use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// The log and its readers.
pub(crate) struct DirtyLog {
    ram: Arc<RamHolds>,
    /// Held while the guest's log is read: what one reader takes off the log must be added for the
    /// others before they look. Nothing else waits for it.
    readers: Mutex<Readers>,
}

#[derive(Default)]
struct Readers {
    list: Vec<Pending>,
    /// The guest has failed or panicked while its log was read: pages may be off the log that no
    /// reader saw.
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
    // Dropped last: the log refers to these blocks.
    ram: HeldRam,
}

impl DirtyLog {
    pub(crate) fn new(ram: Arc<RamHolds>) -> Arc<Self> {
        Arc::new(Self { ram, readers: Mutex::default() })
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().ignore_poison()
    }

    /// Reads the guest's log of a block.
    ///
    /// # Errors
    /// The guest fails, and from then on every call, until the last reader is gone.
    fn take(&self, readers: &mut Readers, block: usize, dirty: &mut [u64]) -> guest::Result<()> {
        if readers.lost {
            return Err(GuestError::new("the dirty log was lost when the guest failed to read it"));
        }
        readers.lost = true;
        let (block, mut dirty) = (BlockId::new(block), DirtyBits::new(dirty));
        answer("sync_log", || self.ram.guest().sync_log(block, &mut dirty))?;
        readers.lost = false;
        Ok(())
    }

    /// Adds a reader. It sees only writes from now on.
    ///
    /// # Errors
    /// The guest cannot log its writes, or refuses to keep its RAM as it is.
    pub(crate) fn read(self: &Arc<Self>) -> guest::Result<Reader> {
        let ram = self.ram.hold()?;
        let mut readers = self.readers();
        let id = readers.list.iter().map(|pending| pending.reader + 1).max().unwrap_or(0);
        let blocks = vec![Vec::new(); ram.blocks().len()];
        let is_first = readers.list.is_empty();
        if !is_first {
            for (block, ram) in ram.blocks().iter().enumerate() {
                let mut fresh = vec![0; words(ram.memory.size())];
                self.take(&mut readers, block, &mut fresh)?;
                readers.list.iter_mut().for_each(|reader| reader.add(block, &fresh));
            }
        }
        readers.list.push(Pending { reader: id, blocks });
        let reader = Reader { log: self.clone(), id, ram };
        if is_first {
            // Not before the reader exists, which stops the log if this fails halfway.
            let started = answer("start_log", || self.ram.guest().start_log());
            drop(readers);
            started?;
        }
        Ok(reader)
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
    /// Returns the RAM blocks that are logged.
    pub(crate) fn ram(&self) -> &[RamBlock] {
        self.ram.blocks()
    }

    /// Adds the pages of a block that were written since the last call (or since
    /// [`DirtyLog::read`]) to `dirty`. See [`Guest::sync_log`](guest::Guest::sync_log).
    ///
    /// # Errors
    /// The guest has failed to read its log, for this reader or for another one.
    pub(crate) fn sync(&self, block: usize, dirty: &mut [u64]) -> guest::Result<()> {
        let mut readers = self.log.readers();
        if readers.list.len() == 1 {
            self.log.take(&mut readers, block, dirty)?;
        } else {
            let mut fresh = vec![0; dirty.len()];
            self.log.take(&mut readers, block, &mut fresh)?;
            for reader in readers.list.iter_mut().filter(|reader| reader.reader != self.id) {
                reader.add(block, &fresh);
            }
            dirty.iter_mut().zip(fresh).for_each(|(word, more)| *word |= more);
        }
        let own = readers.list.iter_mut().find(|reader| reader.reader == self.id);
        if let Some(pending) = own.and_then(|own| own.blocks.get_mut(block)) {
            dirty.iter_mut().zip(std::mem::take(pending)).for_each(|(word, more)| *word |= more);
        }
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut readers = self.log.readers();
        readers.list.retain(|reader| reader.reader != self.id);
        if readers.list.is_empty() {
            readers.lost = false;
            // The log is not read any more, so an error makes no difference. The reader may be
            // dropped because the guest panicked: a second panic would end the process.
            catch_panic(|| self.log.ram.guest().stop_log());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

    use super::*;
    use crate::guest::Guest;
    use crate::guests::{Machine, MachineConfig};
    use crate::tests::over::{Hooks, Over};

    #[test]
    fn each_reader_sees_every_page_once() {
        let machine = Machine::new(MachineConfig::new(1 << 20));
        let guest: Arc<dyn Guest> = Arc::new(machine.unwrap());
        let memory = guest.ram()[0].memory.clone();
        let touch = |page: u64| memory.write(page * 4096, &[1]);
        let see = |reader: &Reader| {
            let mut dirty = vec![0; 4];
            reader.sync(0, &mut dirty).unwrap();
            (0..256u64)
                .filter(|page| dirty[(page / 64) as usize] & 1 << (page % 64) != 0)
                .collect::<Vec<_>>()
        };
        let log = DirtyLog::new(RamHolds::new(guest));
        touch(1);
        let first = log.read().unwrap();
        touch(2);
        let second = log.read().unwrap();
        touch(3);
        assert_eq!(see(&second), [3]);
        touch(200);
        assert_eq!(see(&first), [2, 3, 200]);
        assert_eq!((see(&first), see(&second)), (vec![], vec![200]));
        drop(first);
        touch(5);
        assert_eq!(see(&second), [5]);
        assert!(see(&log.read().unwrap()).is_empty());
    }

    /// Fails or panics once, when its log is read or started.
    struct Fails {
        place: &'static str,
        panics: bool,
        armed: AtomicBool,
        /// Number of logs that were started and not stopped.
        started: AtomicI32,
    }

    impl Hooks for Fails {
        fn asked(&self, what: &str) {
            match what {
                "start_log" => _ = self.started.fetch_add(1, Ordering::SeqCst),
                "stop_log" => _ = self.started.fetch_sub(1, Ordering::SeqCst),
                _ => {}
            }
            let panics = self.panics && what == self.place;
            assert!(!(panics && self.armed.swap(false, Ordering::SeqCst)), "a test's guest fails");
        }

        fn fails(&self, what: &str) -> guest::Result<()> {
            match what == self.place && self.armed.swap(false, Ordering::SeqCst) {
                true => Err(GuestError::new("a test's guest fails")),
                false => Ok(()),
            }
        }
    }

    fn failing(place: &'static str, panics: bool) -> (Arc<DirtyLog>, Arc<Over<Fails>>) {
        let machine = crate::tests::machine(&[], false);
        let hooks = Fails { place, panics, armed: true.into(), started: 0.into() };
        let guest = Arc::new(Over { machine, hooks });
        (DirtyLog::new(RamHolds::new(guest.clone())), guest)
    }

    #[test]
    fn no_reader_misses_pages_that_another_one_lost() {
        for panics in [false, true] {
            let (log, guest) = failing("sync", panics);
            let first = log.read().unwrap();
            assert!(!matches!(catch_panic(|| log.read()), Some(Ok(_))));
            let sync = |reader: &Reader| reader.sync(0, &mut [0; 16]).map_err(|e| e.to_string());
            assert_eq!(
                sync(&first).unwrap_err(),
                "the dirty log was lost when the guest failed to read it"
            );
            drop(first);
            assert_eq!(guest.hooks.started.load(Ordering::SeqCst), 0);
            let next = log.read().unwrap();
            assert_eq!(sync(&next), Ok(()));
        }
    }

    #[test]
    fn a_log_that_does_not_start_is_stopped() {
        for panics in [false, true] {
            let (log, guest) = failing("start_log", panics);
            assert!(log.read().is_err());
            assert_eq!(guest.hooks.started.load(Ordering::SeqCst), 0);
            assert!(log.read().is_ok());
        }
    }
}
