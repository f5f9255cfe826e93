//! Guest memory by its address in this process, and the system calls on it.

use crate::page::PAGE_LEN;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
use vm_memory::GuestRegionMmap;
use vm_memory::bitmap::Bitmap;

use crate::stream::multifd::WriteBuf;

/// The memory of this process behind a range of guest memory.
///
/// It allows the kernel to discard, fill and watch pages. Guest memory changes at any time, so no
/// Rust references into it may exist: [`new`](Self::new) requires that.
#[derive(Clone, Copy, Debug)]
pub struct HostMemory<'a> {
    address: usize,
    size: usize,
    shared: bool,
    file: Option<BorrowedFd<'a>>,
    mapping: PhantomData<&'a ()>,
}

impl<'a> HostMemory<'a> {
    /// Describes the mapping of `size` bytes at `address`: of `file`, or anonymous; `shared` if it
    /// was made with `MAP_SHARED`.
    ///
    /// # Safety
    /// The range is whole, aligned pages of one readable and writable mapping that lives for `'a`.
    /// Nothing in it is borrowed: all accesses are volatile or by the kernel, and none relies on an
    /// earlier read.
    #[allow(unsafe_code)]
    pub unsafe fn new(
        address: *mut u8,
        size: usize,
        shared: bool,
        file: Option<BorrowedFd<'a>>,
    ) -> Self {
        Self { address: address.expose_provenance(), size, shared, file, mapping: PhantomData }
    }

    /// Returns the memory of a region of `vm-memory`; `None` if it is not mapped for reading and
    /// writing.
    pub fn of<B: Bitmap>(region: &'a GuestRegionMmap<B>) -> Option<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        if region.prot() & access != access {
            return None;
        }
        let shared = region.flags() & libc::MAP_SHARED != 0;
        let file = region.file_offset().map(|offset| offset.file().as_fd());
        // SAFETY: this is the region's own readable and writable mapping, which vm-memory exposes
        // as volatile slices only.
        #[allow(unsafe_code)]
        let memory = unsafe { Self::new(region.as_ptr(), region.size(), shared, file) };
        Some(memory)
    }

    /// Returns the start address.
    pub fn address(&self) -> usize {
        self.address
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns true if the mapping was made with `MAP_SHARED`.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Returns the file behind the mapping.
    pub fn file(&self) -> Option<BorrowedFd<'a>> {
        self.file
    }

    /// Returns `length` bytes from `offset`, if they lie within.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Option<HostRange<'a>> {
        let (offset, length) = (usize::try_from(offset).ok()?, usize::try_from(length).ok()?);
        let end = offset.checked_add(length)?;
        (end <= self.size).then_some(HostRange {
            address: self.address + offset,
            length,
            mapping: PhantomData,
        })
    }

    /// Returns the whole range.
    pub(crate) fn all(&self) -> HostRange<'a> {
        HostRange { address: self.address, length: self.size, mapping: PhantomData }
    }

    /// Discards whole pages: the next access faults. A shared mapping loses the pages of its file,
    /// too; a private one must have been [detached](Self::detach_from_file) from its file.
    ///
    /// # Errors
    /// The error of the system call, such as for locked pages.
    pub(crate) fn discard(&self, range: HostRange<'_>) -> std::io::Result<()> {
        let advice = if self.shared { Advice::LinuxRemove } else { Advice::LinuxDontNeed };
        range.advise(advice)
    }

    /// Replaces a private mapping of a file by empty anonymous memory. Otherwise the file's content
    /// would reappear in discarded pages.
    ///
    /// # Errors
    /// The error of the system call.
    pub(crate) fn detach_from_file(&self) -> std::io::Result<()> {
        if self.shared || self.file.is_none() {
            return Ok(());
        }
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: replaces exactly the range of the mapping by memory of the same size and access.
        // No code relies on its content, and it is unmapped by its address later.
        #[allow(unsafe_code)]
        unsafe {
            mmap_anonymous(self.address as *mut c_void, self.size, access, flags)?;
        }
        Ok(())
    }

    /// Requests huge pages, which make faults and page walks rare, or forbids them, which keeps
    /// faults to single pages. Has no effect on memory that cannot have them.
    pub(crate) fn huge_pages(&self, wanted: bool) {
        let advice = if wanted { Advice::LinuxHugepage } else { Advice::LinuxNoHugepage };
        // Ignore the error of a kernel without huge pages: it makes no difference to the guest.
        let _ = self.all().advise(advice);
    }
}

/// A range within a [`HostMemory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostRange<'a> {
    address: usize,
    length: usize,
    mapping: PhantomData<&'a ()>,
}

