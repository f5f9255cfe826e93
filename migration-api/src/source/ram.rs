//! The source's view of RAM: the pages that still have to be sent. An [`Encoder`] sends them.

use super::bits;
use super::block::DirtyBlock;
use super::encoder::{Body, Context, Encoder, PageRun, PendingOutput};
use super::error::SourceError;
use super::pace::CHUNK;
use super::plain::Plain;
use super::postcopy::pages::MissingPages;
use crate::api::MigrationCapability as Capability;
use crate::dirty_log::Reader;
use crate::guest::{self, RamBlock};
use crate::page::PAGE;
use crate::settings::Capabilities;
use crate::stats::Stats;
use crate::stream::ram::{Block, BlockEntry, BlockId, BlockTable, RamWriter};
use crate::stream::{Name, NameTooLong};

/// Largest number of pages in one call of an encoder.
const RUN: u64 = 64;

/// RAM being migrated.
pub(super) struct RamSource {
    blocks: Vec<DirtyBlock>,
    table: BlockTable,
    entries: Vec<BlockEntry>,
    writer: RamWriter,
    encoder: Box<dyn Encoder>,
    /// The block and page at which the search for dirty pages continues.
    cursor: (usize, u64),
    dirty: u64,
    /// Number of dirty pages after the last sync of the dirty log.
    synced: u64,
}

