//! The vCPUs that wait for pages, and for how long: `postcopy-blocktime`.
//!
//! A vCPU is known by the thread that the kernel reports for a page fault. With an interrupt
//! controller in the kernel, KVM may have a worker of its own bring the page (asynchronous page
//! faults), and report that thread, which is no vCPU's. This is no fault:
//!
//! - The guest need not hear of such a wait: the vCPU is in KVM's artificial halt or runs another
//!   task of the guest, not asleep in an access. A signal makes it leave `KVM_RUN`, so that
//!   stopping it does not wait for the page.
//! - Its time does not count as blocktime, as in QEMU 10.0, where `get_mem_fault_cpu_index` finds
//!   no vCPU for the thread (migration/postcopy-ram.c): the vCPU may do other work meanwhile.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::requests::Page;
use crate::guest::{Guest, Vcpu, VcpuThreads};
use crate::stats::Blocktime;
use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// The vCPUs that wait. The guest is told, so that stopping it does not wait for a page.
pub(super) struct Waits {
    guest: Arc<dyn Guest>,
    vcpus: Vec<Vcpu>,
    state: Mutex<WaitState>,
}

struct WaitState {
    /// For each vCPU the page that it waits for, and the start of the wait.
    waiting: Vec<Option<(Page, Instant)>>,
    /// The time at which the last of them began to wait, while all wait.
    all: Option<Instant>,
    so_far: Blocktime,
}

impl Waits {
    pub(super) fn new(guest: Arc<dyn Guest>) -> Self {
        let vcpus = guest.vcpu_threads().map(VcpuThreads::vcpus).unwrap_or_default();
        let so_far = Blocktime::none(vcpus.len());
        let state = WaitState { waiting: vec![None; vcpus.len()], all: None, so_far };
        Self { guest, vcpus, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, WaitState> {
        self.state.lock().ignore_poison()
    }

    /// Notes that a thread waits for a page, if it is a vCPU's.
    pub(super) fn begin(&self, thread: u32, page: Page) {
        if let Some(vcpu) = self.vcpus.iter().position(|vcpu| vcpu.thread == Some(thread)) {
            self.wait(&mut self.lock(), vcpu, page);
        }
    }

    /// Tells the guest, in the order of the changes: the lock is held, so the guest must return at
    /// once. A panic does not end the thread that serves page faults.
    fn tell(&self, vcpu: usize, waits: bool) {
        let index = self.vcpus[vcpu].index;
        catch_panic(|| {
            if let Some(threads) = self.guest.vcpu_threads() {
                threads.vcpu_waits(index, waits);
            }
        });
    }

    fn wait(&self, state: &mut WaitState, vcpu: usize, page: Page) {
        let now = Instant::now();
        // The kernel may report an access again while it waits, and an access to the next page
        // before the wait for the last one is ended here. Both continue the wait.
        let since = state.waiting[vcpu].map_or(now, |(_, since)| since);
        state.waiting[vcpu] = Some((page, since));
        if state.waiting.iter().all(Option::is_some) {
            state.all.get_or_insert(now);
        }
        self.tell(vcpu, true);
    }

    /// Ends the waits for a range, whose pages are about to be there. Returns the vCPUs and pages.
    pub(super) fn end(&self, block: usize, range: Range<u64>) -> Vec<(usize, Page)> {
        let mut state = self.lock();
        let mut ended = Vec::new();
        for vcpu in 0..self.vcpus.len() {
            let awaited =
                state.waiting[vcpu].filter(|((of, at), _)| *of == block && range.contains(at));
            let Some((page, since)) = awaited else { continue };
            let now = Instant::now();
            if let Some(all) = state.all.take() {
                state.so_far.all += now - all;
            }
            state.waiting[vcpu] = None;
            state.so_far.vcpus[vcpu] += now - since;
            self.tell(vcpu, false);
            ended.push((vcpu, page));
        }
        ended
    }

    /// Ends all waits, whether the pages came or not.
    pub(super) fn end_all(&self) {
        let pages: Vec<Page> =
            self.lock().waiting.iter().flatten().map(|(page, _)| *page).collect();
        for (block, offset) in pages {
            self.end(block, offset..offset + 1);
        }
    }

    /// Resumes waits that were ended for pages that did not come after all.
    pub(super) fn again(&self, ended: impl Iterator<Item = (usize, Page)>) {
        let mut state = self.lock();
        for (vcpu, page) in ended {
            self.wait(&mut state, vcpu, page);
        }
    }

    /// Returns the blocktime so far.
    pub(super) fn so_far(&self) -> Blocktime {
        self.lock().so_far.clone()
    }
}

impl Drop for Waits {
    /// Ends all waits: where memory is not watched any more, no access sleeps.
    fn drop(&mut self) {
        self.end_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::tests::over::{Hooks, Over};

    /// Counts calls, and panics in each.
    #[derive(Default)]
    struct Told(AtomicU64);

    impl Hooks for Told {
        fn asked(&self, what: &str) {
            if matches!(what, "wait" | "go on") {
                self.0.fetch_add(1, Ordering::SeqCst);
                panic!("a test's guest does not want to know");
            }
        }
    }

    #[test]
    fn only_vcpus_wait_and_a_guest_that_panics_does_not_stop_it() {
        let machine = crate::tests::machine(&["dirty,start=0,end=1M,rate=1"], false);
        let guest = Arc::new(Over { machine, hooks: Told::default() });
        let told = || guest.hooks.0.load(Ordering::SeqCst);
        let waits = Waits::new(guest.clone());
        let vcpu = guest.vcpus()[0].thread.unwrap();
        // A worker of KVM's that brings a page for a vCPU.
        waits.begin(vcpu + 1_000_000, (0, 0));
        assert_eq!((told(), waits.end(0, 0..4096)), (0, vec![]));
        waits.begin(vcpu, (0, 0));
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!((told(), waits.end(0, 0..4096)), (1, vec![(0, (0, 0))]));
        assert_eq!(told(), 2);
        let so_far = waits.so_far();
        assert!(so_far.vcpus[0] >= Duration::from_millis(2) && so_far.all == so_far.vcpus[0]);
    }

    #[test]
    fn a_page_that_follows_another_continues_the_wait() {
        let machine = crate::tests::machine(&["dirty,start=0,end=1M,rate=1"], false);
        let waits = Waits::new(machine.clone());
        let vcpu = machine.vcpus()[0].thread.unwrap();
        waits.begin(vcpu, (0, 0));
        std::thread::sleep(Duration::from_millis(2));
        waits.begin(vcpu, (0, 4096));
        assert_eq!(waits.end(0, 0..4096), []);
        assert_eq!(waits.end(0, 4096..8192), [(0, (0, 4096))]);
        let so_far = waits.so_far();
        assert!(so_far.all >= Duration::from_millis(2) && so_far.all == so_far.vcpus[0]);
    }
}
