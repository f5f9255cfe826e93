//! What backs a guest's RAM, and mapping it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use vm_memory::bitmap::AtomicBitmap;
use vm_memory::mmap::MmapRegionBuilder;
use vm_memory::{FileOffset, GuestAddress, GuestRegionMmap};

use super::GuestError;
use super::vcpu::Region;
use super::workload::PAGE;
use crate::sys::host::HostMemory;

/// What backs a guest's RAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Anonymous memory.
    Anonymous {
        /// Whether it is mapped shared.
        shared: bool,
    },
    /// A memfd.
    Memfd {
        /// Whether it is mapped shared.
        shared: bool,
    },
    /// A file, created if it is not there and grown if it is too short.
    File {
        /// Its path.
        path: PathBuf,
        /// Whether writes reach the file.
        shared: bool,
    },
}

/// Maps a block of memory with a dirty bitmap.
pub(super) fn map(block: &str, size: u64, backing: &Backing) -> Result<Region, GuestError> {
    let refused = |error| GuestError::Backing { block: block.to_owned(), error };
    let bytes = usize::try_from(size).ok().filter(|&bytes| bytes > 0 && size.is_multiple_of(PAGE));
    let bytes = bytes.ok_or_else(|| GuestError::Size { block: block.to_owned(), size })?;
    let (file, shared) = match backing {
        Backing::Anonymous { shared } => (None, *shared),
        Backing::Memfd { shared } => {
            let fd = rustix::fs::memfd_create(block, rustix::fs::MemfdFlags::CLOEXEC);
            let file = std::fs::File::from(fd.map_err(|error| refused(error.into()))?);
            file.set_len(size).map_err(refused)?;
            (Some(file), *shared)
        }
        Backing::File { path, shared } => {
            let mut options = std::fs::OpenOptions::new();
            let file =
                options.read(true).write(true).create(true).truncate(false).open(path).map_err(refused)?;
            if file.metadata().map_err(refused)?.len() < size {
                file.set_len(size).map_err(refused)?;
            }
            (Some(file), *shared)
        }
    };
    let visibility = if shared { libc::MAP_SHARED } else { libc::MAP_PRIVATE };
    let anonymous = if file.is_none() { libc::MAP_ANONYMOUS } else { 0 };
    let page = const { NonZeroUsize::new(PAGE as usize).expect("a page is not empty") };
    let mut builder = MmapRegionBuilder::new_with_bitmap(bytes, AtomicBitmap::new(bytes, page))
        .with_mmap_prot(libc::PROT_READ | libc::PROT_WRITE)
        .with_mmap_flags(visibility | anonymous | libc::MAP_NORESERVE);
    if let Some(file) = file {
        builder = builder.with_file_offset(FileOffset::new(file, 0));
    }
    let region = builder.build().map_err(|error| GuestError::Memory { block: block.to_owned(), error })?;
    let region = GuestRegionMmap::new(region, GuestAddress(0))
        .ok_or_else(|| GuestError::Size { block: block.to_owned(), size })?;
    HostMemory::of(&region).huge_pages(true);
    Ok(region)
}

/// The type of the file system whose files are huge pages.
const HUGETLBFS: rustix::fs::FsWord = 0x9584_58f6;

/// The size of the host's pages behind a block.
pub(super) fn host_page(memory: &Region) -> u64 {
    let file_system = memory.file_offset().and_then(|place| rustix::fs::fstatfs(place.file()).ok());
    file_system.filter(|stat| stat.f_type == HUGETLBFS).map_or(PAGE, |stat| stat.f_bsize as u64)
}

/// Moves the pages of a dirty log into a bitmap.
pub(super) fn sync(memory: &Region, dirty: &mut [u64]) {
    for (word, logged) in dirty.iter_mut().zip(memory.bitmap().get_and_reset()) {
        *word |= logged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Mapping;

    #[test]
    fn memfd_and_file_back_ram() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let backing = Backing::File { path: file.path().into(), shared: true };
        map("ram", 1 << 16, &backing).unwrap().write(4096, b"here");
        let again = map("ram", 1 << 16, &backing).unwrap();
        let mut bytes = [0; 4];
        Mapping::read(&again, 4096, &mut bytes);
        assert_eq!(&bytes, b"here");
        assert_eq!(Mapping::size(&map("ram", 1 << 16, &Backing::Memfd { shared: true }).unwrap()), 1 << 16);
    }

    #[test]
    fn sizes_are_whole_pages() {
        for size in [0, 4097] {
            assert!(map("ram", size, &Backing::Anonymous { shared: false }).is_err());
        }
    }
}
