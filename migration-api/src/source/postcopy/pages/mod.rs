//! The pages that the destination still lacks, as two threads take them: the one that sends in the background, and the one that
//! hears what is wanted at once.
//!
//! A host page is taken whole, and once: what was taken is on its way, and nobody else sends it.

mod wanted;

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::release::Released;
use crate::guest::{RamBlock, is_zero};
use crate::source::bits::{clear, end_of_run, find, set};
use crate::source::ram::PAGE;
use crate::stats::Stats;
use crate::stream::command::{DISCARD_RANGES, Range};
use crate::stream::ram::{BlockId, BlockTable, RamWriter};
use crate::stream::return_path::bitmap_length;
use crate::stream::{Command, Name};

/// RAM that is missing at the destination.
pub(in crate::source) struct Pages {
    table: BlockTable,
    blocks: Vec<BlockPages>,
    missing: Mutex<Missing>,
    /// What can be given back to the host, if anything may.
    released: Option<Released>,
}

/// One block's shape.
pub(super) struct BlockPages {
    pub(super) ram: RamBlock,
    id: BlockId,
    name: Name,
    /// Pages of the target.
    count: u64,
    /// Pages of the target in one of the host.
    per_host: u64,
}

struct Missing {
    /// By block: a set bit is a page that nobody has taken.
    bits: Vec<Vec<u64>>,
    /// The same without what was wanted before. Pages that were taken since may still be in it.
    unasked: Vec<Vec<u64>>,
    count: u64,
    /// Where the background goes on: a block and a page.
    cursor: (usize, u64),
}

/// Pages of one block, in pages of the target: whole pages of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Pieces {
    pub(super) block: usize,
    pub(super) first: u64,
    pub(super) count: u64,
}

impl Pages {
    /// The pages that a migration has left: `blocks` with their dirty pages, a set bit for each.
    ///
    /// What a host page lacks in part is missing whole, because a destination places whole ones only. With `release`, what has gone is
    /// given back to the host.
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

    /// What is not missing.
    fn present(&self) -> Vec<Pieces> {
        let missing = self.missing();
        let mut present = Vec::new();
        for (index, (block, bits)) in self.blocks.iter().zip(&missing.bits).enumerate() {
            let mut first = 0;
            while first < block.count {
                let end = find(bits, first, block.count).unwrap_or(block.count);
                if end > first {
                    present.push(Pieces { block: index, first, count: end - first });
                }
                first = end_of_run(bits, end, block.count);
            }
        }
        present
    }

    /// Notes that pages have gone.
    pub(super) fn sent(&self, pieces: Pieces) {
        if let Some(released) = &self.released {
            released.add(pieces);
        }
    }

    /// Gives some of what has gone back to the host; whether there was any.
    pub(super) fn release(&self) -> bool {
        self.released.as_ref().is_some_and(|released| released.step(&self.blocks))
    }

