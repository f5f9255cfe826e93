//! The notices of an engine to its embedder, in order, while none of the engine's locks is held.
//!
//! A notice is queued where it arises, mostly with locks held, so that the queue has the order of
//! the changes. It is delivered when the thread that queued it holds no lock of the engine any
//! more. One thread at a time delivers: it takes the notices of others with its own.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::notice::{Notice, Notify};
use crate::lifetime::is_own_thread;
use crate::unwind::catch_panic;

/// Limit for a command to wait for its notices while another thread delivers them.
const PATIENCE: Duration = Duration::from_secs(1);

thread_local! {
    /// The number of locks of engines that the thread holds.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// The notices that are not delivered yet.
pub(crate) struct Notices {
    notify: Notify,
    queue: Mutex<Queue>,
    /// Signalled when a notice was delivered.
    delivered: Condvar,
    /// No more notices are queued.
    silent: AtomicBool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Notice>,
    /// The thread that delivers, if any.
    delivering: Option<ThreadId>,
    /// The numbers of notices queued and delivered so far.
    counts: (u64, u64),
}

impl Notices {
    pub(crate) fn new(notify: Notify) -> Self {
        let (queue, delivered) = (Mutex::default(), Condvar::new());
        Self { notify, queue, delivered, silent: AtomicBool::new(false) }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a notice, and delivers it if the thread holds no lock.
    pub(crate) fn push(&self, notice: Notice) {
        if self.silent.load(Ordering::SeqCst) {
            return;
        }
        let mut queue = self.queue();
        queue.waiting.push_back(notice);
        queue.counts.0 += 1;
        drop(queue);
        self.deliver();
    }

    /// Queues nothing any more.
    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    /// Delivers all that is queued, unless the thread holds a lock.
    ///
    /// If another thread delivers, a command's thread waits until its own notices are through, so
    /// that events come before the command's reply.
    fn deliver(&self) {
        if HELD.get() > 0 {
            return;
        }
        let mut queue = self.queue();
        let (own, end) = (queue.counts.0, Instant::now() + PATIENCE);
        while let Some(delivering) = queue.delivering {
            let left = end.saturating_duration_since(Instant::now());
            let through = queue.counts.1 >= own;
            // Called from within a notification: the notice follows when that returns.
            let within = delivering == std::thread::current().id();
            if through || within || is_own_thread() || left.is_zero() {
                return;
            }
            let waited = self.delivered.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if queue.waiting.is_empty() {
            return;
        }
        queue.delivering = Some(std::thread::current().id());
        while let Some(notice) = queue.waiting.pop_front() {
            drop(queue);
            // A panic of the embedder's was reported when it happened.
            catch_panic(|| (self.notify)(notice));
            queue = self.queue();
            queue.counts.1 += 1;
            self.delivered.notify_all();
        }
        queue.delivering = None;
        drop(queue);
        self.delivered.notify_all();
    }
}

/// A lock of the engine. Notices that were queued meanwhile are delivered once the thread has
/// released the last of its locks.
pub(crate) struct Held<'a, T> {
    // Released before the rest is dropped.
    guard: MutexGuard<'a, T>,
    _count: Count<'a>,
}

impl<'a, T> Held<'a, T> {
    /// Takes over a lock that the thread has taken.
    pub(crate) fn new(guard: MutexGuard<'a, T>, notices: &'a Notices) -> Self {
        HELD.set(HELD.get() + 1);
        Self { guard, _count: Count(notices) }
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
struct Count<'a>(&'a Notices);

impl Drop for Count<'_> {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
        self.0.deliver();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use super::*;

    fn line(text: &str) -> Notice {
        Notice::Log(text.into())
    }

    #[test]
    fn notices_come_in_order_and_without_locks() {
        let (lock, seen) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
        let notices: Arc<OnceLock<Notices>> = Arc::default();
        let notify: Notify = Box::new({
            let (lock, seen, notices) = (lock.clone(), seen.clone(), notices.clone());
            move |notice| {
                assert!(lock.try_lock().is_ok(), "{notice:?} comes with a lock held");
                if notice == line("first") {
                    notices.get().unwrap().push(line("from within"));
                }
                seen.lock().unwrap().push(notice);
            }
        });
        let notices = notices.get_or_init(|| Notices::new(notify));
        let outer = Held::new(lock.lock().unwrap(), notices);
        notices.push(line("first"));
        let other = Mutex::new(());
        drop(Held::new(other.lock().unwrap(), notices));
        notices.push(line("second"));
        assert_eq!(*seen.lock().unwrap(), []);
        drop(outer);
        let expected = ["first", "second", "from within"].map(line);
        assert_eq!(*seen.lock().unwrap(), expected);
    }

    #[test]
    fn a_command_waits_for_its_own_notices() {
        let (enter, entered) = std::sync::mpsc::channel();
        let (leave, may_leave) = std::sync::mpsc::channel::<()>();
        let (may_leave, seen) = (Mutex::new(may_leave), Arc::new(Mutex::new(Vec::new())));
        let notify: Notify = Box::new({
            let seen = seen.clone();
            move |notice| {
                if notice == line("slow") {
                    enter.send(()).unwrap();
                    may_leave.lock().unwrap().recv().unwrap();
                }
                seen.lock().unwrap().push(notice);
            }
        });
        let notices = Arc::new(Notices::new(notify));
        std::thread::scope(|scope| {
            scope.spawn(|| notices.push(line("slow")));
            entered.recv().unwrap();
            let command = scope.spawn(|| {
                notices.push(line("own"));
                seen.lock().unwrap().len()
            });
            std::thread::sleep(Duration::from_millis(50));
            assert!(!command.is_finished());
            leave.send(()).unwrap();
            assert_eq!(command.join().unwrap(), 2);
        });
        notices.fall_silent();
        notices.push(line("late"));
        assert_eq!(*seen.lock().unwrap(), ["slow", "own"].map(line));
    }
}
