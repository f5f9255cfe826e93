//! Ranges of pages and the shapes of blocks.

use crate::guest::RamBlock;
use crate::stream::Name;
use crate::stream::ram::BlockId;

/// One block's shape.
pub(super) struct BlockPages {
    pub(super) ram: RamBlock,
    pub(super) id: BlockId,
    pub(super) name: Name,
    /// Number of target pages.
    pub(super) count: u64,
    /// Target pages per host page.
    pub(super) per_host: u64,
}

/// Consecutive target pages of one block that make up whole host pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct PageRange {
    pub(in crate::source::postcopy) block: usize,
    pub(in crate::source::postcopy) first: u64,
    pub(in crate::source::postcopy) count: u64,
}

impl PageRange {
    /// Splits off the first `most` pages.
    pub(super) fn split(&mut self, most: u64) -> Self {
        let part = Self { count: self.count.min(most), ..*self };
        (self.first, self.count) = (self.first + part.count, self.count - part.count);
        part
    }

    /// Returns true if no page is left in it.
    pub(in crate::source) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl BlockPages {
    /// Returns the target pages of the host page that contains `page`, as a half-open range.
    pub(super) fn host_page(&self, page: u64) -> (u64, u64) {
        let first = page - page % self.per_host;
        (first, (first + self.per_host).min(self.count))
    }
}
