//! The pages that the destination still lacks. Two threads take them: the migration thread, in the
//! background, and the return path thread, on request.
//!
//! A host page is taken as a whole and once: the thread that takes it is the only one to send it.

mod range;
mod release;
mod wanted;

use std::sync::{Mutex, MutexGuard};

use crate::guest::{RamBlock, is_zero};
use crate::page::PAGE;
use crate::source::bits::{clear, end_of_run, find, set};
use crate::stats::Stats;
use crate::stream::command::{DISCARD_RANGES, Range};
use crate::stream::ram::{BlockId, BlockTable, RamWriter};
use crate::stream::return_path::bitmap_length;
use crate::stream::{Command, Name};
use crate::sync::IgnorePoison;
use range::BlockPages;
use release::Released;

pub(in crate::source) use range::PageRange;

/// RAM that is missing at the destination.
pub(in crate::source) struct MissingPages {
    table: BlockTable,
    blocks: Vec<BlockPages>,
    missing: Mutex<Missing>,
    /// Pages that can be freed, with capability `release-ram`.
    released: Option<Released>,
}

struct Missing {
    /// One bitmap per block: a set bit is a missing page that no thread has taken.
    bits: Vec<Vec<u64>>,
    /// Missing pages that have not been requested yet. May include pages sent since.
    unasked: Vec<Vec<u64>>,
    count: u64,
    /// The block and page at which the background continues.
    cursor: (usize, u64),
}

impl MissingPages {
    /// Takes over the dirty pages at the end of precopy: a set bit per page of `blocks`.
    ///
    /// A host page with one dirty target page is missing as a whole, because a destination places
    /// whole host pages only. With `release`, memory is freed once it is sent.
    pub(in crate::source) fn new(
        table: BlockTable,
        blocks: impl IntoIterator<Item = (RamBlock, BlockId, Vec<u64>)>,
        release: bool,
    ) -> Self {
        let (mut shapes, mut bits) = (Vec::new(), Vec::new());
        for (ram, id, dirty) in blocks {
            let Some(name) = table.get(id).map(|block| block.name.clone()) else { continue };
            let count = ram.memory.size() / PAGE;
            shapes.push(BlockPages {
                count,
                per_host: (ram.page_size / PAGE).max(1),
                ram,
                id,
                name,
            });
            bits.push(dirty);
        }
        let missing = Mutex::new(Missing { bits, unasked: Vec::new(), count: 0, cursor: (0, 0) });
        let mut pages = Self { table, blocks: shapes, missing, released: None };
        pages.round();
        pages.released = release.then(|| Released::new(pages.present().into_iter()));
        pages
    }

    /// Lists the pages that are not missing.
    fn present(&self) -> Vec<PageRange> {
        let missing = self.missing();
        let mut present = Vec::new();
        for (index, (block, bits)) in self.blocks.iter().zip(&missing.bits).enumerate() {
            let mut first = 0;
            while first < block.count {
                let end = find(bits, first, block.count).unwrap_or(block.count);
                if end > first {
                    present.push(PageRange { block: index, first, count: end - first });
                }
                first = end_of_run(bits, end, block.count);
            }
        }
        present
    }

    /// Records that pages were sent.
    pub(super) fn sent(&self, range: PageRange) {
        if let Some(released) = &self.released {
            released.add(range);
        }
    }

    /// Frees some of the memory that was sent. Returns true if there was any.
    pub(super) fn release(&self) -> bool {
        self.released.as_ref().is_some_and(|released| released.step(&self.blocks))
    }

