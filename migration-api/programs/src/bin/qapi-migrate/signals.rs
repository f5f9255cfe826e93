//! Ctrl-C and SIGTERM, and waits that they end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// The pause between two looks for a signal: the longest time until one is noticed.
const TICK: Duration = Duration::from_millis(20);

/// The signals received and not yet acted on. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Signals(Arc<AtomicBool>);

/// The end of a wait.
#[derive(Debug, PartialEq)]
pub enum Waited<T> {
    /// The job is done.
    Done(T),
    /// A signal came first. The job goes on in its thread.
    Interrupted,
    /// The caller gave up first. The job goes on in its thread.
    GivenUp,
}

impl Signals {
    /// Catches SIGINT and SIGTERM from now on.
    ///
    /// # Errors
    /// If the system refuses the handlers.
    pub fn register() -> io::Result<Self> {
        let signals = Self::default();
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, signals.0.clone())?;
        }
        Ok(signals)
    }

    /// Returns true if a signal waits to be acted on.
    pub fn is_pending(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Marks the signals received so far as acted on.
    pub fn acknowledge(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Runs a blocking job in a thread of its own. Waits for its end, for a signal, or until
    /// `give_up` returns true, whichever comes first.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
        mut give_up: impl FnMut() -> bool,
    ) -> io::Result<Waited<T>> {
        let (sender, receiver) = sync_channel(1);
        let thread = thread::Builder::new().spawn(move || drop(sender.send(job())))?;
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(outcome) => return Ok(Waited::Done(outcome)),
                Err(RecvTimeoutError::Timeout) if self.is_pending() => {
                    return Ok(Waited::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) if give_up() => return Ok(Waited::GivenUp),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    // Only a panic ends the thread without an outcome.
                    thread.join().map_or_else(|panic| std::panic::resume_unwind(panic), drop);
                    return Err(io::Error::other("a thread ended without an outcome"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_a_wait_but_not_one_that_is_done() {
        let signals = Signals::default();
        assert_eq!(signals.run(|| 7, || false).unwrap(), Waited::Done(7));
        signals.0.store(true, Ordering::SeqCst);
        let forever = || thread::sleep(Duration::from_secs(3600));
        assert_eq!(signals.run(forever, || false).unwrap(), Waited::Interrupted);
        signals.acknowledge();
        assert_eq!(signals.run(forever, || true).unwrap(), Waited::GivenUp);
    }
}
