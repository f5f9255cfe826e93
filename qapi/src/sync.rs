//! Locks that a panic does not spoil: what they protect is whole after every statement.

use std::sync::{LockResult, PoisonError};

/// Returns the guard of a lock, also after a panic of an earlier holder: a panic ends its own
/// connection only.
pub(crate) fn unpoisoned<G>(lock: LockResult<G>) -> G {
    lock.unwrap_or_else(PoisonError::into_inner)
}