    fn missing(&self) -> MutexGuard<'_, Missing> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Extends what is missing to whole host pages, and counts it.
    fn round(&self) {
        let mut missing = self.missing();
        let mut count = 0;
        for (block, bits) in self.blocks.iter().zip(&mut missing.bits) {
            let mut at = 0;
            while let Some(found) = find(bits, at, block.count).filter(|_| block.per_host > 1) {
                let pieces = block.host_page(found);
                set(bits, pieces.0, pieces.1);
                at = pieces.1;
            }
            count += bits.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
        missing.count = count;
        missing.unasked = missing.bits.clone();
    }

    /// The bytes that nobody has taken yet.
    pub(in crate::source) fn remaining(&self) -> u64 {
        self.missing().count * PAGE
    }

    /// The longest received-pages bitmap that a destination can send, in bytes.
    pub(in crate::source) fn longest_bitmap(&self) -> u64 {
        self.blocks.iter().map(|block| bitmap_length(block.count)).max().unwrap_or(0)
    }

    /// The names of the blocks.
    pub(in crate::source) fn names(&self) -> impl Iterator<Item = &Name> {
        self.blocks.iter().map(|block| &block.name)
    }

    /// Appends the commands that have the destination drop what it has of the missing pages.
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
    pub(in crate::source) fn take_next(&self) -> Option<Pieces> {
        let mut missing = self.missing();
        if missing.count == 0 {
            return None;
        }
        let (start, page) = missing.cursor;
        // Once around, and the beginning of the first block again.
        for step in 0..=self.blocks.len() {
            let at = (start + step) % self.blocks.len();
            let from = if step == 0 { page } else { 0 };
            if let Some(found) = find(&missing.bits[at], from, self.blocks[at].count) {
                return self.take(&mut missing, at, found);
            }
        }
        None
    }

    fn take(&self, missing: &mut Missing, block: usize, page: u64) -> Option<Pieces> {
        let (first, end) = self.blocks[block].host_page(page);
        let taken = clear(&mut missing.bits[block], first, end);
        missing.count -= taken;
        // Whoever wants a page soon wants its neighbours.
        missing.cursor = (block, end);
        (taken > 0).then_some(Pieces { block, first, count: end - first })
    }

    /// Appends the records of at most `limit` of the pages, and takes those off `pieces`.
    pub(in crate::source) fn write(
        &self,
        pieces: &mut Pieces,
        limit: u64,
        writer: &mut RamWriter,
        out: &mut Vec<u8>,
        stats: &Stats,
    ) {
        let before = out.len();
        let block = &self.blocks[pieces.block];
        let Pieces { first, count, .. } = pieces.split(limit);
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

    /// Takes over which pages of a block the destination has: a set bit for each. All others are missing.
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

impl Pieces {
    /// Takes the first `most` pages off.
    pub(super) fn split(&mut self, most: u64) -> Self {
        let part = Self { count: self.count.min(most), ..*self };
        (self.first, self.count) = (self.first + part.count, self.count - part.count);
        part
    }

    /// Whether no page is left in it.
    pub(in crate::source) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl BlockPages {
    /// The host page around a page, from its first page to behind its last.
    fn host_page(&self, page: u64) -> (u64, u64) {
        let first = page - page % self.per_host;
        (first, (first + self.per_host).min(self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::{Backing, Guest, Machine, MachineConfig};
    use crate::stream::ram::Block;

    /// A block of 64 pages, in host pages of `per_host`, of which those in `dirty` are missing.
    pub(super) fn pages(per_host: u64, dirty: u64) -> Pages {
        let machine = Machine::new(MachineConfig {
            machine: "none".into(),
            uuid: None,
            block: "ram".into(),
            size: 64 * PAGE,
            backing: Backing::Anonymous { shared: false },
            workloads: vec!["pattern,seed=1,end=128K".parse().unwrap()],
            incoming: false,
            devices: Vec::new(),
            blockers: Vec::new(),
        });
        let ram = RamBlock { page_size: per_host * PAGE, ..machine.unwrap().ram()[0].clone() };
        let table = BlockTable::new(vec![Block::fixed(
            "ram".try_into().unwrap(),
            64 * PAGE,
            ram.page_size,
        )]);
        let id = table.find("ram").unwrap();
        Pages::new(table, [(ram, id, vec![dirty])], false)
    }

    pub(super) fn piece(first: u64, count: u64) -> Pieces {
        Pieces { block: 0, first, count }
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
        let rest: Vec<Pieces> = std::iter::from_fn(|| pages.take_next()).collect();
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
        let taken: Vec<Pieces> = std::iter::from_fn(|| pages.take_next()).collect();
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
        // In the second host page one page is missing.
        pages.received(&name, &(!(1u64 << 6)).to_le_bytes()).unwrap();
        assert_eq!(pages.remaining(), 4 * PAGE);
        assert_eq!(pages.take_next(), Some(piece(4, 4)));
        let error = pages.received(&name, &[0; 16]).unwrap_err();
        assert_eq!(error, "ramblock 'ram' bitmap size mismatch (0x10 != 0x8)");
        assert!(pages.received(&Name::try_from("rom").unwrap(), &[0; 8]).is_err());
    }

    #[test]
    fn what_was_there_before_can_be_given_back() {
        let pages = pages(4, 1 << 5 | 1 << 63);
        assert_eq!(pages.present(), [piece(0, 4), piece(8, 52)]);
    }
}
