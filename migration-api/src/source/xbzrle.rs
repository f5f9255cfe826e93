//! XBZRLE: from the second pass on, pages are sent as their difference to the content sent last.

use std::sync::Arc;

use super::block::DirtyBlock;
use super::encoder::{Body, Context, Encoder, PageRun};
use super::error::SourceError;
use super::pace::CHUNK;
use crate::core::Core;
use crate::guest::is_zero;
use crate::page::PAGE;
use crate::stream::xbzrle::{Cache, Outcome};

/// Sends differences where those are shorter.
pub(super) struct Xbzrle {
    core: Arc<Core>,
    /// The cache size in bytes, as last set by a client.
    size: u64,
    cache: Cache,
    /// The size at which each page has a slot of its own. A larger cache only costs memory.
    enough: u64,
    /// Start of each block in one address space of all blocks, in bytes. Distinguishes their pages
    /// in the cache.
    starts: Vec<u64>,
    /// Number of syncs of the dirty log.
    syncs: u64,
    /// The guest has been stopped.
    last: bool,
    page: Vec<u8>,
    difference: Vec<u8>,
}

impl Xbzrle {
    pub(super) fn new(core: &Arc<Core>, blocks: &[DirtyBlock]) -> Self {
        let size = core.state().parameters.xbzrle_cache_size;
        let mut end = 0;
        let starts = blocks.iter().map(|pages| {
            let start = end;
            end += pages.ram.memory.size();
            start
        });
        let starts = starts.collect();
        let enough = end.next_power_of_two();
        Self {
            core: core.clone(),
            size,
            cache: Cache::new(size.min(enough), PAGE as usize),
            enough,
            starts,
            syncs: 0,
            last: false,
            page: vec![0; PAGE as usize],
            difference: vec![0; PAGE as usize],
        }
    }

    /// Sends a page, and caches the content that was sent.
    fn send(&mut self, block: usize, offset: u64, cx: &mut Context<'_>) {
        // Copies the page first, because the guest may write it: the cache must hold what was sent.
        cx.block(block).memory.read(offset, &mut self.page);
        let address = self.starts[block] + offset;
        if is_zero(&self.page) {
            self.cache.zero(address);
            cx.zero(block, offset);
            return;
        }
        let counters = &cx.stats.xbzrle;
        match self.cache.page(address, &self.page, self.last, &mut self.difference) {
            Outcome::Miss => {
                counters.misses.add(1);
                cx.copied_page(block, offset, &self.page);
            }
            Outcome::Unchanged => counters.pages.add(1),
            Outcome::Delta(length) => {
                counters.pages.add(1);
                let record = cx.xbzrle(block, offset, &self.difference[..length]);
                // QEMU's statistics leave out the shortest record header.
                counters.bytes.add(record - 8);
            }
            Outcome::Overflow => {
                counters.pages.add(1);
                counters.overflows.add(1);
                counters.bytes.add(PAGE);
                cx.copied_page(block, offset, &self.page);
            }
        }
    }
}

impl Encoder for Xbzrle {
    fn encode(&mut self, run: PageRun, cx: &mut Context<'_>) -> Result<u64, SourceError> {
        let before = cx.gathered.len();
        cx.stats.xbzrle.handled.add(run.count);
        // The first pass sends each page once. The log is read when it begins, and again when the
        // second one begins.
        if self.syncs < 2 {
            run.offsets().for_each(|offset| cx.either(run.block, offset));
            return Ok(cx.gathered.len() - before);
        }
        let size = self.core.state().parameters.xbzrle_cache_size;
        if size != self.size {
            self.size = size;
            self.cache.resize(size.min(self.enough));
        }
        run.offsets().for_each(|offset| self.send(run.block, offset, cx));
        Ok(cx.gathered.len() - before)
    }

    fn chunk(&self) -> u64 {
        CHUNK
    }

    fn synced(&mut self, last: bool) {
        self.syncs += 1;
        self.last = last;
        self.cache.next_round();
    }

    fn needs_step(&self) -> bool {
        false
    }

