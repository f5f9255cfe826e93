//! Delivers the events of an engine in order, while none of the engine's locks is held.
//!
//! An event is queued where it arises, mostly with locks held, so that the queue has the order of
//! the changes. It is delivered when the thread that queued it holds no lock of the engine any
//! more. One thread at a time delivers: it takes the events of others with its own.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::Event;
use super::receiver::{EventReceiver, EventSender, receiver};
use crate::lifetime::is_engine_thread;
use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// Limit for a command to wait for its events while another thread delivers them.
const PATIENCE: Duration = Duration::from_secs(1);

thread_local! {
    /// The number of locks of engines that the thread holds.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Returns true if the calling thread holds a lock of an engine: it is in a method of a guest.
pub(crate) fn holds_lock() -> bool {
    HELD.get() > 0
}

/// Called for each event, one after the other, before the command that caused it returns. The
/// second argument is false for an event that QMP clients have not asked for.
///
/// Called without any lock of the engine, so that it may call the engine; events that arise from
/// that follow after it returns. It must not wait for another thread that calls the engine.
pub(crate) type Observer = dyn Fn(&Event, bool) + Send + Sync;

/// The events that are not delivered yet, and their takers.
#[derive(Default)]
pub(crate) struct EventQueue {
    queue: Mutex<Queue>,
    /// Signalled when an event was delivered.
    delivered: Condvar,
    takers: Mutex<Takers>,
}

#[derive(Default)]
struct Takers {
    observers: Vec<Arc<Observer>>,
    receivers: Vec<EventSender>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Queued>,
    /// No more events are queued.
    silent: bool,
    /// The thread that delivers, if any.
    delivering: Option<ThreadId>,
    /// The numbers of items queued and delivered so far.
    counts: (u64, u64),
}

enum Queued {
    /// An event, and true if QMP clients have asked for it.
    Event(Event, bool),
    /// The end of all events.
    End,
}

impl EventQueue {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().ignore_poison()
    }

    fn takers(&self) -> MutexGuard<'_, Takers> {
        self.takers.lock().ignore_poison()
    }

    /// Calls `observer` for all events from now on.
    pub(crate) fn observe(&self, observer: Arc<Observer>) {
        self.takers().observers.push(observer);
    }

    /// Makes a receiver of all events from now on.
    pub(crate) fn receiver(&self) -> EventReceiver {
        let (sender, receiver) = receiver();
        // After the end the sender is dropped, which ends the receiver.
        let queue = self.queue();
        if !queue.silent {
            self.takers().receivers.push(sender);
        }
        receiver
    }

    /// Queues an event, and delivers it if the thread holds no lock. `for_clients` is false if QMP
    /// clients have not asked for it.
    pub(crate) fn push(&self, event: Event, for_clients: bool) {
        self.add(Queued::Event(event, for_clients));
    }

    /// Queues nothing any more. Receivers end once they have the events before.
    pub(crate) fn fall_silent(&self) {
        self.add(Queued::End);
    }

    fn add(&self, item: Queued) {
        let mut queue = self.queue();
        if queue.silent {
            return;
        }
        queue.silent = matches!(item, Queued::End);
        queue.waiting.push_back(item);
        queue.counts.0 += 1;
        drop(queue);
        self.deliver();
    }

    /// Delivers all that is queued, unless the thread holds a lock.
    ///
    /// If another thread delivers, a command's thread waits until its own events are through, so
    /// that they come before the command's reply.
    fn deliver(&self) {
        if HELD.get() > 0 {
            return;
        }
        let mut queue = self.queue();
        let (own, end) = (queue.counts.0, Instant::now() + PATIENCE);
        while let Some(delivering) = queue.delivering {
            let left = end.saturating_duration_since(Instant::now());
            let through = queue.counts.1 >= own;
            // Called from within an observer: the event follows when that returns.
            let within = delivering == std::thread::current().id();
            if through || within || is_engine_thread() || left.is_zero() {
                return;
            }
            let waited = self.delivered.wait_timeout(queue, left);
            queue = waited.ignore_poison().0;
        }
        if queue.waiting.is_empty() {
            return;
        }
        queue.delivering = Some(std::thread::current().id());
        while let Some(item) = queue.waiting.pop_front() {
            drop(queue);
            self.hand_out(&item);
            queue = self.queue();
            queue.counts.1 += 1;
            self.delivered.notify_all();
        }
        queue.delivering = None;
        drop(queue);
        self.delivered.notify_all();
    }

    fn hand_out(&self, item: &Queued) {
        let Queued::Event(event, for_clients) = item else {
            self.takers().receivers.clear();
            return;
        };
        // No lock is held, as an observer may call the engine.
        let observers = self.takers().observers.clone();
        for observer in observers {
            // A panic was reported when it happened.
            catch_panic(|| observer(event, *for_clients));
        }
        self.takers().receivers.retain(|receiver| receiver.send(event));
    }
}

