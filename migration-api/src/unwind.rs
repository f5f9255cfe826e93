//! What a panic may not leave behind: a status that nobody changes any more, a guest that nobody starts again.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` gives; `None` if it panicked, which was reported when it happened. Most likely it was the embedder's guest. What `work`
/// changes has to be sound whenever it panics.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
