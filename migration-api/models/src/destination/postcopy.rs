//! Page requests: vCPUs that wait for pages, and connections that bring them.

#[path = "../../../src/destination/postcopy/requests.rs"]
mod requests;

use shuttle::thread;

use crate::page_set::PageSet;
use crate::sync::Arc;
use requests::{RequestState, Requests};

/// As the destination's memory: what came, and what is asked for.
struct Memory {
    requests: Requests,
    received: PageSet,
}

impl Memory {
    fn new() -> Arc<Self> {
        Arc::new(Self { requests: Requests::default(), received: PageSet::new(8) })
    }

    fn fault(&self, page: u64) -> RequestState {
        self.requests.open((0, page), || self.received.contains(page))
    }

    fn fill(&self, page: u64) {
        self.received.insert(page..page + 1);
        self.requests.close(0, page..page + 1);
    }
}

/// Two pages come while two vCPUs fault on both: no request stays open for a page that is there.
pub fn no_request_outlives_its_page() {
    let memory = Memory::new();
    let fills = [0, 1].map(|page| {
        let memory = memory.clone();
        thread::spawn(move || memory.fill(page))
    });
    let faults = [[0, 1], [1, 0]].map(|pages| {
        let memory = memory.clone();
        thread::spawn(move || pages.map(|page| memory.fault(page)))
    });
    fills.into_iter().for_each(|thread| thread.join().unwrap());
    for thread in faults {
        thread.join().unwrap();
    }
    assert_eq!(memory.requests.all(), []);
    assert!(!memory.requests.any(), "the count is the number of open requests");
    assert!(memory.requests.settle());
}

/// A page is asked for once, however many vCPUs wait for it, and the end of the last request wakes
/// the thread that waits for it.
pub fn the_last_page_wakes_the_waiter() {
    let memory = Memory::new();
    assert_eq!(memory.fault(0), RequestState::New);
    let other = thread::spawn({
        let memory = memory.clone();
        move || memory.fault(1)
    });
    let waiter = thread::spawn({
        let memory = memory.clone();
        move || memory.requests.settle()
    });
    assert_ne!(memory.fault(0), RequestState::New);
    memory.fill(0);
    memory.fill(1);
    assert_ne!(other.join().unwrap(), RequestState::Asked);
    assert!(waiter.join().unwrap());
}

/// The source is lost while a vCPU waits: the waiter goes, and the request stays for the next
/// source.
pub fn a_waiter_leaves_when_requests_are_given_up() {
    let memory = Memory::new();
    assert_eq!(memory.fault(0), RequestState::New);
    let waiter = thread::spawn({
        let memory = memory.clone();
        move || memory.requests.settle()
    });
    let loss = thread::spawn({
        let memory = memory.clone();
        move || memory.requests.give_up(true)
    });
    assert!(!waiter.join().unwrap());
    loss.join().unwrap();
    assert_eq!(memory.requests.all(), [(0, 0)]);
}
