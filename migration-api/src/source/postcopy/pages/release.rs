//! Capability `release-ram`: frees memory at the source once the destination has it.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::range::{BlockPages, PageRange};
use crate::page::PAGE;
use crate::sync::IgnorePoison;

/// Pages freed in one step, rounded up to whole host pages. Freeing takes the kernel a while, and a
/// request may arrive meanwhile.
const BATCH: u64 = 1024;

/// Pages that can be freed.
pub(super) struct Released(Mutex<VecDeque<PageRange>>);

impl Released {
    /// Starts with the pages that the destination had before the switch.
    pub(super) fn new(there: impl Iterator<Item = PageRange>) -> Self {
        Self(Mutex::new(there.collect()))
    }

    /// Adds pages that were sent.
    pub(super) fn add(&self, sent: PageRange) {
        self.0.lock().ignore_poison().push_back(sent);
    }

    /// Frees some pages. Returns true if there were any.
    pub(super) fn step(&self, blocks: &[BlockPages]) -> bool {
        let mut left = BATCH;
        while left > 0 {
            let mut waiting = self.0.lock().ignore_poison();
            let Some(range) = waiting.front_mut() else { break };
            // The host gives back whole pages only. Ranges consist of whole host pages.
            let part = range.split(left.next_multiple_of(blocks[range.block].per_host));
            if range.is_empty() {
                waiting.pop_front();
            }
            drop(waiting);
            left = left.saturating_sub(part.count);
            let memory = &blocks[part.block].ram.memory;
            for part in memory.host_parts(part.first * PAGE, part.count * PAGE) {
                // Memory that cannot be freed is kept.
                let _ = part.region.memory.discard(part.range);
            }
        }
        left < BATCH
    }
}

#[cfg(test)]
mod tests {
    use crate::guest::{Guest, RamBlock};
    use crate::guests::{Backing, Machine, MachineConfig};
    use crate::page::PAGE;
    use crate::stream::ram::{Block, BlockTable};

    use super::super::MissingPages;

    /// Two blocks that have arrived: the first of `first` pages, the second of host pages of `huge`
    /// bytes.
    fn arrived(
        first: u64,
        backing: Backing,
        size: u64,
        huge: u64,
    ) -> Option<(MissingPages, Machine)> {
        let machine = |size, backing| {
            Machine::new(MachineConfig {
                backing,
                workloads: vec!["pattern,seed=1".parse().unwrap()],
                ..MachineConfig::new(size)
            })
        };
        let small = machine(first * PAGE, Backing::Anonymous { shared: false }).unwrap();
        let second = machine(size, backing).ok()?;
        let small = RamBlock { name: "small".into(), ..small.ram()[0].clone() };
        let ram = RamBlock { page_size: huge, ..second.ram()[0].clone() };
        let block = |block: &RamBlock| {
            let name = block.name.as_str().try_into().unwrap();
            Block::fixed(name, block.memory.size(), block.page_size)
        };
        let table = BlockTable::new(vec![block(&small), block(&ram)]);
        let blocks: Vec<_> = [small, ram]
            .into_iter()
            .zip(table.ids().collect::<Vec<_>>())
            .map(|(ram, id)| {
                let words = (ram.memory.size() / PAGE).div_ceil(64) as usize;
                (ram, id, vec![0; words])
            })
            .collect();
        Some((MissingPages::new(table, blocks, true), second))
    }

    #[test]
    fn whole_host_pages_are_given_back() {
        // A batch is smaller than a page, and a block before is no multiple of one.
        let (size, huge) = (16 << 20, 8 << 20);
        let (pages, machine) =
            arrived(1000, Backing::Anonymous { shared: false }, size, huge).unwrap();
        let memory = machine.ram()[0].memory.clone();
        let is_gone = |first: u64| {
            let gone = |page: u64| memory.is_zero(first + page * PAGE, PAGE);
            (0..huge / PAGE).filter(|&page| gone(page)).count() as u64
        };
        assert!(is_gone(0) < huge / PAGE, "the pattern is not there");
        assert!(pages.release());
        assert_eq!(is_gone(0), huge / PAGE, "part of a host page was kept");
        assert!(is_gone(huge) < huge / PAGE);
        assert!(pages.release());
        assert_eq!(is_gone(huge), huge / PAGE);
        assert!(!pages.release());
    }

    #[test]
    fn huge_pages_are_given_back_to_the_host() {
        for (huge, count) in [(2 << 20, 4), (1 << 30, 1)] {
            let backing = Backing::Memfd { shared: true, huge: Some(huge) };
            let Some((pages, machine)) = arrived(1, backing, count * huge, huge) else {
                println!("not tested: this host has no pages of {huge} bytes to spare");
                continue;
            };
            let memory = machine.ram()[0].memory.clone();
            let allocated = || {
                let file = memory.host_regions().next().and_then(|region| region.memory.file());
                rustix::fs::fstat(file.unwrap()).unwrap().st_blocks as u64 * 512
            };
            assert_eq!(allocated(), count * huge);
            while pages.release() {}
            assert_eq!(allocated(), 0, "pages of {huge} bytes are still there");
        }
    }
}
