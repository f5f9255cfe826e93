//! Backing of a guest's RAM, and its mapping.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::MemfdFlags;
use vm_memory::bitmap::Bitmap;
use vm_memory::mmap::{MmapRegionBuilder, MmapRegionError};
use vm_memory::{FileOffset, GuestAddress, GuestRegionMmap, MmapRegion};

use super::error::MachineError;
use super::log::PageLog;
use super::vcpu::Region;
use crate::guest::RamError;
use crate::page::PAGE;
use crate::sys::host::HostMemory;

/// Backing of a guest's RAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Anonymous memory.
    Anonymous {
        /// Map it with `MAP_SHARED`.
        shared: bool,
    },
    /// A memfd.
    Memfd {
        /// Map it with `MAP_SHARED`.
        shared: bool,
        /// Use huge pages of this many bytes; 0 for the host's default size.
        huge: Option<u64>,
    },
    /// A file. Created if it does not exist, and extended if it is too short.
    File {
        /// Path of the file. For a folder, an unnamed file is created in it.
        path: PathBuf,
        /// Map it with `MAP_SHARED`, so that writes reach the file.
        shared: bool,
    },
}

impl Backing {
    /// Opens the file behind the memory, or returns `None` for anonymous memory.
    fn open(&self, block: &str) -> io::Result<Option<File>> {
        Ok(Some(match self {
            Self::Anonymous { .. } => return Ok(None),
            Self::Memfd { huge, .. } => {
                let huge = huge.map_or(MemfdFlags::empty(), |size| {
                    // The logarithm of the size lies above the flags.
                    let size = size.checked_ilog2().unwrap_or(0) << libc::MFD_HUGE_SHIFT;
                    MemfdFlags::HUGETLB | MemfdFlags::from_bits_retain(size)
                });
                File::from(rustix::fs::memfd_create(block, MemfdFlags::CLOEXEC | huge)?)
            }
            Self::File { path, .. } => {
                let mut options = OpenOptions::new();
                options.read(true).write(true);
                if path.is_dir() {
                    options.custom_flags(libc::O_TMPFILE).open(path)?
                } else {
                    options.create(true).truncate(false).open(path)?
                }
            }
        }))
    }

    fn is_shared(&self) -> bool {
        match self {
            Self::Anonymous { shared } | Self::Memfd { shared, .. } | Self::File { shared, .. } => {
                *shared
            }
        }
    }
}

/// Maps a block of memory, with a dirty bitmap.
pub(super) fn map(block: &str, size: u64, backing: &Backing) -> Result<Region, MachineError> {
    map_logged(block, size, backing, PageLog::new)
}

/// Maps anonymous blocks of these names and sizes, which may come from a peer.
pub(super) fn map_all(blocks: &[(String, u64)]) -> Result<Vec<Region>, MachineError> {
    let sizes = blocks.iter().map(|(_, size)| *size);
    // The memory of the logs is proportional to the sizes, so find out first if the host has room.
    let total = usize::try_from(sizes.clone().fold(PAGE, u64::saturating_add));
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let room = mapping(total.unwrap_or(usize::MAX), (), flags, None);
    if let Err(error) = room
        && let Some((name, _)) = blocks.iter().max_by_key(|(_, size)| size)
    {
        return Err(MachineError::Memory { block: name.clone(), error });
    }
    let backing = Backing::Anonymous { shared: false };
    let logged = blocks.iter().zip(PageLog::siblings(sizes));
    logged.map(|((name, size), log)| map_logged(name, *size, &backing, |_| log)).collect()
}

