//! The dirty log of the built-in guests: the pages, and the pieces of memory that have any.
//!
//! Most of a large guest is clean at a sync, whose cost must depend only on the dirty pages.

use std::ops::Range;

use vm_memory::bitmap::{Bitmap, RefSlice, WithBitmapSlice};

use crate::page::PAGE;
use crate::page_set::PageSet;

/// Bytes of memory per piece.
const PIECE: u64 = 2 << 20;
/// Words of the pages of a piece.
const WORDS: usize = (PIECE / PAGE / 64) as usize;

/// The pages that were written.
#[derive(Debug)]
pub(crate) struct PageLog {
    pages: PageSet,
    /// The pieces with marked pages. Marking sets the page's bit first and this one second; taking
    /// clears this one first, so no page is missed.
    marked: PageSet,
}

/// Returns the units of `size` bytes that a range touches.
fn units(range: &Range<u64>, size: u64) -> Range<u64> {
    range.start / size..range.end.div_ceil(size)
}

impl PageLog {
    /// Creates an empty log for `size` bytes of memory.
    pub(super) fn new(size: usize) -> Self {
        let size = size as u64;
        Self {
            pages: PageSet::new(size.div_ceil(PAGE)),
            marked: PageSet::new(size.div_ceil(PIECE)),
        }
    }

    /// Creates empty logs for blocks of these sizes in bytes.
    pub(super) fn siblings(sizes: impl Iterator<Item = u64> + Clone) -> Vec<Self> {
        let units = |size| PageSet::siblings(sizes.clone().map(|bytes: u64| bytes.div_ceil(size)));
        let sets = units(PAGE).into_iter().zip(units(PIECE));
        sets.map(|(pages, marked)| Self { pages, marked }).collect()
    }

    /// Moves the log's pages into a bitmap.
    pub(super) fn take(&self, dirty: &mut [u64]) {
        for (index, more) in self.drain() {
            if let Some(word) = dirty.get_mut(index) {
                *word |= more;
            }
        }
    }

    /// Clears the log.
    pub(super) fn reset(&self) {
        self.drain().for_each(drop);
    }

    /// Removes all pages. Returns their words.
    fn drain(&self) -> impl Iterator<Item = (usize, u64)> {
        let marked = self.marked.take(0..self.marked.words_len());
        let pieces = marked.flat_map(|(index, word)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit)
        });
        pieces.flat_map(|piece| {
            let end = ((piece + 1) * WORDS).min(self.pages.words_len());
            self.pages.take(piece * WORDS..end)
        })
    }
}

impl<'a> WithBitmapSlice<'a> for PageLog {
    type S = RefSlice<'a, Self>;
}

impl Bitmap for PageLog {
    fn mark_dirty(&self, offset: usize, len: usize) {
        let (offset, len) = (offset as u64, len as u64);
        let range = offset..offset.saturating_add(len);
        if !range.is_empty() {
            self.pages.insert(units(&range, PAGE));
            self.marked.insert(units(&range, PIECE));
        }
    }

    fn dirty_at(&self, offset: usize) -> bool {
        self.pages.contains(offset as u64 / PAGE)
    }

    fn slice_at(&self, offset: usize) -> RefSlice<'_, Self> {
        RefSlice::new(self, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_taken_once() {
        const SIZE: usize = 3 * PIECE as usize / 2;
        let log = PageLog::new(SIZE);
        let take = || {
            let mut dirty = [0; WORDS * 3 / 2];
            log.take(&mut dirty);
            dirty
        };
        assert_eq!(take(), [0; WORDS * 3 / 2]);
        // The last byte of a piece and the first of the next one. Pages past the end are ignored.
        log.mark_dirty(PIECE as usize - 1, 2);
        log.mark_dirty(SIZE - 1, usize::MAX);
        log.mark_dirty(SIZE, 1);
        log.mark_dirty(0, 0);
        assert!(
            log.dirty_at(PIECE as usize)
                && log.slice_at(PIECE as usize - 1).dirty_at(0)
                && !log.dirty_at(0)
        );
        let mut expected = [0; WORDS * 3 / 2];
        (expected[WORDS - 1], expected[WORDS], expected[WORDS * 3 / 2 - 1]) = (1 << 63, 1, 1 << 63);
        assert_eq!(take(), expected);
        assert_eq!(take(), [0; WORDS * 3 / 2]);
        log.mark_dirty(0, SIZE);
        assert_eq!(take(), [u64::MAX; WORDS * 3 / 2]);
        log.mark_dirty(0, SIZE);
        log.reset();
        assert_eq!(take(), [0; WORDS * 3 / 2]);
    }

    #[test]
    fn pages_marked_during_a_sync_are_not_lost() {
        const PAGES: usize = 64 * WORDS;
        let log = PageLog::new(PIECE as usize);
        let mut dirty = [0; WORDS];
        std::thread::scope(|scope| {
            let writer =
                scope.spawn(|| (0..PAGES).for_each(|page| log.mark_dirty(page * PAGE as usize, 1)));
            while !writer.is_finished() {
                log.take(&mut dirty);
            }
        });
        log.take(&mut dirty);
        assert_eq!(dirty, [u64::MAX; WORDS]);
    }
}