    fn missing(&self) -> MutexGuard<'_, Missing> {
        self.missing.lock().ignore_poison()
    }

    /// Extends the missing pages to whole host pages, and counts them.
    fn round(&self) {
        let mut missing = self.missing();
        let mut count = 0;
        for (block, bits) in self.blocks.iter().zip(&mut missing.bits) {
            let mut at = 0;
            while let Some(found) = find(bits, at, block.count).filter(|_| block.per_host > 1) {
                let range = block.host_page(found);
                set(bits, range.0, range.1);
                at = range.1;
            }
            count += bits.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
        missing.count = count;
        missing.unasked = missing.bits.clone();
    }

    /// Returns the number of bytes that no thread has taken yet.
    pub(in crate::source) fn remaining(&self) -> u64 {
        self.missing().count * PAGE
    }

    /// Returns the length in bytes of the longest received-pages bitmap that a destination can
    /// send.
    pub(in crate::source) fn longest_bitmap(&self) -> u64 {
        self.blocks.iter().map(|block| bitmap_length(block.count)).max().unwrap_or(0)
    }

    /// Iterates over the names of the blocks.
    pub(in crate::source) fn names(&self) -> impl Iterator<Item = &Name> {
        self.blocks.iter().map(|block| &block.name)
    }

    /// Appends the commands that make the destination discard its copies of the missing pages.
    pub(in crate::source) fn write_discards(&self, out: &mut Vec<u8>) {
        let missing = self.missing();
        for (block, bits) in self.blocks.iter().zip(&missing.bits) {
            let mut ranges = Vec::new();
            let mut at = 0;
            while let Some(first) = find(bits, at, block.count) {
                at = end_of_run(bits, first, block.count);
                ranges.push(Range { start: first * PAGE, length: (at - first) * PAGE });
            }
            for ranges in ranges.chunks(DISCARD_RANGES) {
                Command::PostcopyRamDiscard { block: block.name.clone(), ranges: ranges.to_vec() }
                    .write(out);
            }
        }
    }

    /// Takes the next missing host page in the background's order.
    pub(in crate::source) fn take_next(&self) -> Option<PageRange> {
        let mut missing = self.missing();
        if missing.count == 0 {
            return None;
        }
        let (start, page) = missing.cursor;
        // Visits every block once, and then the beginning of the first one again.
        for step in 0..=self.blocks.len() {
            let at = (start + step) % self.blocks.len();
            let from = if step == 0 { page } else { 0 };
            if let Some(found) = find(&missing.bits[at], from, self.blocks[at].count) {
                return self.take(&mut missing, at, found);
            }
        }
        None
    }

    fn take(&self, missing: &mut Missing, block: usize, page: u64) -> Option<PageRange> {
        let (first, end) = self.blocks[block].host_page(page);
        let taken = clear(&mut missing.bits[block], first, end);
        missing.count -= taken;
        // The guest probably needs the neighbours of a requested page next, so continue there.
        missing.cursor = (block, end);
        (taken > 0).then_some(PageRange { block, first, count: end - first })
    }

    /// Appends the records of at most `limit` pages, and removes those from `range`.
    pub(in crate::source) fn write(
        &self,
        range: &mut PageRange,
        limit: u64,
        writer: &mut RamWriter,
        out: &mut Vec<u8>,
        stats: &Stats,
    ) {
        let before = out.len();
        let block = &self.blocks[range.block];
        let PageRange { first, count, .. } = range.split(limit);
        let (mut page, mut zeroes) = ([0; PAGE as usize], 0);
        for number in first..first + count {
            let offset = number * PAGE;
            block.ram.memory.read(offset, &mut page);
            if is_zero(&page) {
                writer.zero(out, &self.table, block.id, offset);
                zeroes += 1;
            } else {
                writer.page(out, &self.table, block.id, offset);
                out.extend_from_slice(&page);
            }
        }
        stats.normal.add(count - zeroes);
        stats.duplicate.add(zeroes);
        stats.postcopy_bytes.add((out.len() - before) as u64);
    }

    /// Takes over a block's bitmap of received pages: each set bit is a page that the destination
    /// has. All others are missing.
    pub(in crate::source) fn received(&self, name: &Name, bitmap: &[u8]) -> Result<(), String> {
        let index = self.blocks.iter().position(|block| block.name == *name);
        let index = index.ok_or_else(|| format!("bitmap of unknown block '{name}'"))?;
        let block = &self.blocks[index];
        let expected = bitmap_length(block.count);
        if bitmap.len() as u64 != expected {
            let length = bitmap.len();
            return Err(format!(
                "ramblock '{name}' bitmap size mismatch (0x{length:x} != 0x{expected:x})"
            ));
        }
        let words = bitmap.as_chunks::<8>().0.iter().map(|bytes| !u64::from_le_bytes(*bytes));
        let mut bits: Vec<u64> = words.collect();
        clear(&mut bits, block.count, expected * 8);
        self.missing().bits[index] = bits;
        self.round();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Guest;
    use crate::guests::{Machine, MachineConfig};
    use crate::stream::ram::Block;

    /// Makes a block of 64 pages, `per_host` to a host page, of which those in `dirty` are missing.
    pub(super) fn pages(per_host: u64, dirty: u64) -> MissingPages {
        let machine = Machine::new(MachineConfig {
            workloads: vec!["pattern,seed=1,end=128K".parse().unwrap()],
            ..MachineConfig::new(64 * PAGE)
        });
        let ram = RamBlock { page_size: per_host * PAGE, ..machine.unwrap().ram()[0].clone() };
        let table = BlockTable::new(vec![Block::fixed(
            "ram".try_into().unwrap(),
            64 * PAGE,
            ram.page_size,
        )]);
        let id = table.find("ram").unwrap();
        MissingPages::new(table, [(ram, id, vec![dirty])], false)
    }

    pub(super) fn piece(first: u64, count: u64) -> PageRange {
        PageRange { block: 0, first, count }
    }

    #[test]
    fn every_page_is_taken_once_and_the_background_follows_what_is_wanted() {
        let pages = pages(1, u64::MAX);
        let name = Name::try_from("ram").unwrap();
        let mut last = None;
        assert!(pages.wanted(None, &mut last, 0, 4096).is_err());
        let mut wanted = pages.wanted(Some(&name), &mut last, 10 * PAGE, 2 * 4096).unwrap();
        assert_eq!(wanted, piece(10, 2));
        assert_eq!(pages.take_next(), Some(piece(0, 1)));
        assert_eq!(pages.take_wanted(&mut wanted), Some(piece(10, 1)));
        assert_eq!(pages.take_wanted(&mut wanted), Some(piece(11, 1)));
        assert_eq!(pages.take_wanted(&mut wanted), None);
        assert_eq!(pages.take_next(), Some(piece(12, 1)));
        let mut again = pages.wanted(None, &mut last, 10 * PAGE, 4096).unwrap();
        assert_eq!(pages.take_wanted(&mut again), None);
        let rest: Vec<PageRange> = std::iter::from_fn(|| pages.take_next()).collect();
        assert_eq!((rest.len(), rest[0], rest[59]), (60, piece(13, 1), piece(9, 1)));
        assert_eq!(pages.remaining(), 0);
    }

    #[test]
    fn host_pages_are_missing_whole_and_dropped_in_few_commands() {
        let pages = pages(4, 1 << 5 | 1 << 11 | 1 << 63);
        assert_eq!(pages.remaining(), 12 * PAGE);
        let mut out = Vec::new();
        pages.write_discards(&mut out);
        let range = |start: u64, length: u64| Range { start: start * PAGE, length: length * PAGE };
        let mut expected = Vec::new();
        let block = Name::try_from("ram").unwrap();
        Command::PostcopyRamDiscard { block, ranges: vec![range(4, 8), range(60, 4)] }
            .write(&mut expected);
        assert_eq!(out, expected);
        let taken: Vec<PageRange> = std::iter::from_fn(|| pages.take_next()).collect();
        assert_eq!(taken, [piece(4, 4), piece(8, 4), piece(60, 4)]);

        let (mut writer, stats) = (RamWriter::new(), Stats::new(0));
        let mut rest = piece(30, 4);
        out.clear();
        pages.write(&mut rest, 3, &mut writer, &mut out, &stats);
        assert_eq!((rest, stats.normal.get(), stats.duplicate.get()), (piece(33, 1), 2, 1));
        assert_eq!(stats.postcopy_bytes.get(), out.len() as u64);
    }

    #[test]
    fn after_a_pause_missing_is_what_the_destination_lacks() {
        let pages = pages(4, u64::MAX);
        while pages.take_next().is_some() {}
        let name = Name::try_from("ram").unwrap();
        // One page of the second host page is missing.
        pages.received(&name, &(!(1u64 << 6)).to_le_bytes()).unwrap();
        assert_eq!(pages.remaining(), 4 * PAGE);
        assert_eq!(pages.take_next(), Some(piece(4, 4)));
        let error = pages.received(&name, &[0; 16]).unwrap_err();
        assert_eq!(error, "ramblock 'ram' bitmap size mismatch (0x10 != 0x8)");
        assert!(pages.received(&Name::try_from("rom").unwrap(), &[0; 8]).is_err());
    }

    #[test]
    fn pages_sent_in_precopy_can_be_freed() {
        let pages = pages(4, 1 << 5 | 1 << 63);
        assert_eq!(pages.present(), [piece(0, 4), piece(8, 52)]);
    }
}
