//! Threads that do jobs of one kind. Results come in whatever order the jobs are done.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::unwind::caught;

/// Threads, and the jobs that they were given. When dropped, jobs that were not begun are forgotten.
pub(crate) struct Workers<J, R> {
    shared: Arc<Shared<J, R>>,
    threads: Vec<JoinHandle<()>>,
    /// Jobs whose results were not taken.
    outstanding: usize,
}

struct Shared<J, R> {
    state: Mutex<State<J, R>>,
    /// There is a job, or nothing more to do.
    given: Condvar,
    /// There is a result.
    done: Condvar,
}

struct State<J, R> {
    jobs: VecDeque<J>,
    results: VecDeque<R>,
    /// How many jobs panicked: their results will never come.
    lost: usize,
    ending: bool,
}

impl<J: Send + 'static, R: Send + 'static> Workers<J, R> {
    /// Starts `count` threads, each with what `worker` makes for it.
    ///
    /// # Errors
    /// A thread that cannot be had.
    pub(crate) fn start<W>(count: usize, name: &str, worker: impl Fn() -> W) -> io::Result<Self>
    where
        W: FnMut(J) -> R + Send + 'static,
    {
        let state =
            State { jobs: VecDeque::new(), results: VecDeque::new(), lost: 0, ending: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            given: Condvar::new(),
            done: Condvar::new(),
        });
        let mut workers = Self { shared: shared.clone(), threads: Vec::new(), outstanding: 0 };
        for number in 0..count {
            let (shared, mut work) = (shared.clone(), worker());
            let thread = std::thread::Builder::new().name(format!("{name}_{number}"));
            workers.threads.push(thread.spawn(move || shared.serve(&mut work))?);
        }
        Ok(workers)
    }

    /// Whether every thread has something to do.
    pub(crate) fn are_busy(&self) -> bool {
        let state = self.shared.state();
        self.outstanding - state.results.len() >= self.threads.len()
    }

    /// Whether there are results still to be taken, or to come.
    pub(crate) fn are_outstanding(&self) -> bool {
        self.outstanding > 0
    }

    /// Gives a job to whoever is free first.
    pub(crate) fn give(&mut self, job: J) {
        self.outstanding += 1;
        self.shared.state().jobs.push_back(job);
        self.shared.given.notify_one();
    }

    /// Takes a result, if there is one.
    pub(crate) fn take(&mut self) -> Option<R> {
        let result = self.shared.state().results.pop_front()?;
        self.outstanding -= 1;
        Some(result)
    }

    /// Waits for a result; `None` if no job was given that it could be of.
    ///
    /// # Panics
    /// If a job panicked, once its result is all that is left.
    pub(crate) fn wait(&mut self) -> Option<R> {
        if self.outstanding == 0 {
            return None;
        }
        let mut state = self.shared.state();
        let result = loop {
            if let Some(result) = state.results.pop_front() {
                break result;
            }
            assert!(self.outstanding > state.lost, "the thread that was to do this panicked");
            state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        drop(state);
        self.outstanding -= 1;
        Some(result)
    }
}

impl<J, R> Shared<J, R> {
    fn state(&self) -> MutexGuard<'_, State<J, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, work: &mut impl FnMut(J) -> R) {
        let mut state = self.state();
        loop {
            if state.ending {
                return;
            }
            let Some(job) = state.jobs.pop_front() else {
                state = self.given.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            let result = caught(|| work(job));
            state = self.state();
            state.lost += usize::from(result.is_none());
            state.results.extend(result);
            self.done.notify_one();
        }
    }
}

impl<J, R> Drop for Workers<J, R> {
    fn drop(&mut self) {
        self.shared.state().ending = true;
        self.shared.given.notify_all();
        for thread in self.threads.drain(..) {
            // A panic has been told where it happened.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once() {
        let mut workers = Workers::start(3, "test", || |job: u64| job * job).unwrap();
        assert_eq!((workers.wait(), workers.take()), (None, None));
        (0..100).for_each(|job| workers.give(job));
        let mut results: Vec<u64> = std::iter::from_fn(|| workers.wait()).collect();
        results.sort_unstable();
        assert!(results.into_iter().eq((0..100).map(|job| job * job)));
        assert!(!workers.are_busy() && !workers.are_outstanding());
        (0..100).for_each(|job| workers.give(job));
    }

    #[test]
    fn a_job_that_panics_is_not_waited_for() {
        let mut workers = Workers::start(1, "test", || |job: u64| 100 / job).unwrap();
        [0, 5].into_iter().for_each(|job| workers.give(job));
        assert_eq!(workers.wait(), Some(20));
        assert!(caught(|| workers.wait()).is_none());
    }
}
