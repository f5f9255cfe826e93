//! Guest memory as the engine accesses it, independent of the embedder's dirty bitmap.

use vm_memory::bitmap::Bitmap;
use vm_memory::{GuestRegionMmap, VolatileMemory};

use crate::page::{PAGE, PAGE_LEN};
use crate::sys::host::{HostMemory, HostRange};

/// A mapped range of guest memory. vCPUs may write to it at any time, so reads return copies.
///
/// Implemented by every [`GuestRegionMmap`]. Ranges lie within [`size`](Self::size): the engine
/// checks untrusted ranges first. Implementations ignore the part of a range that does not.
pub trait Mapping: Send + Sync {
    /// Returns the size in bytes.
    fn size(&self) -> u64;

    /// Copies memory from `offset` into `buffer`.
    fn read(&self, offset: u64, buffer: &mut [u8]);

    /// Copies `bytes` to `offset`. The engine fills a destination's memory with it, before the
    /// guest runs.
    fn write(&self, offset: u64, bytes: &[u8]);

    /// Returns the memory by its address in this process, which postcopy at a destination and
    /// background snapshots need. `None`, the default, if it has no such address.
    fn host(&self) -> Option<HostMemory<'_>> {
        None
    }
}

impl dyn Mapping {
    /// Loads the beginnings of pages into the processor's cache, before they are compared one by
    /// one.
    pub(crate) fn touch(&self, offsets: impl Iterator<Item = u64>) {
        if let Some(host) = self.host() {
            offsets.filter_map(|offset| host.range(offset, PAGE)).for_each(HostRange::touch);
        }
    }

    /// Returns true if a range is all zeroes now. Does not populate the range.
    pub(crate) fn is_zero(&self, offset: u64, length: u64) -> bool {
        if let Some(range) = self.host().and_then(|host| host.range(offset, length)) {
            return range.is_zero();
        }
        let mut page = [0; PAGE_LEN];
        (offset..offset.saturating_add(length)).step_by(page.len()).all(|at| {
            self.read(at, &mut page);
            is_zero(&page)
        })
    }
}

impl<B: Bitmap + Send + Sync> Mapping for GuestRegionMmap<B> {
    fn size(&self) -> u64 {
        (**self).size() as u64
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) {
        if let Ok(slice) = self.get_slice(offset as usize, buffer.len()) {
            slice.copy_to(buffer);
        }
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        if let Ok(slice) = self.get_slice(offset as usize, bytes.len()) {
            slice.copy_from(bytes);
        }
    }

    fn host(&self) -> Option<HostMemory<'_>> {
        HostMemory::of(self)
    }
}

/// Returns true if all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    // Whole blocks without an early exit inside vectorise. Most pages with data end the loop in
    // their first block.
    let mut blocks = bytes.chunks_exact(64);
    blocks.by_ref().all(|block| block.iter().fold(0, |all, byte| all | byte) == 0)
        && blocks.remainder().iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::is_zero;

    #[test]
    fn one_bit_anywhere_is_not_zero() {
        let mut page = vec![0; 4096 + 3];
        assert!(is_zero(&page));
        for at in [0, 63, 64, 4095, 4096, 4098] {
            page[at] = 0x80;
            assert!(!is_zero(&page), "{at}");
            page[at] = 0;
        }
        assert!(is_zero(&[]));
    }
}
