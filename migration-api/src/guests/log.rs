//! The dirty log of the built-in guests: vm-memory's bitmap in pieces, and a bitmap of the pieces
//! that are marked.
//!
//! Most of a large guest is clean at a sync, whose cost must depend only on the dirty pages.

use std::num::NonZeroUsize;

use vm_memory::bitmap::{AtomicBitmap, Bitmap, RefSlice, WithBitmapSlice};

use crate::page::PAGE;

/// Bytes of memory per piece.
const PIECE: NonZeroUsize = NonZeroUsize::new(2 << 20).expect("a piece is not empty");
/// Words per piece.
const WORDS: usize = PIECE.get() / PAGE as usize / 64;

/// The pages that were written.
#[derive(Debug)]
pub(crate) struct PageLog {
    pieces: Vec<AtomicBitmap>,
    /// The pieces with marked pages. Marking sets the page's bit first and this one second; taking
    /// clears this one first, so no page is missed.
    marked: AtomicBitmap,
}

impl PageLog {
    /// Creates an empty log for `size` bytes of memory.
    pub(super) fn new(size: usize) -> Self {
        let page = const { NonZeroUsize::new(PAGE as usize).expect("a page is not empty") };
        let piece = |_| AtomicBitmap::new(PIECE.get(), page);
        Self {
            pieces: (0..size.div_ceil(PIECE.get())).map(piece).collect(),
            marked: AtomicBitmap::new(size, PIECE),
        }
    }

    /// Moves the log's pages into a bitmap.
    pub(super) fn take(&self, dirty: &mut [u64]) {
        for (at, mut marked) in self.marked.get_and_reset().into_iter().enumerate() {
            while marked != 0 {
                let piece = at * 64 + marked.trailing_zeros() as usize;
                let words = dirty.iter_mut().skip(piece * WORDS);
                words
                    .zip(self.pieces[piece].get_and_reset())
                    .for_each(|(word, more)| *word |= more);
                marked &= marked - 1;
            }
        }
    }

    /// Clears the log.
    pub(super) fn reset(&self) {
        self.marked.reset();
        self.pieces.iter().for_each(AtomicBitmap::reset);
    }
}

impl<'a> WithBitmapSlice<'a> for PageLog {
    type S = RefSlice<'a, Self>;
}

impl Bitmap for PageLog {
    fn mark_dirty(&self, offset: usize, len: usize) {
        let end = offset.saturating_add(len);
        let mut at = offset;
        while let Some(piece) = self.pieces.get(at / PIECE).filter(|_| at < end) {
            let next = (at / PIECE + 1) * PIECE.get();
            piece.mark_dirty(at % PIECE, end.min(next) - at);
            at = next;
        }
        self.marked.mark_dirty(offset, len);
    }

    fn dirty_at(&self, offset: usize) -> bool {
        self.pieces.get(offset / PIECE).is_some_and(|piece| piece.dirty_at(offset % PIECE))
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
        const SIZE: usize = 3 * PIECE.get() / 2;
        let log = PageLog::new(SIZE);
        let take = || {
            let mut dirty = [0; WORDS * 3 / 2];
            log.take(&mut dirty);
            dirty
        };
        assert_eq!(take(), [0; WORDS * 3 / 2]);
        // The last byte of a piece and the first of the next one. Pages past the end are ignored.
        log.mark_dirty(PIECE.get() - 1, 2);
        log.mark_dirty(SIZE - 1, usize::MAX);
        log.mark_dirty(SIZE, 1);
        log.mark_dirty(0, 0);
        assert!(
            log.dirty_at(PIECE.get())
                && log.slice_at(PIECE.get() - 1).dirty_at(0)
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
        let log = PageLog::new(PIECE.get());
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
