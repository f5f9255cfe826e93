//! Locks that a panic does not spoil: what they protect is whole after every statement.

use std::sync::{LockResult, PoisonError};

/// The guard of a lock, also after a panic of an earlier holder, which ends its own connection only.
pub(crate) fn unpoisoned<G>(lock: LockResult<G>) -> G {
    lock.unwrap_or_else(PoisonError::into_inner)
}
