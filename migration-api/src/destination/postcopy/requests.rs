//! The pages that were requested and have not arrived.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Condvar, IgnorePoison, Mutex, MutexGuard};

/// A host page: its block's index, and its offset in the block.
pub(super) type Page = (usize, u64);

/// Open requests.
///
/// A thread that fills a page first marks it as received and then checks for open requests. A
/// thread that opens a request first counts it and then checks if the page was received. In this
/// order at least one of them sees the other, so no request stays open for a page that is present,
/// and filling takes no lock while no request is open.
#[derive(Default)]
pub(super) struct Requests {
    open: Mutex<Open>,
    count: AtomicUsize,
    /// Signalled when the last request is closed, or when all are given up.
    settled: Condvar,
}

#[derive(Default)]
struct Open {
    pages: BTreeSet<Page>,
    given_up: bool,
    /// A thread waits for the last request to be closed. Without one, a signal would only cost time
    /// while pages are missing.
    settling: bool,
}

/// Result of opening a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestState {
    /// The page has to be requested.
    New,
    /// The page was requested before.
    Asked,
    /// The page is present.
    There,
}

impl Requests {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().ignore_poison()
    }

    /// Returns true if a request is open.
    pub(super) fn any(&self) -> bool {
        self.count.load(Ordering::SeqCst) != 0
    }

    /// Opens a request, unless it is open already or the page is `received`.
    pub(super) fn open(&self, page: Page, received: impl FnOnce() -> bool) -> RequestState {
        let mut open = self.lock();
        if open.pages.contains(&page) {
            return RequestState::Asked;
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        if received() {
            self.count.fetch_sub(1, Ordering::SeqCst);
            return RequestState::There;
        }
        open.pages.insert(page);
        RequestState::New
    }

    /// Closes the requests for a range of a block. Returns true if there were any.
    pub(super) fn close(&self, block: usize, range: Range<u64>) -> bool {
        if !self.any() {
            return false;
        }
        let mut open = self.lock();
        let before = open.pages.len();
        // There is hardly more than one request per vCPU.
        open.pages.retain(|page| page.0 != block || !range.contains(&page.1));
        let closed = before - open.pages.len();
        if self.count.fetch_sub(closed, Ordering::SeqCst) == closed && open.settling {
            self.settled.notify_all();
        }
        closed > 0
    }

    /// Lists the open requests.
    pub(super) fn all(&self) -> Vec<Page> {
        self.lock().pages.iter().copied().collect()
    }

    /// Records if open requests can no longer be answered.
    pub(super) fn give_up(&self, given_up: bool) {
        self.lock().given_up = given_up;
        self.settled.notify_all();
    }

    /// Waits until no request is open. Returns `false` if they were given up.
    pub(super) fn settle(&self) -> bool {
        let mut open = self.lock();
        open.settling = true;
        while !open.pages.is_empty() && !open.given_up {
            open = self.settled.wait(open).ignore_poison();
        }
        open.settling = false;
        open.pages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_request_is_open_until_its_page_comes() {
        let requests = Requests::default();
        assert!(!requests.any() && requests.settle());
        assert_eq!(requests.open((0, 0x1000), || false), RequestState::New);
        assert_eq!(requests.open((0, 0x1000), || true), RequestState::Asked);
        assert_eq!(requests.open((0, 0x2000), || true), RequestState::There);
        assert_eq!(requests.all(), [(0, 0x1000)]);
        assert!(!requests.close(1, 0..u64::MAX));
        assert!(!requests.close(0, 0x2000..0x3000));
        assert!(requests.any());
        assert!(requests.close(0, 0..0x2000));
        assert!(!requests.any());
    }

    #[test]
    fn waiting_ends_when_the_last_one_is_closed_or_given_up() {
        for close in [true, false] {
            let requests = Arc::new(Requests::default());
            requests.open((2, 0), || false);
            let waiting = std::thread::spawn({
                let requests = requests.clone();
                move || requests.settle()
            });
            if close {
                requests.close(2, 0..1);
            } else {
                requests.give_up(true);
            }
            assert_eq!(waiting.join().unwrap(), close);
        }
    }
}
