//! The source's view of RAM: which pages still have to be sent, and their records.

use crate::api::MigrationCapability as Capability;
use crate::caps::Capabilities;
use crate::dirty_log::Reader;
use crate::guest::{Guest, RamBlock, is_zero};
use crate::stream::ram::{Block, BlockEntry, BlockId, BlockTable, RamWriter};
use crate::stream::{Name, NameTooLong};

/// The target's page size in bytes: the unit of dirtiness and of sending.
pub(super) const PAGE: u64 = 4096;

/// RAM on its way.
pub(super) struct RamSource {
    blocks: Vec<Pages>,
    table: BlockTable,
    entries: Vec<BlockEntry>,
    writer: RamWriter,
    /// The block and page at which the search for dirty pages goes on.
    cursor: (usize, u64),
    dirty: u64,
}

/// One block's pages.
struct Pages {
    ram: RamBlock,
    id: BlockId,
    /// The block's place in the guest's list.
    index: usize,
    count: u64,
    /// A set bit is a page to send.
    dirty: Vec<u64>,
}

/// What one call of [`RamSource::fill`] put into the buffer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filled {
    pub(super) normal: u64,
    pub(super) zero: u64,
}

impl RamSource {
    /// All pages of all blocks that migrate are dirty at first.
    pub(super) fn new(guest: &dyn Guest, capabilities: Capabilities) -> Result<Self, NameTooLong> {
        let ignore_shared = capabilities.has(Capability::XIgnoreShared);
        let ram = guest.ram();
        let described = ram.iter().map(|block| {
            let name = Name::try_from(block.name.as_str())?;
            let shared_address = (ignore_shared && block.shared).then_some(block.guest_address);
            let length = block.memory.size();
            Ok(Block { shared_address, ..Block::fixed(name, length, block.page_size) })
        });
        let table = BlockTable::new(described.collect::<Result<_, NameTooLong>>()?);
        let entries = ram.iter().zip(table.ids()).map(|(block, id)| BlockEntry {
            block: id,
            length: block.memory.size(),
            page_size: (capabilities.has(Capability::PostcopyRam) && block.page_size != PAGE)
                .then_some(block.page_size),
            address: ignore_shared.then_some(block.guest_address),
        });
        let entries = entries.collect();
        let sent = ram.into_iter().zip(table.ids()).enumerate();
        let sent = sent.filter(|(_, (block, _))| !(ignore_shared && block.shared));
        let blocks: Vec<Pages> = sent
            .map(|(index, (ram, id))| {
                let count = ram.memory.size() / PAGE;
                let mut dirty = vec![u64::MAX; count.div_ceil(64) as usize];
                if let (Some(last), 1..) = (dirty.last_mut(), count % 64) {
                    *last = (1 << (count % 64)) - 1;
                }
                Pages { ram, id, index, count, dirty }
            })
            .collect();
        let dirty = blocks.iter().map(|pages| pages.count).sum();
        Ok(Self { blocks, table, entries, writer: RamWriter::new(), cursor: (0, 0), dirty })
    }

    /// Appends the block list, the body of the section's first part.
    pub(super) fn list(&self, out: &mut Vec<u8>) {
        self.writer.block_list(out, &self.table, &self.entries);
        self.writer.eos(out);
    }

