//! XBZRLE: from the second pass on, pages go as their difference to what was sent last.

use std::sync::Arc;

use super::Failure;
use super::encoder::{Body, Context, Encoder, Run};
use super::pace::CHUNK;
use super::ram::{PAGE, Pages};
use crate::engine::Core;
use crate::guest::is_zero;
use crate::stream::xbzrle::{Cache, Outcome};

/// Sends differences where that is shorter.
pub(super) struct Xbzrle {
    core: Arc<Core>,
    /// The cache's size in bytes, which the user may change at any time.
    size: u64,
    cache: Cache,
    /// The size in which every page has a place of its own. More room would make no difference but in memory.
    enough: u64,
    /// What tells pages of different blocks apart: where each block begins if they all lie in a row.
    starts: Vec<u64>,
    /// How often the dirty log was read.
    syncs: u64,
    /// The guest has been stopped.
    last: bool,
    page: Vec<u8>,
    difference: Vec<u8>,
}

impl Xbzrle {
    pub(super) fn new(core: &Arc<Core>, blocks: &[Pages]) -> Self {
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

    /// Sends a page, and remembers what was sent.
    fn send(&mut self, block: usize, offset: u64, cx: &mut Context<'_>) {
        // A copy, because the guest goes on writing: what is remembered is what is sent.
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
                // The shortest head is not counted.
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
    fn encode(&mut self, run: Run, cx: &mut Context<'_>) -> Result<u64, Failure> {
        let before = cx.gathered.len();
        cx.stats.xbzrle.handled.add(run.count);
        // In the first pass nothing comes twice. The log is read when it begins, and when the second one does.
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

    fn out_of_step(&self) -> bool {
        false
    }

    fn end(&mut self, _body: Body, _cx: &mut Context<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caps::Capabilities;
    use crate::engine::{Engine, Setup};
    use crate::guest::{Backing, Guest, Machine, MachineConfig};
    use crate::params::Parameters;
    use crate::source::encoder::Gathered;
    use crate::source::ram::RamSource;
    use crate::stats::Stats;

    #[test]
    fn every_outcome_is_sent_and_counted() {
        let machine = Arc::new(
            Machine::new(MachineConfig {
                machine: "none".into(),
                uuid: None,
                block: "ram".into(),
                size: 8 * PAGE,
                backing: Backing::Anonymous { shared: false },
                workloads: vec!["pattern,seed=1".parse().unwrap()],
                incoming: false,
                devices: Vec::new(),
                blockers: Vec::new(),
            })
            .unwrap(),
        );
        let parameters = Parameters { xbzrle_cache_size: 4 * PAGE, ..Parameters::default() };
        let engine =
            Engine::new(machine.clone(), Setup { parameters, ..Setup::default() }, Box::new(drop));
        let mut ram = RamSource::new(&*machine, Capabilities::default()).unwrap();
        let xbzrle = Xbzrle::new(&engine.core, ram.blocks());
        ram.send_by(Box::new(xbzrle));
        let (stats, log) = (Stats::new(0), engine.core.dirty_log.read());
        let memory = machine.ram().remove(0).memory;
        let pass = |ram: &mut RamSource, last, writes: &[(u64, &[u8])]| {
            writes.iter().for_each(|(offset, bytes)| memory.write(*offset, bytes));
            ram.sync(&log, last);
            let mut gathered = Gathered::default();
            ram.fill(&mut gathered, u64::MAX, &stats).unwrap();
            let counters = &stats.xbzrle;
            let seen = [&counters.misses, &counters.pages, &counters.bytes, &counters.overflows];
            (gathered.len(), seen.map(|counter| counter.get()))
        };
        // Whole, and not kept.
        assert_eq!(pass(&mut ram, false, &[]), (8 * (PAGE + 8) + 4, [0; 4]));
        // Not kept before, so whole once more; pages 1 and 5 want the same place.
        let writes = [(PAGE, &[1][..]), (2 * PAGE, &[1])];
        assert_eq!(pass(&mut ram, false, &writes), (2 * (PAGE + 8), [2, 0, 0, 0]));
        let writes = [(PAGE, &[2][..]), (2 * PAGE, &[1]), (5 * PAGE, &[1])];
        // Three bytes for a run of one, and three before it.
        assert_eq!(pass(&mut ram, false, &writes), (PAGE + 8 + 8 + 6, [3, 2, 6, 0]));
        let noise: Vec<u8> =
            (0..PAGE).map(|at| (at as u8).wrapping_mul(91) ^ (at >> 8) as u8).collect();
        assert_eq!(pass(&mut ram, false, &[(PAGE, &noise)]), (PAGE + 8, [3, 3, 6 + PAGE, 1]));
        let zero = [(PAGE, &[0; PAGE as usize][..])];
        assert_eq!(pass(&mut ram, false, &zero), (9, [3, 3, 6 + PAGE, 1]));
        // Against zeroes, in the last pass, too.
        assert_eq!(pass(&mut ram, true, &[(PAGE + 7, &[5])]), (8 + 6, [3, 4, 12 + PAGE, 1]));
        stats.xbzrle.measure(PAGE);
        let rates = stats.xbzrle.rates();
        assert_eq!(rates.misses, 3.0 / 16.0);
        assert!((rates.encoding - 4.0 * 4096.0 / (12.0 + 4096.0)).abs() < 1e-9);

        // Another size gives everything up.
        engine.core.state().parameters.xbzrle_cache_size = 8 * PAGE;
        assert_eq!(pass(&mut ram, false, &[(2 * PAGE, &[9])]).1[0], 4);
        // More than any host has is no more than what the guest has.
        engine.core.state().parameters.xbzrle_cache_size = 1 << 63;
        assert_eq!(pass(&mut ram, false, &[(2 * PAGE, &[8])]).1[0], 5);
        assert_eq!(pass(&mut ram, false, &[(2 * PAGE, &[7])]).1[0], 5);
    }
}
