//! The source's view of RAM: which pages still have to be sent. An [`Encoder`] sends them.

use super::Failure;
use super::bits;
use super::encoder::{Body, Context, Encoder, Gathered, Run};
use super::pace::CHUNK;
use super::plain::Plain;
use super::postcopy::Pages as MissingPages;
use crate::api::MigrationCapability as Capability;
use crate::caps::Capabilities;
use crate::dirty_log::Reader;
use crate::guest::{Guest, RamBlock};
use crate::stats::Stats;
use crate::stream::ram::{Block, BlockEntry, BlockId, BlockTable, RamWriter};
use crate::stream::{Name, NameTooLong};

/// The target's page size in bytes: the unit of dirtiness and of sending.
pub(super) const PAGE: u64 = 4096;

/// The most pages that an encoder is given at once.
const RUN: u64 = 64;

/// RAM on its way.
pub(super) struct RamSource {
    blocks: Vec<Pages>,
    table: BlockTable,
    entries: Vec<BlockEntry>,
    writer: RamWriter,
    encoder: Box<dyn Encoder>,
    /// The block and page at which the search for dirty pages goes on.
    cursor: (usize, u64),
    dirty: u64,
    /// How many were dirty after the last look at the log.
    synced: u64,
}

/// One block's pages.
pub(super) struct Pages {
    pub(super) ram: RamBlock,
    pub(super) id: BlockId,
    /// The block's place in the guest's list.
    index: usize,
    count: u64,
    /// A set bit is a page to send.
    dirty: Vec<u64>,
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
        Ok(Self {
            blocks,
            table,
            entries,
            writer: RamWriter::new(),
            encoder: Box::new(Plain),
            cursor: (0, 0),
            dirty,
            synced: dirty,
        })
    }

    /// Gives what is dirty to whoever sends it after the guest has gone, and with `release` frees it then.
    pub(super) fn take_pages(&mut self, release: bool) -> MissingPages {
        let blocks = std::mem::take(&mut self.blocks);
        self.dirty = 0;
        let table = std::mem::take(&mut self.table);
        let blocks = blocks.into_iter().map(|pages| (pages.ram, pages.id, pages.dirty));
        MissingPages::new(table, blocks, release)
    }

    /// Has another encoder send the pages, from the first on.
    pub(super) fn send_by(&mut self, encoder: Box<dyn Encoder>) {
        self.encoder = encoder;
    }

    /// Gives the blocks to whoever sends all of their pages in an order of his own.
    pub(super) fn give_up(&mut self) -> (BlockTable, Vec<(RamBlock, BlockId)>) {
        let blocks = std::mem::take(&mut self.blocks).into_iter();
        self.dirty = 0;
        (std::mem::take(&mut self.table), blocks.map(|pages| (pages.ram, pages.id)).collect())
    }

    /// Has the next record name its block, because whoever reads it begins there.
    pub(super) fn forget_block(&mut self) {
        self.writer.forget_block();
    }

    /// Appends the block list, the beginning of the section's first body.
    pub(super) fn list(&self, out: &mut Vec<u8>) {
        self.writer.block_list(out, &self.table, &self.entries);
    }

    /// Gathers what the encoder says at the end of a body, and that end.
    pub(super) fn end(
        &mut self,
        body: Body,
        gathered: &mut Gathered,
        stats: &Stats,
    ) -> Result<(), Failure> {
        self.with_encoder(gathered, stats, |encoder, cx| encoder.end(body, cx))?;
        self.writer.eos(&mut gathered.bytes);
        Ok(())
    }

    /// Whether a [step](Body::Step) is needed before the dirty log is read.
    pub(super) fn out_of_step(&self) -> bool {
        self.encoder.out_of_step()
    }

    /// How many bytes of pages are to be sent at once.
    pub(super) fn chunk(&self) -> u64 {
        self.encoder.chunk()
    }

    /// The blocks that are sent.
    pub(super) fn blocks(&self) -> &[Pages] {
        &self.blocks
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

    /// The bytes that were to be sent after the last look at the dirty log.
    pub(super) fn dirty_at_sync(&self) -> u64 {
        self.synced * PAGE
    }

    /// Takes over what the guest has dirtied. Returns how many pages became dirty that were not.
    ///
    /// Nothing refers to what is sent after the `last` time.
    pub(super) fn sync(&mut self, log: &Reader, last: bool) -> u64 {
        self.encoder.synced(last);
        let before = self.dirty;
        self.dirty = 0;
        for pages in &mut self.blocks {
            log.sync(pages.index, &mut pages.dirty);
            self.dirty += bits::count(&pages.dirty);
        }
        self.synced = self.dirty;
        self.dirty.saturating_sub(before)
    }

    /// Gathers records of dirty pages until `limit` bytes more are under way, on whichever channel, or no page is dirty. Returns how
    /// many bytes of RAM that were.
    pub(super) fn fill(
        &mut self,
        gathered: &mut Gathered,
        limit: u64,
        stats: &Stats,
    ) -> Result<u64, Failure> {
        let mut bytes = 0;
        // What goes to other channels is no reason to keep the main one waiting.
        while bytes < limit && gathered.len() < CHUNK {
            let most = (limit - bytes).div_ceil(PAGE).min(RUN);
            let Some(run) = self.next(most) else { break };
            bytes += self.with_encoder(gathered, stats, |encoder, cx| encoder.encode(run, cx))?;
        }
        Ok(bytes)
    }

    fn with_encoder<T>(
        &mut self,
        gathered: &mut Gathered,
        stats: &Stats,
        act: impl FnOnce(&mut dyn Encoder, &mut Context<'_>) -> T,
    ) -> T {
        let mut cx = Context {
            blocks: &self.blocks,
            table: &self.table,
            writer: &mut self.writer,
            gathered,
            stats,
        };
        act(&mut *self.encoder, &mut cx)
    }

    /// The next dirty pages, `most` at most, which are clean from now on.
    fn next(&mut self, most: u64) -> Option<Run> {
        if self.dirty == 0 {
            return None;
        }
        let (start, page) = self.cursor;
        // Once around, and the beginning of the first block again.
        for step in 0..=self.blocks.len() {
            let block = (start + step) % self.blocks.len();
            let from = if step == 0 { page } else { 0 };
            if let Some((first, count)) = take(&mut self.blocks[block].dirty, from, most) {
                self.cursor = (block, first + count);
                self.dirty -= count;
                return Some(Run { block, first, count });
            }
        }
        None
    }
}

/// Finds the first bits in a row that are set at or behind `from`, `most` at most, and clears them. Returns the first and how many.
fn take(words: &mut [u64], from: u64, most: u64) -> Option<(u64, u64)> {
    let first = bits::find(words, from, words.len() as u64 * 64)?;
    let (mut at, mut bit) = ((first / 64) as usize, first % 64);
    let mut count = 0;
    while let Some(word) = words.get_mut(at).filter(|_| count < most) {
        let set = u64::from((*word >> bit).trailing_ones()).min(most - count);
        if set == 0 {
            break;
        }
        *word &= !((u64::MAX >> (64 - set)) << bit);
        count += set;
        if bit + set < 64 {
            break;
        }
        (at, bit) = (at + 1, 0);
    }
    Some((first, count))
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
            backing: Backing::Memfd { shared: true, huge: None },
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
        let (mut out, stats) = (Gathered::default(), Stats::new(0));
        let counts = |ram: &mut RamSource, out: &mut Gathered, limit| {
            let before = (stats.normal.get(), stats.duplicate.get());
            let bytes = ram.fill(out, limit, &stats).unwrap();
            (stats.normal.get() - before.0, stats.duplicate.get() - before.1, bytes)
        };
        assert_eq!(counts(&mut ram, &mut out, 10 * PAGE), (10, 0, 10 * (PAGE + 8) + 4));
        assert_eq!(counts(&mut ram, &mut out, u64::MAX), (6, 84, 6 * (PAGE + 8) + 84 * 9));
        assert_eq!(ram.remaining(), 0);
        let places: Vec<_> = out.pages.iter().map(|page| (page.at, page.offset)).collect();
        assert_eq!(&places[..2], [(12, 0), (20, PAGE)]);
        let block = &machine.ram()[0];
        let log = DirtyLog::new(machine.clone()).read();
        block.memory.write(99 * PAGE + 5, &[1]);
        block.memory.write(3 * PAGE, &[1]);
        assert_eq!(ram.sync(&log, false), 2);
        assert_eq!(ram.sync(&log, false), 0);
        assert_eq!((ram.remaining(), ram.dirty_at_sync()), (2 * PAGE, 2 * PAGE));
        assert_eq!(counts(&mut ram, &mut out, u64::MAX), (2, 0, 2 * (PAGE + 8)));
        // What has gone since makes the next pass no shorter.
        assert_eq!((ram.remaining(), ram.dirty_at_sync()), (0, 2 * PAGE));
    }

    #[test]
    fn dirty_pages_in_a_row_are_taken_together() {
        let mut words = [u64::MAX << 62, u64::MAX, 0b1011];
        assert_eq!(take(&mut words, 63, 3), Some((63, 3)));
        assert_eq!(words, [1 << 62, u64::MAX << 2, 0b1011]);
        assert_eq!(take(&mut words, 63, 100), Some((66, 64)));
        assert_eq!(take(&mut words, 63, 100), Some((131, 1)));
        assert_eq!(take(&mut words, 63, 100), None);
        assert_eq!(take(&mut words, 0, 100), Some((62, 1)));
        assert_eq!(words, [0; 3]);
        assert_eq!(take(&mut words, 1 << 40, 1), None);
    }

    #[test]
    fn shared_blocks_are_listed_but_not_sent() {
        let shared = Capabilities::default().with(Capability::XIgnoreShared, true);
        let mut ram = RamSource::new(&machine("idle"), shared).unwrap();
        assert_eq!((ram.remaining(), ram.size()), (0, 0));
        let mut out = Gathered::default();
        assert_eq!(ram.fill(&mut out, u64::MAX, &Stats::new(0)).unwrap(), 0);
        assert_eq!(out.len(), 0);
        assert_eq!(ram.next(1), None);
    }
}
