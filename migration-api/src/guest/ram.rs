//! The RAM blocks of a guest.

use std::fmt;
use std::sync::Arc;

use super::joined::JoinedRegions;
use super::memory::Mapping;
use crate::page::PAGE;

/// A RAM block, by its place in what [`Guest::ram`](super::Guest::ram) returned at the start of the
/// migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(usize);

impl BlockId {
    /// The block at this place.
    pub fn new(index: usize) -> Self {
        Self(index)
    }

    /// Returns the place in the list.
    pub fn index(self) -> usize {
        self.0
    }
}

/// A part of the guest's memory that is migrated under one name.
#[derive(Clone)]
pub struct RamBlock {
    /// The name that identifies the block on both sides, 1 to 255 bytes.
    pub name: String,
    /// Start of the block in the guest's physical address space.
    pub guest_address: u64,
    /// The size in bytes of the host pages behind the block, a power of two.
    pub page_size: u64,
    /// The memory is a file that other processes map, too. `x-ignore-shared` leaves such blocks
    /// out.
    pub shared: bool,
    /// Memory that was not written since the guest was created reads as zeroes, so zero pages need
    /// not be written.
    pub blank: bool,
    /// The memory.
    pub memory: Arc<dyn Mapping>,
}

impl RamBlock {
    /// A block of one mapped region, in pages of 4096 bytes. It counts as shared if its mapping is
    /// a shared one of a file.
    pub fn new<M: Mapping + 'static>(name: impl Into<String>, memory: &Arc<M>) -> Self {
        Self::of(name.into(), memory.clone())
    }

    /// A block of several regions, such as `pc.ram` around the hole below 4 GiB. The stream has its
    /// bytes in the order of the regions, which may be split differently at the other side.
    ///
    /// The dirty bits of a region begin at the sum of the sizes of those before it: see
    /// [`DirtyBits::or_at`](super::DirtyBits::or_at).
    pub fn joined<'a, M: Mapping + 'static>(
        name: impl Into<String>,
        regions: impl IntoIterator<Item = &'a Arc<M>>,
    ) -> Self {
        let regions = regions.into_iter().map(|region| region.clone() as Arc<dyn Mapping>);
        Self::of(name.into(), Arc::new(JoinedRegions::new(regions)))
    }

    fn of(name: String, memory: Arc<dyn Mapping>) -> Self {
        let host = memory.host(0).map(|region| region.memory);
        Self {
            name,
            guest_address: memory.guest_address(),
            page_size: PAGE,
            shared: host.is_some_and(|host| host.is_shared() && host.file().is_some()),
            blank: false,
            memory,
        }
    }

    /// Sets the size of the host pages in bytes.
    #[must_use]
    pub fn page_size(self, page_size: u64) -> Self {
        Self { page_size, ..self }
    }

    /// Declares that unwritten memory reads as zeroes, as freshly mapped memory does.
    #[must_use]
    pub fn blank(self, blank: bool) -> Self {
        Self { blank, ..self }
    }
}

impl fmt::Debug for RamBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RamBlock")
            .field("name", &self.name)
            .field("size", &self.memory.size())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}
