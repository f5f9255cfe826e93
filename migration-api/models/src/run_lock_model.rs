//! The run lock: commands and jobs that start, stop and reset the guest.

use shuttle::thread;

use crate::run_lock::RunLock;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Arc, Mutex};

struct Engine {
    lock: RunLock,
    /// The state: whether a job is at work.
    job: Mutex<bool>,
    /// The threads that have the guest in their hands.
    hands: AtomicU32,
    changes: AtomicU32,
}

impl Engine {
    fn change(&self) {
        assert_eq!(self.hands.fetch_add(1, Ordering::SeqCst), 0, "two threads change the guest");
        thread::yield_now();
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.hands.fetch_sub(1, Ordering::SeqCst);
    }

    fn command(&self) {
        let _running = self.lock.acquire(&self.job, |job| *job);
        assert!(!*self.job.lock().unwrap(), "a job has the guest in its hands");
        self.change();
    }

    /// Begins a job and does its work, as the job's own thread does.
    fn job(&self) {
        let running = self.lock.acquire(&self.job, |job| *job);
        *self.job.lock().unwrap() = true;
        drop(running);
        for _ in 0..2 {
            let running = self.lock.acquire_for_job();
            self.change();
            drop(running);
        }
        *self.job.lock().unwrap() = false;
        self.lock.job_ended();
    }

    /// Looks at the state, as a query does that comes before or after a job.
    fn query(&self) {
        assert!(!*self.lock.idle_state(&self.job, |job| *job), "the state is that of a job");
    }
}

/// Two jobs, a command and a query: one at a time has the guest, commands none during a job, and
/// all of them end.
pub fn jobs_and_commands() {
    let engine = Arc::new(Engine {
        lock: RunLock::default(),
        job: Mutex::new(false),
        hands: AtomicU32::new(0),
        changes: AtomicU32::new(0),
    });
    let threads = [Engine::job, Engine::command, Engine::job, Engine::query].map(|act| {
        let engine = engine.clone();
        thread::spawn(move || act(&engine))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(engine.changes.load(Ordering::SeqCst), 5);
    assert!(!engine.lock.is_held());
}
