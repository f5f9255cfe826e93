//! What the kernel is told of guest memory. `madvise` takes an address, so Rust cannot know what it does.

use rustix::mm::{Advice, madvise};
use vm_memory::bitmap::Bitmap;
use vm_memory::mmap::MmapRegion;

/// Asks for huge pages, which make faults on untouched memory and page walks rare. Memory that cannot have them stays as it is.
pub(crate) fn huge_pages<B: Bitmap>(region: &MmapRegion<B>) {
    // A kernel without huge pages says so; it makes no difference to the guest.
    // SAFETY: the range is exactly the region's own mapping, and this advice changes no content.
    #[allow(unsafe_code)]
    let _ = unsafe { madvise(region.as_ptr().cast(), region.size(), Advice::LinuxHugepage) };
}