    /// Appends the end of a part's body.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        self.writer.eos(out);
    }

    /// The bytes of RAM that migrate: with blocks that are only listed, as the stream has them.
    pub(super) fn size(&self) -> u64 {
        self.blocks.iter().map(|pages| pages.count * PAGE).sum()
    }

    /// The page sizes of all blocks, or-ed together.
    pub(super) fn page_sizes(&self) -> u64 {
        self.blocks.iter().fold(0, |sizes, pages| sizes | pages.ram.page_size)
    }

    /// The bytes that are to be sent, as far as is known.
    pub(super) fn remaining(&self) -> u64 {
        self.dirty * PAGE
    }

    /// Takes over what the guest has dirtied. Returns how many pages became dirty that were not.
    pub(super) fn sync(&mut self, log: &Reader) -> u64 {
        let before = self.dirty;
        self.dirty = 0;
        for pages in &mut self.blocks {
            log.sync(pages.index, &mut pages.dirty);
            self.dirty += pages.dirty.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
        self.dirty.saturating_sub(before)
    }

    /// Appends records of dirty pages to `out` until it is `limit` bytes long or no page is dirty.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>, limit: usize) -> Filled {
        let mut filled = Filled::default();
        let mut page = [0; PAGE as usize];
        while out.len() < limit {
            let Some((at, number)) = self.next() else { break };
            let Pages { ram, id, .. } = &self.blocks[at];
            let offset = number * PAGE;
            // A copy, because the guest goes on writing: what is looked at is what is sent.
            ram.memory.read(offset, &mut page);
            if is_zero(&page) {
                self.writer.zero(out, &self.table, *id, offset);
                filled.zero += 1;
            } else {
                self.writer.page(out, &self.table, *id, offset);
                out.extend_from_slice(&page);
                filled.normal += 1;
            }
        }
        filled
    }

    /// The next dirty page, which is clean from now on.
    fn next(&mut self) -> Option<(usize, u64)> {
        if self.dirty == 0 {
            return None;
        }
        let (start, page) = self.cursor;
        // Once around, and the beginning of the first block again.
        for step in 0..=self.blocks.len() {
            let at = (start + step) % self.blocks.len();
            let from = if step == 0 { page } else { 0 };
            if let Some(found) = self.blocks[at].take(from) {
                self.cursor = (at, found + 1);
                self.dirty -= 1;
                return Some((at, found));
            }
        }
        None
    }
}

impl Pages {
    /// Finds a dirty page at or behind `from` and marks it clean.
    fn take(&mut self, from: u64) -> Option<u64> {
        let first = (from / 64) as usize;
        for (at, word) in self.dirty.iter_mut().enumerate().skip(first) {
            let wanted = if at == first { *word & (u64::MAX << (from % 64)) } else { *word };
            if wanted != 0 {
                let bit = wanted.trailing_zeros();
                *word &= !(1 << bit);
                return Some(at as u64 * 64 + u64::from(bit));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dirty_log::DirtyLog;
    use crate::guest::{Backing, Machine, MachineConfig};

    fn machine(workload: &str) -> Machine {
        Machine::new(MachineConfig {
            machine: "none".into(),
            uuid: None,
            block: "ram".into(),
            size: 100 * PAGE,
            backing: Backing::Memfd { shared: true },
            workloads: vec![workload.parse().unwrap()],
            incoming: false,
            devices: Vec::new(),
            blockers: Vec::new(),
        })
        .unwrap()
    }

    #[test]
    fn every_page_is_sent_once_and_then_what_was_dirtied() {
        let machine: Arc<dyn Guest> = Arc::new(machine("pattern,seed=1,end=64K"));
        let mut ram = RamSource::new(&*machine, Capabilities::default()).unwrap();
        assert_eq!((ram.remaining(), ram.size()), (100 * PAGE, 100 * PAGE));
        let mut out = Vec::new();
        let first = ram.fill(&mut out, 10 * PAGE as usize);
        assert_eq!((first.normal, first.zero), (10, 0));
        let rest = ram.fill(&mut out, usize::MAX);
        assert_eq!((rest.normal, rest.zero), (6, 84));
        assert_eq!(ram.remaining(), 0);
        let block = &machine.ram()[0];
        let log = DirtyLog::new(machine.clone()).read();
        block.memory.write(99 * PAGE + 5, &[1]);
        block.memory.write(3 * PAGE, &[1]);
        assert_eq!(ram.sync(&log), 2);
        assert_eq!(ram.sync(&log), 0);
        out.clear();
        let again = ram.fill(&mut out, usize::MAX);
        assert_eq!((again.normal, again.zero, ram.remaining()), (2, 0, 0));
    }

    #[test]
    fn shared_blocks_are_listed_but_not_sent() {
        let shared = Capabilities::default().with(Capability::XIgnoreShared, true);
        let mut ram = RamSource::new(&machine("idle"), shared).unwrap();
        assert_eq!((ram.remaining(), ram.size()), (0, 0));
        let mut out = Vec::new();
        ram.fill(&mut out, usize::MAX);
        assert!(out.is_empty());
        assert_eq!(ram.next(), None);
    }
}
