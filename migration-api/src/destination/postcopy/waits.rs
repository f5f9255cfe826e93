//! Which vCPUs wait for pages, and how long: `postcopy-blocktime`.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::requests::Page;
use crate::guest::{Guest, Vcpu};

/// How long vCPUs waited for pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocktime {
    /// How long all of them waited at the same time.
    pub(crate) all: Duration,
    /// How long each one waited, by index.
    pub(crate) vcpus: Vec<Duration>,
}

impl Blocktime {
    /// That of a guest whose vCPUs have not waited.
    pub(crate) fn none(guest: &dyn Guest) -> Self {
        Self { all: Duration::ZERO, vcpus: guest.vcpus().iter().map(|_| Duration::ZERO).collect() }
    }
}

/// The vCPUs that wait. The guest is told, so that stopping it does not have to wait for a page.
pub(super) struct Waits {
    guest: Arc<dyn Guest>,
    vcpus: Vec<Vcpu>,
    state: Mutex<State>,
}

struct State {
    /// For each vCPU the page that it waits for, and since when.
    waiting: Vec<Option<(Page, Instant)>>,
    /// Since when all wait.
    all: Option<Instant>,
    so_far: Blocktime,
}

impl Waits {
    pub(super) fn new(guest: Arc<dyn Guest>) -> Self {
        let vcpus = guest.vcpus();
        let so_far = Blocktime::none(&*guest);
        let state = State { waiting: vec![None; vcpus.len()], all: None, so_far };
        Self { guest, vcpus, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread waits for a page. Only those of vCPUs count.
    pub(super) fn begin(&self, thread: u32, page: Page) {
        if let Some(vcpu) = self.vcpus.iter().position(|vcpu| vcpu.thread == Some(thread)) {
            self.wait(&mut self.lock(), vcpu, page);
        }
    }

    fn wait(&self, state: &mut State, vcpu: usize, page: Page) {
        let now = Instant::now();
        // An access may be reported again while it waits.
        let since = state.waiting[vcpu]
            .filter(|(awaited, _)| *awaited == page)
            .map_or(now, |(_, since)| since);
        state.waiting[vcpu] = Some((page, since));
        if state.waiting.iter().all(Option::is_some) {
            state.all.get_or_insert(now);
        }
        self.guest.vcpu_waits(self.vcpus[vcpu].index, true);
    }

    /// The pages of a range are about to be there. Gives who waited for which.
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
            self.guest.vcpu_waits(self.vcpus[vcpu].index, false);
            ended.push((vcpu, page));
        }
        ended
    }

    /// Nobody waits any more, whether his page came or not.
    pub(super) fn end_all(&self) {
        let pages: Vec<Page> =
            self.lock().waiting.iter().flatten().map(|(page, _)| *page).collect();
        for (block, offset) in pages {
            self.end(block, offset..offset + 1);
        }
    }

    /// They wait again: the page did not come after all.
    pub(super) fn again(&self, ended: impl Iterator<Item = (usize, Page)>) {
        let mut state = self.lock();
        for (vcpu, page) in ended {
            self.wait(&mut state, vcpu, page);
        }
    }

    /// How long they have waited so far.
    pub(super) fn so_far(&self) -> Blocktime {
        self.lock().so_far.clone()
    }
}

impl Drop for Waits {
    /// Where memory is not watched any more, no access sleeps.
    fn drop(&mut self) {
        self.end_all();
    }
}
