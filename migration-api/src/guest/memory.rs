//! Guest memory as the engine reads and writes it, whatever dirty bitmap the embedder's mapping carries.

use vm_memory::bitmap::Bitmap;
use vm_memory::{GuestRegionMmap, VolatileMemory};

use crate::sys::host::HostMemory;

/// A mapped range of guest memory. vCPUs may write to it at any time, so what is read is a copy.
///
/// Implemented by every [`GuestRegionMmap`]. Ranges lie within [`size`](Self::size): the engine checks what comes from outside
/// before it gets here, and implementations ignore the rest of a range that does not.
pub trait Mapping: Send + Sync {
    /// Size in bytes.
    fn size(&self) -> u64;

    /// Copies memory from `offset` on into `buffer`.
    fn read(&self, offset: u64, buffer: &mut [u8]);

    /// Copies `bytes` to `offset`. The engine fills a destination's memory with it; the guest does not run yet.
    fn write(&self, offset: u64, bytes: &[u8]);

    /// The memory by its address in this process, which postcopy at a destination and background snapshots need. `None`, the default, if
    /// it cannot be reached so.
    fn host(&self) -> Option<HostMemory<'_>> {
        None
    }
}

impl dyn Mapping {
    /// Whether a range is all zeroes at present. Reading it does not make the kernel find memory for it.
    pub(crate) fn is_zero(&self, offset: u64, length: u64) -> bool {
        if let Some(range) = self.host().and_then(|host| host.range(offset, length)) {
            return range.is_zero();
        }
        let mut page = [0; 4096];
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
        Some(HostMemory::of(self))
    }
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    // Whole blocks without an early exit inside vectorise; most pages that are not zero show it in the first block.
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
