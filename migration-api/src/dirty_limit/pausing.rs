//! The lock of the calls of `pause_on_full_ring`, so that no pause follows the end of its limit.

use std::sync::{Mutex, MutexGuard};
use std::thread::ThreadId;

use crate::sync::IgnorePoison;

/// The lock. A thread that has it already is told so instead of waiting for itself.
#[derive(Default)]
pub(super) struct PausingLock {
    lock: Mutex<()>,
    /// The thread that has the lock.
    holder: Mutex<Option<ThreadId>>,
}

/// The lock, taken.
pub(super) struct Pausing<'a> {
    // Cleared before the lock is released.
    _holder: Holder<'a>,
    _guard: MutexGuard<'a, ()>,
}

struct Holder<'a>(&'a Mutex<Option<ThreadId>>);

impl PausingLock {
    /// Takes the lock. Returns `None` if the calling thread has it.
    pub(super) fn acquire(&self) -> Option<Pausing<'_>> {
        let own = Some(std::thread::current().id());
        if *self.holder.lock().ignore_poison() == own {
            return None;
        }
        let guard = self.lock.lock().ignore_poison();
        *self.holder.lock().ignore_poison() = own;
        Some(Pausing { _holder: Holder(&self.holder), _guard: guard })
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        *self.0.lock().ignore_poison() = None;
    }
}
