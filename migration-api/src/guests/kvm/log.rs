//! The dirty log: KVM's bitmap, or the vCPUs' dirty rings, which also count the pages of each vCPU.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::guest::DirtyBits;
use crate::page::PAGE;
use crate::sync::IgnorePoison;
use crate::sys::kvm::{DirtyRing, Vm};

/// The reason for which a log is incomplete.
pub(super) const OVERRUN: &str = "the kernel has overrun a dirty ring";

/// The dirty log of a machine with one block of memory.
pub(super) struct Log {
    vm: Vm,
    size: u64,
    /// For a guest with dirty rings: their size, and the harvested pages.
    rings: Option<(u32, Mutex<Rings>)>,
    /// The kernel has written more into a ring than it holds, so the vCPUs cannot continue.
    overrun: AtomicBool,
    /// The log is incomplete until logging is restarted.
    lost: AtomicBool,
}

#[derive(Default)]
struct Rings {
    rings: Vec<DirtyRing>,
    /// Number of pages harvested from the ring of each vCPU.
    counts: Vec<u64>,
    /// Harvested pages that were not synced yet, one bit each.
    dirty: Vec<u64>,
}

impl Log {
    /// Creates the log of `vm`, which has `size` bytes of memory and rings of `ring` pages.
    pub(super) fn new(vm: Vm, size: u64, ring: Option<u32>) -> Self {
        let words = size.div_ceil(64 * PAGE) as usize;
        let rings = ring
            .map(|pages| (pages, Mutex::new(Rings { dirty: vec![0; words], ..Rings::default() })));
        Self { vm, size, rings, overrun: AtomicBool::new(false), lost: AtomicBool::new(false) }
    }

    pub(super) fn vm(&self) -> &Vm {
        &self.vm
    }

    fn rings(&self) -> Option<MutexGuard<'_, Rings>> {
        self.rings.as_ref().map(|(_, rings)| rings.lock().ignore_poison())
    }

    /// Returns the number of pages that a ring holds.
    pub(super) fn ring(&self) -> Option<u32> {
        self.rings.as_ref().map(|(pages, _)| *pages)
    }

    /// Returns true if the kernel has written more into a ring than it holds, since the guest's
    /// last reset.
    pub(super) fn is_overrun(&self) -> bool {
        self.overrun.load(Ordering::Acquire)
    }

    /// Clears the overrun after a reset of the guest. An incomplete log stays incomplete.
    pub(super) fn forget_overrun(&self) {
        self.overrun.store(false, Ordering::Release);
    }

    /// Adds the ring of the next vCPU.
    pub(super) fn add_ring(&self, ring: DirtyRing) {
        if let Some(mut rings) = self.rings() {
            rings.rings.push(ring);
            rings.counts.push(0);
        }
    }

    /// Harvests the rings. Running vCPUs may have dirtied pages that are not in their ring yet:
    /// kick them first.
    ///
    /// # Errors
    /// The kernel cannot reset the rings.
    pub(super) fn harvest(&self) -> io::Result<()> {
        let (Some(mut rings), Some(pages)) = (self.rings(), self.ring()) else { return Ok(()) };
        let Rings { rings, counts, dirty } = &mut *rings;
        for (ring, count) in rings.iter_mut().zip(counts) {
            let before = *count;
            // There is one block, and so one slot.
            while let Some((_, page)) = ring.take() {
                *count += 1;
                if let Some(word) = dirty.get_mut((page / 64) as usize) {
                    *word |= 1 << (page % 64);
                }
            }
            // A vCPU is stopped before its ring is full, and no entry is reused before the reset
            // below.
            if *count - before >= u64::from(pages) {
                self.lost.store(true, Ordering::Release);
                self.overrun.store(true, Ordering::Release);
            }
        }
        // Without the reset the rings would stay full.
        self.vm.reset_rings()?;
        Ok(())
    }

    /// Returns the number of pages that a vCPU has put into its ring.
    pub(super) fn count(&self, vcpu: u32) -> u64 {
        self.rings().and_then(|rings| rings.counts.get(vcpu as usize).copied()).unwrap_or(0)
    }

    /// Starts logging, with an empty log.
    pub(super) fn start(&self) -> io::Result<()> {
        self.vm.log_writes(true)?;
        self.lost.store(false, Ordering::Release);
        let mut ignored = vec![0; self.size.div_ceil(64 * PAGE) as usize];
        self.take(&mut DirtyBits::new(&mut ignored))
    }

    pub(super) fn stop(&self) -> io::Result<()> {
        self.vm.log_writes(false)
    }

    /// Moves the log's pages into a bitmap.
    ///
    /// # Errors
    /// The log is incomplete, or cannot be read.
    pub(super) fn take(&self, dirty: &mut DirtyBits<'_>) -> io::Result<()> {
        if self.lost.load(Ordering::Acquire) {
            return Err(io::Error::other(OVERRUN));
        }
        match self.rings() {
            Some(mut rings) => {
                let words = rings.dirty.len();
                dirty.or(&std::mem::replace(&mut rings.dirty, vec![0; words]));
            }
            None => dirty.or(&self.vm.fd().get_dirty_log(0, self.size as usize)?),
        }
        Ok(())
    }
}
