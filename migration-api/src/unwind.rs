//! Contains panics, so that the status still changes and the guest is started again.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`, and returns `None` if it panicked. The panic hook has reported it, most likely one
/// of the embedder's guest. State that `work` changes must be consistent at every possible panic.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
