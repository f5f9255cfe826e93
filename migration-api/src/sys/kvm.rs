//! The parts of KVM's interface that use addresses: memory slots, dirty rings, and the payload's
//! machine code.

#![allow(unsafe_code)]

use crate::page::PAGE_LEN;
use std::arch::global_asm;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kvm_bindings::{
    KVM_CAP_DIRTY_LOG_RING_ACQ_REL, KVM_DIRTY_LOG_PAGE_OFFSET, KVM_MEM_LOG_DIRTY_PAGES,
    kvm_dirty_gfn, kvm_enable_cap, kvm_userspace_memory_region, kvm_xsave,
};
use kvm_ioctls::{Cap, Kvm, VcpuFd, VmFd};
use vm_memory::{Address, GuestMemoryRegion, GuestRegionMmap};

/// A virtual machine and its memory, with one slot for each region. The regions stay mapped as long
/// as the machine exists.
pub(crate) struct Vm {
    // Dropped before the memory.
    fd: VmFd,
    regions: Vec<Arc<GuestRegionMmap>>,
}

impl Vm {
    /// Creates a machine with this memory. With `ring`, its vCPUs get dirty rings of this many
    /// pages, a power of two.
    pub(crate) fn new(
        kvm: &Kvm,
        regions: Vec<Arc<GuestRegionMmap>>,
        ring: Option<u32>,
    ) -> io::Result<Self> {
        let fd = kvm.create_vm()?;
        if let Some(pages) = ring {
            let mut capability =
                kvm_enable_cap { cap: KVM_CAP_DIRTY_LOG_RING_ACQ_REL, ..Default::default() };
            capability.args[0] = u64::from(pages) * size_of::<kvm_dirty_gfn>() as u64;
            fd.enable_cap(&capability)?;
        }
        let vm = Self { fd, regions };
        vm.log_writes(false)?;
        Ok(vm)
    }

    pub(crate) fn fd(&self) -> &VmFd {
        &self.fd
    }

    /// Switches dirty logging for all memory.
    pub(crate) fn log_writes(&self, log: bool) -> io::Result<()> {
        for (slot, region) in (0..).zip(&self.regions) {
            let region = kvm_userspace_memory_region {
                slot,
                flags: if log { KVM_MEM_LOG_DIRTY_PAGES } else { 0 },
                guest_phys_addr: region.start_addr().raw_value(),
                memory_size: region.len(),
                userspace_addr: region.as_ptr() as u64,
            };
            // SAFETY: the range is a mapping that `regions` keeps until after the machine is
            // closed, and every access to it is volatile, so vCPUs may write to it.
            unsafe { self.fd.set_user_memory_region(region)? };
        }
        Ok(())
    }

    /// Returns the harvested ring entries to the kernel, so that it logs their pages again.
    pub(crate) fn reset_rings(&self) -> io::Result<()> {
        /// `_IO(0xae, 0xc7)`
        const KVM_RESET_DIRTY_RINGS: libc::c_ulong = 0xaec7;
        // SAFETY: the request has no argument.
        match unsafe { libc::ioctl(self.fd.as_raw_fd(), KVM_RESET_DIRTY_RINGS as _, 0) } {
            ..0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

/// A vCPU's dirty ring: written by the kernel while the vCPU runs, read and returned here.
pub(crate) struct DirtyRing {
    entries: NonNull<kvm_dirty_gfn>,
    pages: u32,
    /// The number of entries read so far, modulo 2^32.
    next: u32,
}

// SAFETY: the mapping belongs to the process and not to a thread.
unsafe impl Send for DirtyRing {}

impl DirtyRing {
    /// Maps the ring of a vCPU whose machine has rings of `pages`.
    pub(crate) fn map(vcpu: &VcpuFd, pages: u32) -> io::Result<Self> {
        // SAFETY: a new mapping at an address that the kernel chooses does not affect existing
        // memory.
        let mapped = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                Self::bytes(pages),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                vcpu.as_raw_fd(),
                i64::from(KVM_DIRTY_LOG_PAGE_OFFSET) * PAGE_LEN as i64,
            )
        };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let entries = NonNull::new(mapped.cast())
            .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?;
        Ok(Self { entries, pages, next: 0 })
    }

    fn bytes(pages: u32) -> usize {
        (pages as usize * size_of::<kvm_dirty_gfn>()).next_multiple_of(PAGE_LEN)
    }

    /// Takes the next entry: the slot and the page in it.
    pub(crate) fn take(&mut self) -> Option<(u32, u64)> {
        /// The kernel has filled the entry.
        const DIRTY: u32 = 1;
        /// We have read it.
        const RESET: u32 = 2;
        let at = (self.next % self.pages) as usize;
        // SAFETY: `at` lies within the mapping, whose entries are aligned. The kernel writes an
        // entry before it sets DIRTY with release semantics, and does not touch it again before the
        // reset. Flags are only accessed atomically.
        unsafe {
            let entry = self.entries.as_ptr().add(at);
            let flags = AtomicU32::from_ptr(&raw mut (*entry).flags);
            if flags.load(Ordering::Acquire) & DIRTY == 0 {
                return None;
            }
            let page = ((*entry).slot, (*entry).offset);
            flags.store(RESET, Ordering::Release);
            self.next = self.next.wrapping_add(1);
            Some(page)
        }
    }
}

impl Drop for DirtyRing {
    fn drop(&mut self) {
        // SAFETY: `map` made the mapping with this length, and only `self` has its address.
        unsafe { libc::munmap(self.entries.as_ptr().cast(), Self::bytes(self.pages)) };
    }
}

/// Proof that a machine's floating-point and vector registers fit into [`kvm_xsave`], beyond which
/// KVM does not read then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainXsave(());

impl PlainXsave {
    /// Checks a machine after its vCPUs were created: KVM does not let the process request larger
    /// registers from then on.
    ///
    /// # Errors
    /// `EOPNOTSUPP` if the process has requested larger registers, such as those of AMX.
    pub(crate) fn check(vm: &VmFd) -> io::Result<Self> {
        // Kernels without the capability return 0, and have no larger registers.
        match usize::try_from(vm.check_extension_int(Cap::Xsave2)) {
            Ok(size) if size <= size_of::<kvm_xsave>() => Ok(Self(())),
            _ => Err(rustix::io::Errno::OPNOTSUPP.into()),
        }
    }

    /// Loads the registers of the floating-point and vector units.
    pub(crate) fn load(self, vcpu: &VcpuFd, state: &kvm_xsave) -> Result<(), kvm_ioctls::Error> {
        // SAFETY: KVM reads as many bytes as it reports for KVM_CAP_XSAVE2, which `check` has
        // compared.
        unsafe { vcpu.set_xsave(state) }
    }
}

global_asm!(include_str!("../guests/kvm/payload.s"), options(att_syntax));

/// Returns the machine code of the payload, which is position independent.
pub(crate) fn payload() -> &'static [u8] {
    unsafe extern "C" {
        static qapi_payload_start: u8;
        static qapi_payload_end: u8;
    }
    let (start, end) = (&raw const qapi_payload_start, &raw const qapi_payload_end);
    // SAFETY: both symbols are in one section of this program, which is never written, and the
    // payload lies between them.
    unsafe { std::slice::from_raw_parts(start, end.byte_offset_from_unsigned(start)) }
}
