//! The guest's memory as it is filled, by several threads at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::load::PAGE;
use crate::guest::{Mapping, RamBlock, is_zero};
use crate::sys::host::HostRange;

/// One block's memory.
pub(super) struct Memory {
    mapping: Arc<dyn Mapping>,
    /// Where nothing was written yet, memory is zero: a set bit is a page that was. `None` if nobody knows.
    written: Option<Box<[AtomicU64]>>,
}

impl Memory {
    /// The memory of a guest's blocks.
    pub(super) fn of(ram: Vec<RamBlock>) -> Vec<Self> {
        let memory = ram.into_iter().map(|block| {
            let words = block.memory.size().div_ceil(PAGE as u64).div_ceil(64);
            let written = block.blank.then(|| (0..words).map(|_| AtomicU64::new(0)).collect());
            Self { mapping: block.memory, written }
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
        let word = self.written.as_ref().and_then(|written| written.get((page / 64) as usize));
        if word.is_some_and(|word| word.load(Ordering::Relaxed) & (1 << (page % 64)) == 0) {
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

    fn mark(&self, offset: u64, length: u64) {
        let Some(written) = &self.written else { return };
        let last = offset.saturating_add(length.saturating_sub(1)) / PAGE as u64;
        for page in offset / PAGE as u64..=last {
            if let Some(word) = written.get((page / 64) as usize) {
                word.fetch_or(1 << (page % 64), Ordering::Relaxed);
            }
        }
    }
}
