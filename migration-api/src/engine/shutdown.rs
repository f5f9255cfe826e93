//! Ends an engine.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ending::end;
use super::{Engine, Event};
use crate::api::ShutdownCause;
use crate::core::{Core, is_in_guest};

impl Engine {
    /// Stops the guest, and ends migrations, jobs and threads without waiting for them. Methods of
    /// [`Guest`](crate::guest::Guest) may call this, too.
    ///
    /// A QMP server holds a clone of the engine and continues to answer: an embedder keeps the
    /// [`Server`](qapi::server::Server) and calls its
    /// [`shutdown`](qapi::server::Server::shutdown), too. The command `quit` does both.
    ///
    /// ```
    /// # fn f(engine: migration_api::engine::Engine) {
    /// engine.shutdown().join();
    /// // No thread of the engine touches guest memory any more.
    /// # }
    /// ```
    ///
    /// All later calls that would start work or run the guest fail with the `Ended` error of their
    /// type. Queries still answer.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown_for(ShutdownCause::HostQmpQuit)
    }

    /// Does the same, and reports another cause in [`Event::Shutdown`]. Only the cancellation of a
    /// migration follows it; then receivers end.
    pub fn shutdown_for(&self, cause: ShutdownCause) -> Shutdown {
        self.core.notify(Event::Shutdown(cause));
        end(&self.core, true);
        Shutdown { core: self.core.clone() }
    }
}

/// The end of an engine, which has begun. It comes also if this is dropped.
pub struct Shutdown {
    core: Arc<Core>,
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown").finish_non_exhaustive()
    }
}

impl Shutdown {
    /// Waits until all threads of the engine have ended, so that nothing touches guest memory any
    /// more. A thread in which the guest is called takes as long as that call.
    ///
    /// Returns at once on a thread of this engine, and in a method of the guest.
    pub fn join(self) {
        if self.may_wait() {
            while !self.core.lifetime.wait(Duration::from_secs(3600)) {}
        }
    }

    /// Waits for the same, `limit` at most.
    ///
    /// # Errors
    /// The value itself, if threads are left.
    pub fn join_timeout(self, limit: Duration) -> Result<(), Self> {
        if self.may_wait() && self.core.lifetime.wait(limit) { Ok(()) } else { Err(self) }
    }

    /// Returns false in a thread that the end waits for.
    fn may_wait(&self) -> bool {
        !self.core.lifetime.is_own_thread() && !is_in_guest()
    }
}