/// Maps a block with the log that `log` returns for its size in bytes.
fn map_logged(
    block: &str,
    size: u64,
    backing: &Backing,
    log: impl FnOnce(usize) -> PageLog,
) -> Result<Region, MachineError> {
    let odd = |page| MachineError::from(RamError::Size { block: block.to_owned(), size, page });
    let bytes = usize::try_from(size).ok().filter(|&bytes| bytes > 0 && size.is_multiple_of(PAGE));
    let bytes = bytes.ok_or_else(|| odd(PAGE))?;
    let refused = |error| MachineError::Backing { block: block.to_owned(), error };
    let file = backing.open(block).map_err(refused)?;
    let host_page = file.as_ref().map_or(PAGE, page_of);
    if !size.is_multiple_of(host_page) {
        return Err(odd(host_page));
    }
    if let Some(file) = &file
        && file.metadata().map_err(refused)?.len() < size
    {
        file.set_len(size).map_err(refused)?;
    }
    let is_anonymous = file.is_none();
    let visibility = if backing.is_shared() { libc::MAP_SHARED } else { libc::MAP_PRIVATE };
    let anonymous = if is_anonymous { libc::MAP_ANONYMOUS } else { 0 };
    // Reserve huge pages in advance: if the host has too few of them, fail here instead of with
    // SIGBUS while the guest runs.
    let reserve = if host_page == PAGE { libc::MAP_NORESERVE } else { 0 };
    let unmapped = |error| match is_anonymous {
        true => MachineError::Memory { block: block.to_owned(), error },
        false => MachineError::Store { block: block.to_owned(), error },
    };
    let file = file.map(|file| FileOffset::new(file, 0));
    let flags = visibility | anonymous | reserve;
    // Map it without a log first. The size may come from a peer, and the log's memory is
    // proportional to it.
    drop(mapping(bytes, (), flags, file.clone()).map_err(unmapped)?);
    let region = mapping(bytes, log(bytes), flags, file).map_err(unmapped)?;
    let region = GuestRegionMmap::new(region, GuestAddress(0)).ok_or_else(|| odd(PAGE))?;
    if let Some(host) = HostMemory::of(&region) {
        host.huge_pages(true);
    }
    Ok(region)
}

/// Maps anonymous memory, or a file.
fn mapping<B: Bitmap>(
    bytes: usize,
    log: B,
    flags: i32,
    file: Option<FileOffset>,
) -> Result<MmapRegion<B>, MmapRegionError> {
    let builder = MmapRegionBuilder::new_with_bitmap(bytes, log)
        .with_mmap_prot(libc::PROT_READ | libc::PROT_WRITE)
        .with_mmap_flags(flags);
    match file {
        Some(file) => builder.with_file_offset(file).build(),
        None => builder.build(),
    }
}

/// Type of the file system of huge pages.
const HUGETLBFS: rustix::fs::FsWord = 0x9584_58f6;

/// Returns the page size of the host for a block.
pub(super) fn host_page(memory: &Region) -> u64 {
    memory.file_offset().map_or(PAGE, |place| page_of(place.file()))
}

/// Returns the page size of a file.
fn page_of(file: &File) -> u64 {
    let file_system = rustix::fs::fstatfs(file).ok().filter(|stat| stat.f_type == HUGETLBFS);
    file_system.map_or(PAGE, |stat| stat.f_bsize as u64)
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
        assert_eq!(
            Mapping::size(
                &map("ram", 1 << 16, &Backing::Memfd { shared: true, huge: None }).unwrap()
            ),
            1 << 16
        );
    }

    #[test]
    fn a_folder_stands_for_a_file_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let backing = Backing::File { path: folder.path().into(), shared: true };
        let memory = map("ram", 1 << 16, &backing).unwrap();
        Mapping::write(&memory, 4096, b"here");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn huge_pages_are_had_or_refused_from_the_start() {
        let map = |size, huge| map("ram", size, &Backing::Memfd { shared: true, huge: Some(huge) });
        let odd = map(3 << 20, 2 << 20);
        match map(4 << 20, 2 << 20) {
            Ok(memory) => {
                assert_eq!(host_page(&memory), 2 << 20);
                assert!(
                    matches!(odd, Err(MachineError::Ram(RamError::Size { page: 0x20_0000, .. }))),
                    "{odd:?}"
                );
            }
            Err(error) => {
                println!("no huge pages to be had: {error}");
                assert!(matches!(error, MachineError::Backing { .. } | MachineError::Store { .. }));
            }
        }
        // More memory than a host has, and page sizes that no host has.
        assert!(matches!(
            map(1 << 46, 0),
            Err(MachineError::Backing { .. } | MachineError::Store { .. })
        ));
        assert!(matches!(map(8 << 10, 8 << 10), Err(MachineError::Backing { .. })));
    }

    #[test]
    fn sizes_are_whole_pages() {
        for size in [0, 4097] {
            assert!(map("ram", size, &Backing::Anonymous { shared: false }).is_err());
        }
    }
}