/// A lock of the engine. Events that were queued meanwhile are delivered once the thread has
/// released the last of its locks.
pub(crate) struct Held<'a, T> {
    // Released before the rest is dropped.
    guard: MutexGuard<'a, T>,
    _count: Count<'a>,
}

impl<'a, T> Held<'a, T> {
    /// Takes over a lock that the thread has taken.
    pub(crate) fn new(guard: MutexGuard<'a, T>, events: &'a EventQueue) -> Self {
        HELD.set(HELD.get() + 1);
        Self { guard, _count: Count(events) }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// Counts a lock that the thread holds.
struct Count<'a>(&'a EventQueue);

impl Drop for Count<'_> {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
        self.0.deliver();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::lifetime::Lifetime;

    fn line(text: &str) -> Event {
        Event::Log(text.into())
    }

    #[test]
    fn events_come_in_order_and_without_locks() {
        let (lock, seen) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
        let events = Arc::new(EventQueue::default());
        let receiver = events.receiver();
        events.observe(Arc::new({
            let (lock, seen, events) = (lock.clone(), seen.clone(), Arc::downgrade(&events));
            move |event: &Event, for_clients| {
                assert!(lock.try_lock().is_ok(), "{event:?} comes with a lock held");
                if *event == line("first") {
                    events.upgrade().unwrap().push(line("from within"), true);
                }
                seen.lock().unwrap().push((event.clone(), for_clients));
            }
        }));
        let began = Instant::now();
        let outer = Held::new(lock.lock().unwrap(), &events);
        events.push(line("first"), true);
        let other = Mutex::new(());
        drop(Held::new(other.lock().unwrap(), &events));
        events.push(line("second"), false);
        assert_eq!(*seen.lock().unwrap(), []);
        assert_eq!(receiver.try_iter().count(), 0);
        drop(outer);
        let expected = [("first", true), ("second", false), ("from within", true)];
        assert_eq!(*seen.lock().unwrap(), expected.map(|(text, asked)| (line(text), asked)));
        let received: Vec<Event> = receiver.try_iter().collect();
        assert_eq!(received, ["first", "second", "from within"].map(line));
        assert!(began.elapsed() < PATIENCE, "an observer has waited for itself");
    }

    #[test]
    fn an_observer_that_panics_is_called_again() {
        let (events, calls) = (EventQueue::default(), Arc::new(Mutex::new(0)));
        let receiver = events.receiver();
        events.observe(Arc::new({
            let calls = calls.clone();
            move |event: &Event, _| {
                *calls.lock().unwrap() += 1;
                assert_ne!(*event, line("first"), "a test's observer");
            }
        }));
        events.push(line("first"), true);
        events.push(line("second"), true);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["first", "second"].map(line));
        assert_eq!(*calls.lock().unwrap(), 2);
    }

    #[test]
    fn a_command_waits_for_its_own_events() {
        let (enter, entered) = std::sync::mpsc::channel();
        let (leave, may_leave) = std::sync::mpsc::channel::<()>();
        let (may_leave, seen) = (Mutex::new(may_leave), Arc::new(Mutex::new(Vec::new())));
        let events = Arc::new(EventQueue::default());
        let receiver = events.receiver();
        events.observe(Arc::new({
            let seen = seen.clone();
            move |event: &Event, _| {
                if *event == line("slow") {
                    enter.send(()).unwrap();
                    may_leave.lock().unwrap().recv().unwrap();
                }
                seen.lock().unwrap().push(event.clone());
            }
        }));
        std::thread::scope(|scope| {
            scope.spawn(|| events.push(line("slow"), true));
            entered.recv().unwrap();
            let command = scope.spawn(|| {
                events.push(line("own"), true);
                seen.lock().unwrap().contains(&line("own"))
            });
            std::thread::sleep(Duration::from_millis(50));
            assert!(!command.is_finished());
            // A thread of the engine goes on meanwhile.
            let (queue, done) = (events.clone(), Arc::new(AtomicBool::new(false)));
            let (lifetime, has_queued) = (Arc::new(Lifetime::default()), done.clone());
            let thread = lifetime.spawn("test", move || {
                let began = Instant::now();
                queue.push(line("own thread"), true);
                has_queued.store(began.elapsed() < PATIENCE / 2, Ordering::SeqCst);
            });
            lifetime.wait(Duration::from_secs(60));
            leave.send(()).unwrap();
            thread.unwrap();
            assert!(done.load(Ordering::SeqCst), "it has waited for the observer");
            assert!(command.join().unwrap());
        });
        // Delivered by the first thread, at the latest when it returns.
        let expected = ["slow", "own", "own thread"].map(line);
        events.fall_silent();
        events.push(line("late"), true);
        assert_eq!(*seen.lock().unwrap(), expected);
        assert_eq!(receiver.iter().count(), 3);
        assert_eq!(events.receiver().iter().count(), 0);
    }
}
