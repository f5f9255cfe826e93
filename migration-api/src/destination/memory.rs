//! The guest's memory as it is filled, by several threads at once.

use std::ops::Range;
use std::sync::Arc;

use super::load::PAGE;
use super::page_set::PageSet;
use crate::guest::{HostMemory, Mapping, RamBlock, is_zero};
use crate::sys::host::HostRange;

/// One block's memory.
pub(super) struct Memory {
    mapping: Arc<dyn Mapping>,
    page_size: u64,
    /// Where nothing was written yet, memory is zero: these are the pages that were. `None` if nobody knows.
    written: Option<PageSet>,
    /// The pages that came, if somebody wants to know.
    received: Option<PageSet>,
}

/// The target's pages that `length` bytes from `offset` on touch.
pub(super) fn pages(offset: u64, length: u64) -> Range<u64> {
    offset / PAGE as u64..offset.saturating_add(length).div_ceil(PAGE as u64)
}

impl Memory {
    /// The memory of a guest's blocks; `tracked` if it has to be known which pages came.
    pub(super) fn of(ram: Vec<RamBlock>, tracked: bool) -> Vec<Self> {
        let memory = ram.into_iter().map(|block| {
            let set = || PageSet::new(pages(0, block.memory.size()).end);
            let (written, received) = (block.blank.then(set), tracked.then(set));
            Self { mapping: block.memory, page_size: block.page_size, written, received }
        });
        memory.collect()
    }

    /// Copies `bytes`, which lie in one page or are whole pages, to `offset`.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) {
        self.mark(offset, bytes.len() as u64);
        self.mapping.write(offset, bytes);
    }

    /// Reads what is there.
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) {
        self.mapping.read(offset, bytes);
    }

    /// Makes a page zero.
    pub(super) fn zero(&self, offset: u64) {
        let page = offset / PAGE as u64;
        if let Some(received) = &self.received {
            received.insert(page..page + 1);
        }
        if self.written.as_ref().is_some_and(|written| !written.contains(page)) {
            return;
        }
        let mut bytes = [0; PAGE];
        self.mapping.read(offset, &mut bytes);
        // Memory that was never touched stays so.
        if !is_zero(&bytes) {
            self.mapping.write(offset, &[0; PAGE]);
        }
    }

    /// Where the kernel may put `length` bytes from `offset` on, if it can; they count as written.
    pub(super) fn landing(&self, offset: u64, length: u64) -> Option<HostRange<'_>> {
        let range = self.mapping.host()?.range(offset, length)?;
        self.mark(offset, length);
        Some(range)
    }

    /// The size in bytes of the host pages behind it.
    pub(super) fn page_size(&self) -> u64 {
        self.page_size
    }

    /// The memory by its address, where it has one.
    pub(super) fn host(&self) -> Option<HostMemory<'_>> {
        self.mapping.host()
    }

    /// The pages that came, if that was to be known.
    pub(super) fn received(&self) -> Option<&PageSet> {
        self.received.as_ref()
    }

    /// Empties a range of whole pages, which count as never written and never received.
    ///
    /// # Errors
    /// What the host says.
    pub(super) fn discard(&self, offset: u64, length: u64) -> std::io::Result<()> {
        if let Some(host) = self.mapping.host()
            && let Some(range) = host.range(offset, length)
        {
            host.discard(range)?;
        }
        for set in [&self.written, &self.received].into_iter().flatten() {
            set.remove(pages(offset, length));
        }
        Ok(())
    }

    /// The places of up to `most` pages from `offset` on that nothing was written to. They do not count as written yet.
    pub(super) fn blanks(&self, offset: u64, most: usize) -> impl Iterator<Item = HostRange<'_>> {
        let host = self.mapping.host();
        let written = self.written.as_ref();
        (offset..).step_by(PAGE).take(most).map_while(move |offset| {
            let blank = !written?.contains(offset / PAGE as u64);
            host.filter(|_| blank)?.range(offset, PAGE as u64)
        })
    }

    /// Has the kernel find memory for a range that is blank.
    pub(super) fn populate(&self, offset: u64, length: u64) {
        let pages = length as usize / PAGE;
        if self.blanks(offset, pages).count() == pages
            && let Some(range) = self.mapping.host().and_then(|host| host.range(offset, length))
        {
            range.populate();
        }
    }

    /// Puts zeroes back where something landed in blank memory by mistake.
    pub(super) fn blank(&self, offset: u64, zeroes: &[u8]) {
        self.mapping.write(offset, zeroes);
    }

    /// Lets a range count as written.
    pub(super) fn mark(&self, offset: u64, length: u64) {
        for set in [&self.written, &self.received].into_iter().flatten() {
            set.insert(pages(offset, length));
        }
    }
}
