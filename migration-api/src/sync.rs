//! The locks of code that has a model: `models/` compiles the same files with those of a model
//! checker.

mod poison;

pub(crate) use poison::IgnorePoison;
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError, atomic};

use zerocopy::FromZeros;

/// Returns words that are zero, in memory that the host populates as they are written.
pub(crate) fn zeroed(count: usize) -> Box<[atomic::AtomicU64]> {
    let words = <[atomic::AtomicU64]>::new_box_zeroed_with_elems(count);
    // Without memory, this ends the process as any allocation does.
    words.unwrap_or_else(|_| (0..count).map(|_| atomic::AtomicU64::new(0)).collect())
}
