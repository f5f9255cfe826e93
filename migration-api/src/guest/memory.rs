//! Guest memory as the engine accesses it, independent of the embedder's dirty bitmap.

use vm_memory::bitmap::Bitmap;
use vm_memory::{Address, GuestMemoryRegion, GuestRegionMmap, VolatileMemory};

use crate::page::{PAGE, PAGE_LEN};
use crate::sys::host::{HostMemory, HostRange};

/// The memory of a RAM block. vCPUs may write to it at any time, so reads return copies.
///
/// Implemented by every [`GuestRegionMmap`]. Ranges lie within [`size`](Self::size): the engine
/// checks untrusted ranges first. Implementations ignore the part of a range that does not. Any
/// thread may call the methods; none may block, except in page faults of the memory itself.
pub trait Mapping: Send + Sync {
    /// Returns the size in bytes.
    fn size(&self) -> u64;

    /// Copies memory from `offset` into `buffer`.
    fn read(&self, offset: u64, buffer: &mut [u8]);

    /// Copies `bytes` to `offset`. The engine fills a destination's memory with it, before the
    /// guest runs.
    fn write(&self, offset: u64, bytes: &[u8]);

    /// Returns the mapped region that contains `offset`, with its address in this process, which
    /// postcopy at a destination and background snapshots need. `None`, the default, if it has no
    /// such address.
    fn host(&self, offset: u64) -> Option<HostRegion<'_>> {
        let _ = offset;
        None
    }

    /// Returns the guest's physical address of its first byte; 0 if it is unknown, the default.
    fn guest_address(&self) -> u64 {
        0
    }
}

/// A region of a [`Mapping`] that is contiguous in this process.
#[derive(Clone, Copy, Debug)]
pub struct HostRegion<'a> {
    /// The offset in the mapping at which it begins.
    pub start: u64,
    /// Its memory.
    pub memory: HostMemory<'a>,
}

/// The part of a range that lies in one region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostPart<'a> {
    /// The region.
    pub(crate) region: HostRegion<'a>,
    pub(crate) range: HostRange<'a>,
}

impl dyn Mapping {
    /// Loads the beginnings of pages into the processor's cache, before they are compared one by
    /// one.
    pub(crate) fn touch(&self, offsets: impl Iterator<Item = u64>) {
        offsets.filter_map(|offset| self.host_range(offset, PAGE)).for_each(HostRange::touch);
    }

    /// Returns true if a range is all zeroes now. Does not populate the range.
    pub(crate) fn is_zero(&self, offset: u64, length: u64) -> bool {
        if let Some(range) = self.host_range(offset, length) {
            return range.is_zero();
        }
        let mut page = [0; PAGE_LEN];
        (offset..offset.saturating_add(length)).step_by(page.len()).all(|at| {
            self.read(at, &mut page);
            is_zero(&page)
        })
    }

    /// Returns the host memory of a range that lies in one region.
    pub(crate) fn host_range(&self, offset: u64, length: u64) -> Option<HostRange<'_>> {
        let region = self.host(offset)?;
        region.memory.range(offset.checked_sub(region.start)?, length)
    }

    /// Splits a range at the borders of the regions. Ends early where memory has no address.
    pub(crate) fn host_parts(
        &self,
        offset: u64,
        length: u64,
    ) -> impl Iterator<Item = HostPart<'_>> {
        let (mut at, end) = (offset, offset.saturating_add(length).min(self.size()));
        std::iter::from_fn(move || {
            let region = (at < end).then(|| self.host(at)).flatten()?;
            let within = at.checked_sub(region.start)?;
            let length = (region.memory.size() as u64).checked_sub(within)?.min(end - at);
            let range = region.memory.range(within, length)?;
            let part = HostPart { region, range };
            at += length;
            (length > 0).then_some(part)
        })
    }

    /// Returns all its regions.
    pub(crate) fn host_regions(&self) -> impl Iterator<Item = HostRegion<'_>> {
        self.host_parts(0, self.size()).map(|part| part.region)
    }

    /// Returns true if all of it has an address in this process.
    pub(crate) fn has_host(&self) -> bool {
        let known = self.host_parts(0, self.size()).map(|part| part.range.length() as u64);
        known.sum::<u64>() == self.size()
    }
}

impl<B: Bitmap + Send + Sync> Mapping for GuestRegionMmap<B> {
    fn size(&self) -> u64 {
        (**self).size() as u64
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) {
        if let Ok(slice) = VolatileMemory::get_slice(&**self, offset as usize, buffer.len()) {
            slice.copy_to(buffer);
        }
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        if let Ok(slice) = VolatileMemory::get_slice(&**self, offset as usize, bytes.len()) {
            slice.copy_from(bytes);
        }
    }

    fn host(&self, _offset: u64) -> Option<HostRegion<'_>> {
        Some(HostRegion { start: 0, memory: HostMemory::of(self)? })
    }

    fn guest_address(&self) -> u64 {
        self.start_addr().raw_value()
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
