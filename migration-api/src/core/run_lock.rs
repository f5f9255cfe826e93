//! The lock that serialises starting, stopping and resetting the guest.

use crate::sync::{Condvar, IgnorePoison, Mutex, MutexGuard, TryLockError};

/// The lock. Taken before the state's lock, never after it.
///
/// A job that works on the guest is part of the state, not of this lock: only a thread that holds
/// this lock may begin one, and other threads get the lock only once no job works.
#[derive(Default)]
pub(crate) struct RunLock {
    running: Mutex<()>,
    /// Signalled when a job has done its work.
    idle: Condvar,
}

impl RunLock {
    /// Takes the lock once no job works. `busy` returns true for a state with a working job.
    pub(crate) fn acquire<S>(
        &self,
        state: &Mutex<S>,
        busy: impl Fn(&S) -> bool,
    ) -> MutexGuard<'_, ()> {
        loop {
            let running = self.acquire_for_job();
            let state = state.lock().ignore_poison();
            if !busy(&state) {
                return running;
            }
            drop(running);
            drop(self.idle.wait(state).ignore_poison());
        }
    }

    /// Takes the lock for the working job itself.
    pub(crate) fn acquire_for_job(&self) -> MutexGuard<'_, ()> {
        self.running.lock().ignore_poison()
    }

    /// Returns true if a thread holds the lock.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.running.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Locks the state once no job works.
    pub(crate) fn idle_state<'a, S>(
        &self,
        state: &'a Mutex<S>,
        busy: impl Fn(&S) -> bool,
    ) -> MutexGuard<'a, S> {
        let mut state = state.lock().ignore_poison();
        while busy(&state) {
            state = self.idle.wait(state).ignore_poison();
        }
        state
    }

    /// Wakes the threads that wait for the end of a job. The state shows the end already.
    pub(crate) fn job_ended(&self) {
        self.idle.notify_all();
    }
}
