//! The dirty log: KVM's bitmap, or the vCPUs' dirty rings, which also tell who wrote.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::guest::PAGE;
use crate::sys::kvm::{DirtyRing, Vm};

/// The log of a machine with one block of memory.
pub(super) struct Log {
    vm: Vm,
    size: u64,
    /// If the guest has rings: how long they are, and what was taken out of them.
    rings: Option<(u32, Mutex<Rings>)>,
    /// The kernel has written more into a ring than it holds: the vCPUs cannot run on.
    overrun: AtomicBool,
    /// Nobody knows which pages are dirty: all may be, until the log begins anew.
    lost: AtomicBool,
}

#[derive(Default)]
struct Rings {
    rings: Vec<DirtyRing>,
    /// Pages taken out of the rings by vCPU.
    counts: Vec<u64>,
    /// Pages taken out and not synced yet, one bit each.
    dirty: Vec<u64>,
}

impl Log {
    /// The log of `vm`, which has `size` bytes of memory and rings of `ring` pages.
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
        self.rings.as_ref().map(|(_, rings)| rings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many pages a ring holds.
    pub(super) fn ring(&self) -> Option<u32> {
        self.rings.as_ref().map(|(pages, _)| *pages)
    }

    /// Whether the kernel has written more into a ring than it holds, since the guest was last set up.
    pub(super) fn is_overrun(&self) -> bool {
        self.overrun.load(Ordering::Acquire)
    }

    /// The guest is set up anew. What a log under way has lost stays lost.
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

    /// Empties the rings. vCPUs that run may have written more than their rings tell: kick them before.
    pub(super) fn harvest(&self) {
        let (Some(mut rings), Some(pages)) = (self.rings(), self.ring()) else { return };
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
            // A vCPU has to be stopped while some entries are free yet, and none is used again before the reset below.
            if *count - before >= u64::from(pages) {
                self.lost.store(true, Ordering::Release);
                self.overrun.store(true, Ordering::Release);
            }
        }
        // Without this the rings would stay full; it fails only for a machine that has none.
        let _ = self.vm.reset_rings();
    }

    /// The number of pages that a vCPU has put into its ring.
    pub(super) fn count(&self, vcpu: u32) -> u64 {
        self.rings().and_then(|rings| rings.counts.get(vcpu as usize).copied()).unwrap_or(0)
    }

    /// Begins to log, with an empty log.
    pub(super) fn start(&self) {
        // A kernel that refuses has no log: then every page may be dirty at any time.
        self.lost.store(self.vm.log_writes(true).is_err(), Ordering::Release);
        let mut ignored = vec![0; self.size.div_ceil(64 * PAGE) as usize];
        self.take(&mut ignored);
    }

    pub(super) fn stop(&self) {
        let _ = self.vm.log_writes(false);
    }

    /// Moves the pages of the log into a bitmap.
    pub(super) fn take(&self, dirty: &mut [u64]) {
        let logged = match self.rings() {
            _ if self.lost.load(Ordering::Acquire) => None,
            Some(mut rings) => {
                let words = rings.dirty.len();
                Some(std::mem::replace(&mut rings.dirty, vec![0; words]))
            }
            None => self.vm.fd().get_dirty_log(0, self.size as usize).ok(),
        };
        let Some(logged) = logged else {
            let pages = self.size / PAGE;
            (0..pages).for_each(|page| dirty[(page / 64) as usize] |= 1 << (page % 64));
            return;
        };
        dirty.iter_mut().zip(logged).for_each(|(word, more)| *word |= more);
    }
}
