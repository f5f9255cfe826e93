//! The locks of code that has a model: `models/` compiles the same files with those of a model
//! checker.

mod poison;

pub(crate) use poison::IgnorePoison;
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError, atomic};
