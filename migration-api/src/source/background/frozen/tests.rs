//! A guest that writes its memory faster than the sender takes it.

use std::time::Instant;

use super::*;
use crate::engine::Engine;
use crate::guest::Guest;
use crate::guests::{Machine, MachineConfig};
use crate::stream::ram::Block;

/// A guest that writes all of its memory as fast as it can.
struct Busy {
    // First, so that a failed test closes the userfaultfd before it joins a guest that waits for a
    // page.
    frozen: Arc<Frozen>,
    machine: Arc<Machine>,
    engine: Engine,
    size: usize,
}

impl Busy {
    /// Starts a guest with pages of `page_size` bytes. Returns `None`, with a message, if memory
    /// cannot be protected.
    fn new(size: usize, page_size: u64) -> Option<Self> {
        let config = MachineConfig {
            workloads: vec![format!("dirty,start=0,end={size},rate=max").parse().unwrap()],
            ..MachineConfig::new(size as u64)
        };
        let machine = Arc::new(Machine::new(config).unwrap());
        // Protection is independent of the page size: a page is taken and released as a unit.
        let ram = RamBlock { page_size, ..machine.ram()[0].clone() };
        let table =
            BlockTable::new(vec![Block::fixed("ram".try_into().unwrap(), size as u64, page_size)]);
        let id = table.ids().next().unwrap();
        let frozen = match Frozen::prepare(table, vec![(ram, id)], MemoryAccess::Threads) {
            Ok(frozen) => frozen,
            Err(error) => {
                println!("not tested: memory cannot be protected here: {error}");
                return None;
            }
        };
        let engine = Engine::builder(machine.clone()).build();
        Some(Self { frozen, machine, engine, size })
    }

    fn memory(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size];
        self.machine.ram()[0].memory.read(0, &mut bytes);
        bytes
    }

    /// Waits until the guest waits for room, as long as copies are added.
    fn waits(&self) {
        let (mut copied, mut since) = (0, Instant::now());
        while self.frozen.rest().wanted.is_none() {
            let now = self.frozen.rest().copied;
            if now != copied {
                (copied, since) = (now, Instant::now());
            }
            assert!(since.elapsed() < Duration::from_secs(60), "the guest never waits");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Takes records until the sender's limit and puts them into `image`. Returns the number of
    /// bytes taken, or `None` at the end.
    fn take(&self, limit: u64, image: &mut [u8]) -> Option<usize> {
        let (mut out, stats) = (Vec::new(), Stats::new(0));
        // Each batch is read on its own, so the first record has to name its block.
        *self.frozen.writer() = RamWriter::default();
        if !self.frozen.take(limit, &mut out, &stats).unwrap() {
            return None;
        }
        let mut at = 0;
        let mut named = false;
        while at < out.len() {
            let head = u64::from_be_bytes(out[at..at + 8].try_into().unwrap());
            at += 8;
            if !named {
                at += 1 + usize::from(out[at]);
                named = true;
            }
            let place = (head & !0xfff) as usize;
            if head & 0x08 != 0 {
                image[place..place + 4096].copy_from_slice(&out[at..at + 4096]);
                at += 4096;
            } else {
                image[place..place + 4096].fill(0);
                at += 1;
            }
        }
        Some(out.len())
    }
}

const LIMIT: u64 = 256 << 10;

/// Largest size of one batch, record headers included.
const MOST_AT_ONCE: usize = LIMIT as usize + (LIMIT / PAGE) as usize * 16;

#[test]
fn a_slow_reader_makes_the_guest_wait_and_bounds_the_copies() {
    for (page_size, size) in [(PAGE, 96 << 20), (2 << 20, 96 << 20), (64 << 20, 128 << 20)] {
        let Some(busy) = Busy::new(size, page_size) else { return };
        let before = busy.memory();
        busy.frozen.protect().unwrap();
        // As in a snapshot, the guest is started before its writes are served: the limit does not
        // hold while the guest is being started or stopped.
        busy.engine.cont().unwrap();
        let helper = busy.frozen.help(busy.engine.core.clone()).unwrap();
        busy.waits();
        let copied = busy.frozen.rest().copied;
        let at_least =
            if page_size as usize > MOST_COPIES { 0 } else { MOST_COPIES + 1 - page_size as usize };
        assert!((at_least..=MOST_COPIES).contains(&copied), "{copied}");
        // The limit holds however long no data is taken.
        std::thread::sleep(20 * LOOK);
        assert_eq!(busy.frozen.rest().copied, copied);
        // The guest is stopped after part of a page was sent. The stop must not wait for the rest.
        let mut image = vec![0xff; size];
        for _ in 0..MOST_COPIES as u64 / LIMIT + 3 {
            assert!(busy.take(LIMIT, &mut image).unwrap() <= MOST_AT_ONCE);
        }
        busy.waits();
        busy.engine.stop().unwrap();
        assert_eq!(busy.frozen.rest().wanted, None);
        while let Some(length) = busy.take(LIMIT, &mut image) {
            assert!(length <= MOST_AT_ONCE, "{length}");
        }
        assert_eq!((busy.frozen.remaining(), busy.frozen.rest().copied), (0, 0));
        assert!(image == before, "{page_size}: memory is of another instant");
        drop(helper);
    }
}

#[test]
fn runs_end_with_a_gap_or_a_word() {
    let words = [0b1100_1000, u64::MAX << 62, 1];
    assert_eq!(first_run(&words, 0), Some((3, 0b1000)));
    assert_eq!(first_run(&words, 4), Some((6, 0b1100_0000)));
    assert_eq!(first_run(&words, 8), Some((126, 3 << 62)));
    assert_eq!(first_run(&words, 128), Some((128, 1)));
    assert_eq!(first_run(&words, 129), None);
    assert_eq!(first_run(&words, 1000), None);
}
