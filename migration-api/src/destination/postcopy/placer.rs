//! Gathers the pages of one connection into whole host pages, and neighbouring ones into larger
//! ranges.

use std::sync::Arc;

use super::live::{LiveMemory, PageContent};
use crate::destination::failure::LoadFailure;
use crate::page::{PAGE, PAGE_LEN};

/// Bytes to gather before filling, unless host pages are larger. More brings no gain.
const MOST: u64 = 32 * PAGE;

/// The gathered pages of one connection.
pub(in crate::destination) struct Placer {
    live: Arc<LiveMemory>,
    block: usize,
    start: u64,
    length: u64,
    /// The gathered bytes; empty while all of them are zero.
    bytes: Vec<u8>,
}

impl Placer {
    pub(super) fn new(live: Arc<LiveMemory>) -> Self {
        Self { live, block: 0, start: 0, length: 0, bytes: Vec::new() }
    }

    /// Returns the memory that it fills.
    pub(super) fn live(&self) -> &Arc<LiveMemory> {
        &self.live
    }

    /// Adds a target page.
    ///
    /// # Errors
    /// The page cannot be filled in, or a host page before it is incomplete.
    pub(in crate::destination) fn page(
        &mut self,
        block: usize,
        offset: u64,
        data: &[u8],
    ) -> Result<(), LoadFailure> {
        self.prepare(block, offset, false)?;
        self.bytes.extend_from_slice(data);
        self.took(data.len() as u64)
    }

    /// Adds a zero target page.
    ///
    /// # Errors
    /// As for [`page`](Self::page).
    pub(in crate::destination) fn zero(
        &mut self,
        block: usize,
        offset: u64,
    ) -> Result<(), LoadFailure> {
        let small = self.live.page_size(block) == PAGE;
        self.prepare(block, offset, small)?;
        if !small {
            self.bytes.resize(self.bytes.len() + PAGE_LEN, 0);
        }
        self.took(PAGE)
    }

    /// Fills the gathered pages, unless the next page continues them.
    fn prepare(&mut self, block: usize, offset: u64, zero: bool) -> Result<(), LoadFailure> {
        let begun = self.length > 0;
        let continues = (self.block, self.start + self.length) == (block, offset)
            && self.bytes.is_empty() == (zero || !begun);
        if begun && !continues {
            if !self.is_whole() {
                return Err(self.torn(offset));
            }
            self.flush()?;
        }
        if self.length == 0 {
            (self.block, self.start) = (block, offset);
            if !offset.is_multiple_of(self.live.page_size(block)) {
                return Err(self.torn(offset));
            }
        }
        Ok(())
    }

    fn torn(&self, offset: u64) -> LoadFailure {
        LoadFailure::TornPage { block: self.live.name(self.block).clone(), offset }
    }

    fn took(&mut self, length: u64) -> Result<(), LoadFailure> {
        self.length += length;
        if self.is_whole() && (self.length >= MOST || self.live.requests().any()) {
            self.flush()?;
        }
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.length.is_multiple_of(self.live.page_size(self.block))
    }

    /// Fills all whole host pages gathered so far, because no more data is at hand.
    ///
    /// # Errors
    /// As for [`page`](Self::page).
    pub(in crate::destination) fn flush(&mut self) -> Result<(), LoadFailure> {
        if self.length == 0 || !self.is_whole() {
            return Ok(());
        }
        let content = if self.bytes.is_empty() {
            PageContent::Zeroes(self.length)
        } else {
            PageContent::Bytes(&self.bytes)
        };
        let placed = self.live.place(self.block, self.start, content);
        self.forget();
        placed
    }

    /// Discards the gathered pages, because their rest will not arrive.
    pub(super) fn forget(&mut self) {
        self.length = 0;
        self.bytes.clear();
    }
}
