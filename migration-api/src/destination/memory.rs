//! The guest's memory, filled by several threads concurrently.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::guest::{Mapping, RamBlock, is_zero};
use crate::page::{PAGE, PAGE_LEN};
use crate::page_set::PageSet;
use crate::sys::host::HostRange;

/// Bytes populated in one step: a huge page, where available.
pub(super) const STEP: u64 = 2 << 20;

/// One block's memory.
pub(super) struct Memory {
    mapping: Arc<dyn Mapping>,
    page_size: u64,
    /// Pages that were written; all others are zero. `None` if the initial content is unknown.
    written: Option<PageSet>,
    /// Pages that have arrived, if this is tracked.
    received: Option<PageSet>,
    /// Steps of [`STEP`] bytes that a thread has populated or is about to. `None` where populating
    /// in advance is wrong: in memory with unknown content, and in postcopy.
    prepared: Option<PageSet>,
    /// A page has arrived, be it a zero page.
    touched: AtomicBool,
}

/// Returns the target pages of `length` bytes from `offset`.
pub(super) fn pages(offset: u64, length: u64) -> Range<u64> {
    offset / PAGE..offset.saturating_add(length).div_ceil(PAGE)
}

impl Memory {
    /// Wraps the memory of a guest's blocks. Tracks the pages that arrive if `tracked`. Memory that
    /// was `used` before, by a guest or a failed attempt, is overwritten with zeroes, too.
    pub(super) fn of(ram: &[RamBlock], tracked: bool, used: bool) -> Vec<Self> {
        // One allocation for the sets of all blocks: see `PageSet::siblings`.
        let sets = |unit: u64, has: &dyn Fn(&RamBlock) -> bool| -> Vec<Option<PageSet>> {
            let sizes = ram.iter().map(|block| if has(block) { block.memory.size() } else { 0 });
            let sets = PageSet::siblings(sizes.map(|size| size.div_ceil(unit)));
            ram.iter().zip(sets).map(|(block, set)| has(block).then_some(set)).collect()
        };
        let blank = |block: &RamBlock| block.blank && !used;
        let written = sets(PAGE, &blank);
        let received = sets(PAGE, &|_| tracked);
        let prepared = sets(STEP, &|block| blank(block) && !tracked);
        let sets = written.into_iter().zip(received).zip(prepared);
        let memory = ram.iter().zip(sets).map(|(block, ((written, received), prepared))| {
            let touched = AtomicBool::new(false);
            let (mapping, page_size) = (block.memory.clone(), block.page_size);
            Self { mapping, page_size, written, received, prepared, touched }
        });
        memory.collect()
    }

    /// Copies `bytes`, which lie in one page or are whole pages, to `offset`.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) {
        self.mark(offset, bytes.len() as u64);
        self.mapping.write(offset, bytes);
    }

    /// Returns true once a page has arrived.
    pub(super) fn is_touched(&self) -> bool {
        self.touched.load(Ordering::Relaxed)
    }

    /// Reads the current content.
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) {
        self.mapping.read(offset, bytes);
    }

    /// Zeroes a page.
    pub(super) fn zero(&self, offset: u64) {
        self.touched.store(true, Ordering::Relaxed);
        let page = offset / PAGE;
        if let Some(received) = &self.received {
            received.insert(page..page + 1);
        }
        if self.written.as_ref().is_some_and(|written| !written.contains(page)) {
            return;
        }
        let mut bytes = [0; PAGE_LEN];
        self.mapping.read(offset, &mut bytes);
        // Leave untouched memory unpopulated.
        if !is_zero(&bytes) {
            self.mapping.write(offset, &[0; PAGE_LEN]);
        }
    }

    /// Returns the host memory of a range, for the kernel to fill, and marks it as written.
    pub(super) fn receive_range(&self, offset: u64, length: u64) -> Option<HostRange<'_>> {
        let range = self.mapping.host_range(offset, length)?;
        self.mark(offset, length);
        Some(range)
    }

    /// Returns the size in bytes of the host pages behind it.
    pub(super) fn page_size(&self) -> u64 {
        self.page_size
    }

    /// Returns the memory, by its address in this process.
    pub(super) fn mapping(&self) -> &(dyn Mapping + 'static) {
        &*self.mapping
    }

    /// Returns the pages that have arrived, if this is tracked.
    pub(super) fn received(&self) -> Option<&PageSet> {
        self.received.as_ref()
    }

    /// Discards a range of whole pages, and marks them as neither written nor received.
    ///
    /// # Errors
    /// The error of the system call.
    pub(super) fn discard(&self, offset: u64, length: u64) -> std::io::Result<()> {
        for part in self.mapping.host_parts(offset, length) {
            part.region.memory.discard(part.range)?;
        }
        for set in [&self.written, &self.received].into_iter().flatten() {
            set.remove(pages(offset, length));
        }
        Ok(())
    }

    /// Returns the host memory of up to `most` unwritten pages from `offset`, without marking them.
    pub(super) fn blanks(&self, offset: u64, most: usize) -> impl Iterator<Item = HostRange<'_>> {
        let written = self.written.as_ref();
        (offset..).step_by(PAGE_LEN).take(most).map_while(move |offset| {
            let blank = !written?.contains(offset / PAGE);
            Some(&self.mapping).filter(|_| blank)?.host_range(offset, PAGE)
        })
    }

    /// Populates the memory around `offset` and the step after it, unless that was done. If several
    /// threads faulted in one huge page at the same time, each would zero a page, and all but one
    /// in vain.
    pub(super) fn prepare(&self, offset: u64) {
        let at = offset / STEP;
        for step in [at, at + 1] {
            if self.prepared.as_ref().is_some_and(|prepared| prepared.claim(step)) {
                self.populate(step * STEP, STEP);
            }
        }
    }

    /// Populates a range of unwritten pages.
    pub(super) fn populate(&self, offset: u64, length: u64) {
        let pages = length as usize / PAGE_LEN;
        if self.blanks(offset, pages).count() == pages
            && let Some(range) = self.mapping.host_range(offset, length)
        {
            range.populate();
        }
    }

    /// Zeroes unwritten memory again into which other data was read.
    pub(super) fn blank(&self, offset: u64, zeroes: &[u8]) {
        self.mapping.write(offset, zeroes);
    }

    /// Marks a range as written.
    pub(super) fn mark(&self, offset: u64, length: u64) {
        self.touched.store(true, Ordering::Relaxed);
        for set in [&self.written, &self.received].into_iter().flatten() {
            set.insert(pages(offset, length));
        }
    }
}