impl RamSource {
    /// Marks every page of every migrated block dirty.
    pub(super) fn new(ram: &[RamBlock], capabilities: Capabilities) -> Result<Self, NameTooLong> {
        let ignore_shared = capabilities.has(Capability::XIgnoreShared);
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
        let sent = ram.iter().zip(table.ids()).enumerate();
        let sent = sent.filter(|(_, (block, _))| !(ignore_shared && block.shared));
        let blocks: Vec<DirtyBlock> = sent
            .map(|(index, (ram, id))| {
                let count = ram.memory.size() / PAGE;
                let mut dirty = vec![u64::MAX; count.div_ceil(64) as usize];
                if let (Some(last), 1..) = (dirty.last_mut(), count % 64) {
                    *last = (1 << (count % 64)) - 1;
                }
                DirtyBlock { ram: ram.clone(), id, index, count, dirty }
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

    /// Hands the dirty pages over to postcopy. With `release`, their memory is freed once it is
    /// sent.
    pub(super) fn take_pages(&mut self, release: bool) -> MissingPages {
        let blocks = std::mem::take(&mut self.blocks);
        self.dirty = 0;
        let table = std::mem::take(&mut self.table);
        let blocks = blocks.into_iter().map(|pages| (pages.ram, pages.id, pages.dirty));
        MissingPages::new(table, blocks, release)
    }

    /// Replaces the encoder for all following pages.
    pub(super) fn send_by(&mut self, encoder: Box<dyn Encoder>) {
        self.encoder = encoder;
    }

    /// Hands the blocks over to a background snapshot, which sends all pages in an order of its
    /// own.
    pub(super) fn give_up(&mut self) -> (BlockTable, Vec<(RamBlock, BlockId)>) {
        let blocks = std::mem::take(&mut self.blocks).into_iter();
        self.dirty = 0;
        (std::mem::take(&mut self.table), blocks.map(|pages| (pages.ram, pages.id)).collect())
    }

    /// Makes the next record name its block, because a reader starts there.
    pub(super) fn forget_block(&mut self) {
        self.writer.forget_block();
    }

    /// Appends the block list, which begins the section's first body.
    pub(super) fn list(&self, out: &mut Vec<u8>) {
        self.writer.block_list(out, &self.table, &self.entries);
    }

    /// Gathers the encoder's output at the end of a body, and the end marker.
    pub(super) fn end(
        &mut self,
        body: Body,
        gathered: &mut PendingOutput,
        stats: &Stats,
    ) -> Result<(), SourceError> {
        self.with_encoder(gathered, stats, |encoder, cx| encoder.end(body, cx))?;
        self.writer.eos(&mut gathered.bytes);
        Ok(())
    }

    /// Returns true if a [step](Body::Step) is needed before the dirty log is read.
    pub(super) fn needs_step(&self) -> bool {
        self.encoder.needs_step()
    }

    /// Returns the number of bytes of pages to send as a unit.
    pub(super) fn chunk(&self) -> u64 {
        self.encoder.chunk()
    }

    /// Returns the blocks that are sent.
    pub(super) fn blocks(&self) -> &[DirtyBlock] {
        &self.blocks
    }

    /// Returns the size of the migrated RAM in bytes, without blocks that are only listed.
    pub(super) fn size(&self) -> u64 {
        self.blocks.iter().map(|pages| pages.count * PAGE).sum()
    }

    /// Returns the page sizes of all blocks, or-ed together.
    pub(super) fn page_sizes(&self) -> u64 {
        self.blocks.iter().fold(0, |sizes, pages| sizes | pages.ram.page_size)
    }

    /// Returns the number of bytes still to send.
    pub(super) fn remaining(&self) -> u64 {
        self.dirty * PAGE
    }

    /// Returns the number of bytes to send right after the last sync of the dirty log.
    pub(super) fn dirty_at_sync(&self) -> u64 {
        self.synced * PAGE
    }

    /// Syncs with the dirty log. Returns how many pages became dirty that were clean.
    ///
    /// After the `last` sync no page is dirtied any more.
    ///
    /// # Errors
    /// The guest cannot read its log.
    pub(super) fn sync(&mut self, log: &Reader, last: bool) -> guest::Result<u64> {
        self.encoder.synced(last);
        let before = self.dirty;
        self.dirty = 0;
        for pages in &mut self.blocks {
            log.sync(pages.index, &mut pages.dirty)?;
            self.dirty += bits::count(&pages.dirty);
        }
        self.synced = self.dirty;
        Ok(self.dirty.saturating_sub(before))
    }

    /// Gathers records of dirty pages until they hold `limit` bytes on all channels, or no page is
    /// dirty. Returns the number of bytes.
    pub(super) fn fill(
        &mut self,
        gathered: &mut PendingOutput,
        limit: u64,
        stats: &Stats,
    ) -> Result<u64, SourceError> {
        let mut bytes = 0;
        // Stop at a full main channel buffer even if most bytes go to other channels.
        while bytes < limit && gathered.len() < CHUNK {
            let most = (limit - bytes).div_ceil(PAGE).min(RUN);
            let Some(run) = self.next(most) else { break };
            bytes += self.with_encoder(gathered, stats, |encoder, cx| encoder.encode(run, cx))?;
        }
        Ok(bytes)
    }

    fn with_encoder<T>(
        &mut self,
        gathered: &mut PendingOutput,
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

    /// Takes the next dirty pages, at most `most`, and marks them clean.
    fn next(&mut self, most: u64) -> Option<PageRun> {
        if self.dirty == 0 {
            return None;
        }
        let (start, page) = self.cursor;
        // Visits every block once, and then the beginning of the first one again.
        for step in 0..=self.blocks.len() {
            let block = (start + step) % self.blocks.len();
            let from = if step == 0 { page } else { 0 };
            if let Some((first, count)) = take(&mut self.blocks[block].dirty, from, most) {
                self.cursor = (block, first + count);
                self.dirty -= count;
                return Some(PageRun { block, first, count });
            }
        }
        None
    }
}

/// Finds the first run of set bits at or after `from`, at most `most` long, and clears it. Returns
/// its first bit and its length.
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
    use crate::guest::Guest;
    use crate::guests::{Backing, Machine, MachineConfig};
    use crate::held_ram::RamHolds;

    fn machine(workload: &str) -> Machine {
        Machine::new(MachineConfig {
            backing: Backing::Memfd { shared: true, huge: None },
            workloads: vec![workload.parse().unwrap()],
            ..MachineConfig::new(100 * PAGE)
        })
        .unwrap()
    }

    #[test]
    fn every_page_is_sent_once_and_then_what_was_dirtied() {
        let machine: Arc<dyn Guest> = Arc::new(machine("pattern,seed=1,end=64K"));
        let mut ram = RamSource::new(&machine.ram(), Capabilities::default()).unwrap();
        assert_eq!((ram.remaining(), ram.size()), (100 * PAGE, 100 * PAGE));
        let (mut out, stats) = (PendingOutput::default(), Stats::new(0));
        let counts = |ram: &mut RamSource, out: &mut PendingOutput, limit| {
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
        let log = DirtyLog::new(RamHolds::new(machine.clone())).read().unwrap();
        block.memory.write(99 * PAGE + 5, &[1]);
        block.memory.write(3 * PAGE, &[1]);
        assert_eq!(ram.sync(&log, false).unwrap(), 2);
        assert_eq!(ram.sync(&log, false).unwrap(), 0);
        assert_eq!((ram.remaining(), ram.dirty_at_sync()), (2 * PAGE, 2 * PAGE));
        assert_eq!(counts(&mut ram, &mut out, u64::MAX), (2, 0, 2 * (PAGE + 8)));
        // DirtyBlock sent since the sync do not shorten the next pass.
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
        let mut ram = RamSource::new(&machine("idle").ram(), shared).unwrap();
        assert_eq!((ram.remaining(), ram.size()), (0, 0));
        let mut out = PendingOutput::default();
        assert_eq!(ram.fill(&mut out, u64::MAX, &Stats::new(0)).unwrap(), 0);
        assert_eq!(out.len(), 0);
        assert_eq!(ram.next(1), None);
    }
}