impl HostRange<'_> {
    pub(crate) fn address(&self) -> usize {
        self.address
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Populates the range as if it were written to. Its content stays.
    pub(crate) fn populate(self) {
        // Ignore the error of kernels before 5.14: memory is then populated on access.
        let _ = self.advise(Advice::LinuxPopulateWrite);
    }

    /// Loads the beginning of the range into the processor's cache. Loads of several ranges in a
    /// row overlap, unlike those between which data is sent or compared.
    pub(crate) fn touch(self) {
        if self.length > 0 {
            let memory = std::ptr::with_exposed_provenance::<u8>(self.address);
            // SAFETY: a byte of readable memory, which may change at any time. Its value is unused.
            #[allow(unsafe_code)]
            unsafe {
                memory.read_volatile();
            }
        }
    }

    /// Returns true if the whole range is zero now.
    pub(crate) fn is_zero(self) -> bool {
        const ZEROES: [u8; PAGE_LEN] = [0; PAGE_LEN];
        (0..self.length).step_by(ZEROES.len()).all(|done| {
            let part = self.after(done);
            let length = part.length.min(ZEROES.len());
            let memory = std::ptr::with_exposed_provenance::<c_void>(part.address);
            // SAFETY: both are readable for `length` bytes. Guest memory may change meanwhile, so C
            // compares it, outside of Rust's memory model. Each result was right at some moment.
            #[allow(unsafe_code)]
            let order = unsafe { libc::memcmp(memory, ZEROES.as_ptr().cast(), length) };
            order == 0
        })
    }

    /// Returns the range without its first `done` bytes.
    pub(super) fn after(self, done: usize) -> Self {
        let done = done.min(self.length);
        Self { address: self.address + done, length: self.length - done, ..self }
    }

    fn advise(self, advice: Advice) -> std::io::Result<()> {
        // SAFETY: the range lies within guest memory, whose content may change at any time.
        #[allow(unsafe_code)]
        unsafe { madvise(self.address as *mut c_void, self.length, advice) }.map_err(Into::into)
    }
}

// SAFETY: `capacity` bytes from `as_mut_ptr` are writable guest memory. It may change during
// decompression in C, which reads back only output bytes and bases no decision on them.
#[allow(unsafe_code)]
unsafe impl WriteBuf for HostRange<'_> {
    fn as_slice(&self) -> &[u8] {
        // No references into guest memory may exist.
        &[]
    }

    fn capacity(&self) -> usize {
        self.length
    }

    fn as_mut_ptr(&mut self) -> *mut u8 {
        std::ptr::with_exposed_provenance_mut(self.address)
    }

    unsafe fn filled_until(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use vm_memory::{Bytes, FileOffset, GuestAddress, MemoryRegionAddress};

    use super::*;

    const SIZE: usize = 16 << 12;

    fn region(file: Option<File>) -> GuestRegionMmap {
        GuestRegionMmap::from_range(
            GuestAddress(0),
            SIZE,
            file.map(|file| FileOffset::new(file, 0)),
        )
        .unwrap()
    }

    fn byte(region: &GuestRegionMmap, at: u64) -> u8 {
        region.read_obj(MemoryRegionAddress(at)).unwrap()
    }

    #[test]
    fn memory_that_cannot_be_written_has_no_address() {
        use vm_memory::MmapRegion;
        for (access, usable) in [
            (libc::PROT_READ, false),
            (libc::PROT_NONE, false),
            (libc::PROT_READ | libc::PROT_WRITE, true),
        ] {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let region = MmapRegion::<()>::build(None, SIZE, access, flags).unwrap();
            let region = GuestRegionMmap::new(region, GuestAddress(0)).unwrap();
            assert_eq!(HostMemory::of(&region).is_some(), usable, "{access:#x}");
        }
    }

    #[test]
    fn ranges_lie_within() {
        let region = region(None);
        let host = HostMemory::of(&region).unwrap();
        let range = host.range(4096, 8192).unwrap();
        assert_eq!((range.address(), range.length()), (host.address() + 4096, 8192));
        assert_eq!(range.after(4096).length(), 4096);
        assert_eq!(host.range(0, SIZE as u64), Some(host.all()));
        for (offset, length) in [(SIZE as u64, 1), (0, SIZE as u64 + 1), (u64::MAX, 2)] {
            assert_eq!(host.range(offset, length), None);
        }
    }

    #[test]
    fn discarded_pages_are_empty() {
        let file = tempfile::tempfile_in("/dev/shm").or_else(|_| tempfile::tempfile()).unwrap();
        file.set_len(SIZE as u64).unwrap();
        for region in [region(None), region(Some(file))] {
            let host = HostMemory::of(&region).unwrap();
            region.write_obj(7u8, MemoryRegionAddress(4096)).unwrap();
            region.write_obj(8u8, MemoryRegionAddress(8192)).unwrap();
            host.discard(host.range(4096, 4096).unwrap()).unwrap();
            assert_eq!((byte(&region, 4096), byte(&region, 8192)), (0, 8));
        }
    }
}
