//! A thread pool for jobs of one kind. Results arrive in the order of completion.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// A thread pool with its jobs. Dropping it discards jobs that have not begun.
pub(crate) struct Workers<J, R> {
    shared: Arc<SharedJobs<J, R>>,
    threads: Vec<JoinHandle<()>>,
    /// Number of jobs whose results were not taken.
    outstanding: usize,
}

struct SharedJobs<J, R> {
    state: Mutex<JobQueue<J, R>>,
    /// Signalled when there is a job, or when the pool ends.
    given: Condvar,
    /// Signalled when there is a result.
    done: Condvar,
}

struct JobQueue<J, R> {
    jobs: VecDeque<J>,
    results: VecDeque<R>,
    /// Number of jobs that panicked, which have no results.
    lost: usize,
    ending: bool,
}

impl<J: Send + 'static, R: Send + 'static> Workers<J, R> {
    /// Starts `count` threads, each with its own closure from `worker`.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(crate) fn start<W>(count: usize, name: &str, worker: impl Fn() -> W) -> io::Result<Self>
    where
        W: FnMut(J) -> R + Send + 'static,
    {
        let state =
            JobQueue { jobs: VecDeque::new(), results: VecDeque::new(), lost: 0, ending: false };
        let shared = Arc::new(SharedJobs {
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

    /// Returns true if every thread is busy.
    pub(crate) fn are_busy(&self) -> bool {
        let state = self.shared.state();
        self.outstanding - state.results.len() >= self.threads.len()
    }

    /// Returns true if results are ready or outstanding.
    pub(crate) fn are_outstanding(&self) -> bool {
        self.outstanding > 0
    }

    /// Queues a job for the next free thread.
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

    /// Waits for a result. Returns `None` if no job is outstanding.
    ///
    /// # Panics
    /// If only jobs that panicked are outstanding.
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
            state = self.shared.done.wait(state).ignore_poison();
        };
        drop(state);
        self.outstanding -= 1;
        Some(result)
    }
}

impl<J, R> SharedJobs<J, R> {
    fn state(&self) -> MutexGuard<'_, JobQueue<J, R>> {
        self.state.lock().ignore_poison()
    }

    fn serve(&self, work: &mut impl FnMut(J) -> R) {
        let mut state = self.state();
        loop {
            if state.ending {
                return;
            }
            let Some(job) = state.jobs.pop_front() else {
                state = self.given.wait(state).ignore_poison();
                continue;
            };
            drop(state);
            let result = catch_panic(|| work(job));
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
            // The panic was reported when it happened.
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
        assert!(catch_panic(|| workers.wait()).is_none());
    }
}
