//! Ends what an engine has started: its threads, and the waits of commands.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::sync::IgnorePoison;
use crate::transport::Stop;
use crate::unwind::catch_panic;

thread_local! {
    /// The engine that has started the thread; null in other threads. Only compared: the thread
    /// keeps the [`Lifetime`] alive.
    static STARTED_BY: Cell<*const Lifetime> = const { Cell::new(std::ptr::null()) };
}

/// The text of errors that refuse work after the end of the engine.
pub(crate) const ENGINE_ENDED: &str = "the engine has ended";

/// Returns true if an engine, this or another, has started the calling thread.
pub(crate) fn is_engine_thread() -> bool {
    !STARTED_BY.get().is_null()
}

/// The threads of an engine, and the switches that end their waits and those of commands.
#[derive(Default)]
pub(crate) struct Lifetime {
    state: Mutex<Threads>,
    /// Signalled when a thread has ended.
    changed: Condvar,
    /// Taken while a thread is started, so that its handle is here before the thread counts as
    /// ended.
    handles: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Threads {
    ended: bool,
    threads: usize,
    switches: Vec<Weak<Stop>>,
}

impl Lifetime {
    fn state(&self) -> MutexGuard<'_, Threads> {
        self.state.lock().ignore_poison()
    }

    /// Returns true if this engine has started the calling thread.
    pub(crate) fn is_own_thread(&self) -> bool {
        std::ptr::eq(STARTED_BY.get(), self)
    }

    /// Starts a thread that is [waited for](Self::wait) at the end of the engine. A panic ends the
    /// thread alone.
    ///
    /// # Errors
    /// The host has no more threads, or the engine has ended, after which only its own threads
    /// start others.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let mut handles = self.handles.lock().ignore_poison();
        handles.retain(|handle| !handle.is_finished());
        let counted = Counted::new(self.clone()).ok_or_else(|| io::Error::other(ENGINE_ENDED))?;
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || {
            STARTED_BY.set(Arc::as_ptr(&counted.0));
            // What `work` holds is gone before the thread counts as ended.
            catch_panic(work);
            drop(counted);
        });
        handles.push(thread?);
        Ok(())
    }

    /// Makes a switch that is thrown at the end of the engine, or at once after it.
    ///
    /// # Errors
    /// The host has no more descriptors.
    pub(crate) fn switch(&self) -> io::Result<Arc<Stop>> {
        let stop = Arc::new(Stop::new()?);
        self.end_with(&stop);
        Ok(stop)
    }

    /// Has a switch thrown at the end of the engine, or at once after it.
    pub(crate) fn end_with(&self, stop: &Arc<Stop>) {
        let mut state = self.state();
        state.switches.retain(|known| known.strong_count() > 0);
        state.switches.push(Arc::downgrade(stop));
        let ended = state.ended;
        drop(state);
        if ended {
            stop.stop();
        }
    }

    /// Returns true after the end of the engine.
    pub(crate) fn has_ended(&self) -> bool {
        self.state().ended
    }

    /// Fails with `ended` after the end of the engine. With the run lock or the state
    /// locked, the end comes before the check, or finds the work that follows it.
    ///
    /// # Errors
    /// The engine has ended.
    pub(crate) fn check<E>(&self, ended: E) -> Result<(), E> {
        if self.has_ended() { Err(ended) } else { Ok(()) }
    }

    /// Refuses new work from now on: [`has_ended`](Self::has_ended) returns true. Threads go on.
    pub(crate) fn refuse(&self) {
        self.state().ended = true;
    }

    /// Throws all switches, and refuses new work.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let switches = std::mem::take(&mut state.switches);
        drop(state);
        switches.iter().filter_map(Weak::upgrade).for_each(|stop| stop.stop());
    }

    /// Waits until all threads have ended, `limit` at most. Returns true if they have.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut state = self.state();
        while state.threads > 0 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.ignore_poison().0;
        }
        drop(state);
        // They have done their work, but may not be gone yet.
        let handles = std::mem::take(&mut *self.handles.lock().ignore_poison());
        for handle in handles {
            if handle.thread().id() != std::thread::current().id() {
                // A panic of the work was caught.
                let _ = handle.join();
            }
        }
        true
    }
}

/// Counts a thread as long as it exists.
struct Counted(Arc<Lifetime>);

impl Counted {
    /// Returns `None` after the end of the engine, unless one of its own threads asks.
    fn new(lifetime: Arc<Lifetime>) -> Option<Self> {
        let mut state = lifetime.state();
        if state.ended && !lifetime.is_own_thread() {
            return None;
        }
        state.threads += 1;
        drop(state);
        Some(Self(lifetime))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.state().threads -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_waited_for_and_switches_thrown() {
        let lifetime = Arc::new(Lifetime::default());
        let stop = lifetime.switch().unwrap();
        let held = Arc::new(());
        let (weak, waits, own) = (Arc::downgrade(&held), stop.clone(), lifetime.clone());
        lifetime
            .spawn("test", move || {
                assert!(own.is_own_thread() && is_engine_thread());
                waits.sleep(Duration::from_secs(3600));
                drop(held);
                panic!("a panic ends the thread alone");
            })
            .unwrap();
        assert!(!lifetime.is_own_thread() && !is_engine_thread());
        assert!(!lifetime.wait(Duration::from_millis(10)));
        assert!(!lifetime.has_ended() && !stop.is_stopped());
        lifetime.end();
        assert!(lifetime.wait(Duration::from_secs(60)) && lifetime.has_ended());
        assert!(weak.upgrade().is_none());
        assert!(lifetime.switch().unwrap().is_stopped());
        let refused = lifetime.spawn("test", || ()).unwrap_err();
        assert_eq!(refused.to_string(), ENGINE_ENDED);
    }
}
