//! Event queues: each handle of a connection has one of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use crate::json::OwnedDocument;

/// The event queues of a connection.
#[derive(Debug)]
pub(in crate::client) struct EventQueues {
    limit: usize,
    /// Numbers events, queues and waits.
    next: u64,
    queues: Vec<Queue>,
}

/// An event and its number, which grows in the order of events.
pub(in crate::client) type Numbered = (u64, Arc<OwnedDocument>);

#[derive(Debug, Default)]
struct Queue {
    key: u64,
    events: VecDeque<Numbered>,
    /// The waits under way, with the wakers of asynchronous ones.
    waits: Vec<(u64, Option<Waker>)>,
}

/// The least number of events that a queue holds while a wait looks through it.
const WAITING: usize = 1024;

impl EventQueues {
    /// No queues; each will keep this number of events, of more the newest.
    pub fn new(limit: usize) -> EventQueues {
        EventQueues { limit, next: 1, queues: Vec::new() }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn queue(&mut self, key: u64) -> Option<&mut Queue> {
        self.queues.iter_mut().find(|queue| queue.key == key)
    }

    /// Adds a queue that begins with these events.
    pub fn subscribe(&mut self, events: Vec<Arc<OwnedDocument>>) -> u64 {
        let events = events.into_iter().map(|event| (self.number(), event)).collect();
        let key = self.number();
        self.queues.push(Queue { key, events, waits: Vec::new() });
        key
    }

    /// Removes a queue.
    pub fn unsubscribe(&mut self, key: u64) {
        self.queues.retain(|queue| queue.key != key);
    }

    /// Adds an event to every queue.
    pub fn push(&mut self, event: OwnedDocument) {
        let (number, event) = (self.number(), Arc::new(event));
        for queue in &mut self.queues {
            let waiting = !queue.waits.is_empty();
            queue.events.push_back((number, event.clone()));
            queue.trim(if waiting { self.limit.max(WAITING) } else { self.limit });
            queue.wake();
        }
    }

    /// Wakes every wait, as the connection has ended.
    pub fn wake(&mut self) {
        self.queues.iter_mut().for_each(Queue::wake);
    }

    /// Begins a wait; returns its number.
    pub fn begin_wait(&mut self, key: u64) -> u64 {
        let number = self.number();
        if let Some(queue) = self.queue(key) {
            queue.waits.push((number, None));
        }
        number
    }

    /// Ends a wait. Without another one the queue is cut to its limit.
    pub fn end_wait(&mut self, key: u64, wait: u64) {
        let limit = self.limit;
        if let Some(queue) = self.queue(key) {
            queue.waits.retain(|(number, _)| *number != wait);
            if queue.waits.is_empty() {
                queue.trim(limit);
            }
        }
    }

    /// The first event after the one with the number `seen`; registers the waker if there is none.
    pub fn next_after(
        &mut self,
        key: u64,
        seen: u64,
        wait: u64,
        waker: Option<&Waker>,
    ) -> Option<Numbered> {
        let queue = self.queue(key)?;
        let at = queue.events.partition_point(|(number, _)| *number <= seen);
        if let Some(event) = queue.events.get(at) {
            return Some(event.clone());
        }
        if let Some((_, slot)) = queue.waits.iter_mut().find(|(number, _)| *number == wait) {
            *slot = waker.cloned();
        }
        None
    }

    /// Takes an event out of a queue; false if another wait has taken it.
    pub fn take(&mut self, key: u64, number: u64) -> bool {
        let Some(queue) = self.queue(key) else { return false };
        let found = queue.events.binary_search_by_key(&number, |(number, _)| *number);
        found.is_ok_and(|at| queue.events.remove(at).is_some())
    }

    /// Drops the events of a queue that `unwanted` chooses.
    pub fn discard(&mut self, key: u64, mut unwanted: impl FnMut(&OwnedDocument) -> bool) {
        if let Some(queue) = self.queue(key) {
            queue.events.retain(|(_, event)| !unwanted(event));
        }
    }

    /// The events in a queue.
    pub fn kept(&mut self, key: u64) -> Vec<Arc<OwnedDocument>> {
        let Some(queue) = self.queue(key) else { return Vec::new() };
        queue.events.iter().map(|(_, event)| event.clone()).collect()
    }

    /// The number that the next event gets at the earliest.
    pub fn next_number(&self) -> u64 {
        self.next
    }
}

impl Queue {
    fn trim(&mut self, limit: usize) {
        let surplus = self.events.len().saturating_sub(limit);
        self.events.drain(..surplus);
    }

    fn wake(&mut self) {
        for (_, waker) in &mut self.waits {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }
}
