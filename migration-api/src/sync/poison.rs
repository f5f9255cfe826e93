//! Locks that a panicking thread has held.

use std::sync::PoisonError;

/// Takes a lock even if a thread panicked while it held it. What the lock protects is consistent at
/// every point at which the embedder's code, which may panic, is called.
pub(crate) trait IgnorePoison<T> {
    /// Returns the guard.
    fn ignore_poison(self) -> T;
}

impl<T> IgnorePoison<T> for Result<T, PoisonError<T>> {
    fn ignore_poison(self) -> T {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}