    fn end(&mut self, _body: Body, _cx: &mut Context<'_>) -> Result<(), SourceError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::guest::Guest;
    use crate::guests::{Machine, MachineConfig};
    use crate::settings::Capabilities;
    use crate::settings::Parameters;
    use crate::source::encoder::PendingOutput;
    use crate::source::ram::RamSource;
    use crate::stats::Stats;

    #[test]
    fn every_outcome_is_sent_and_counted() {
        let machine = Arc::new(
            Machine::new(MachineConfig {
                workloads: vec!["pattern,seed=1".parse().unwrap()],
                ..MachineConfig::new(8 * PAGE)
            })
            .unwrap(),
        );
        let parameters = Parameters { xbzrle_cache_size: 4 * PAGE, ..Parameters::default() };
        let engine = Engine::builder(machine.clone()).parameters(parameters).build();
        let mut ram = RamSource::new(&machine.ram(), Capabilities::default()).unwrap();
        let xbzrle = Xbzrle::new(&engine.core, ram.blocks());
        ram.send_by(Box::new(xbzrle));
        let (stats, log) = (Stats::new(0), engine.core.dirty_log.read().unwrap());
        let memory = machine.ram().remove(0).memory;
        let pass = |ram: &mut RamSource, last, writes: &[(u64, &[u8])]| {
            writes.iter().for_each(|(offset, bytes)| memory.write(*offset, bytes));
            ram.sync(&log, last).unwrap();
            let mut gathered = PendingOutput::default();
            ram.fill(&mut gathered, u64::MAX, &stats).unwrap();
            let counters = &stats.xbzrle;
            let seen = [&counters.misses, &counters.pages, &counters.bytes, &counters.overflows];
            (gathered.len(), seen.map(|counter| counter.get()))
        };
        // First pass: sent in full, not cached.
        assert_eq!(pass(&mut ram, false, &[]), (8 * (PAGE + 8) + 4, [0; 4]));
        // Not cached before, so sent in full again. DirtyBlock 1 and 5 share a slot.
        let writes = [(PAGE, &[1][..]), (2 * PAGE, &[1])];
        assert_eq!(pass(&mut ram, false, &writes), (2 * (PAGE + 8), [2, 0, 0, 0]));
        let writes = [(PAGE, &[2][..]), (2 * PAGE, &[1]), (5 * PAGE, &[1])];
        // Three bytes for a run of one byte, and three before it.
        assert_eq!(pass(&mut ram, false, &writes), (PAGE + 8 + 8 + 6, [3, 2, 6, 0]));
        let noise: Vec<u8> =
            (0..PAGE).map(|at| (at as u8).wrapping_mul(91) ^ (at >> 8) as u8).collect();
        assert_eq!(pass(&mut ram, false, &[(PAGE, &noise)]), (PAGE + 8, [3, 3, 6 + PAGE, 1]));
        let zero = [(PAGE, &[0; PAGE as usize][..])];
        assert_eq!(pass(&mut ram, false, &zero), (9, [3, 3, 6 + PAGE, 1]));
        // In the last pass, too, a page is compared with zeroes.
        assert_eq!(pass(&mut ram, true, &[(PAGE + 7, &[5])]), (8 + 6, [3, 4, 12 + PAGE, 1]));
        stats.xbzrle.measure(PAGE);
        let rates = stats.xbzrle.rates();
        assert_eq!(rates.misses, 3.0 / 16.0);
        assert!((rates.encoding - 4.0 * 4096.0 / (12.0 + 4096.0)).abs() < 1e-9);

        // Another cache size drops the cache.
        engine.core.state().parameters.xbzrle_cache_size = 8 * PAGE;
        assert_eq!(pass(&mut ram, false, &[(2 * PAGE, &[9])]).1[0], 4);
        // A size beyond the host's memory is cut to the size of the guest.
        engine.core.state().parameters.xbzrle_cache_size = 1 << 63;
        assert_eq!(pass(&mut ram, false, &[(2 * PAGE, &[8])]).1[0], 5);
        assert_eq!(pass(&mut ram, false, &[(2 * PAGE, &[7])]).1[0], 5);
    }
}
