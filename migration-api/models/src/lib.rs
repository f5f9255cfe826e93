//! Models of the engine's locks: the engine's own files with the locks of a model checker, and
//! short programs of threads over them.
//!
//! Each model is a function that is run once in each order of its threads; it panics if a property
//! does not hold, and the checker reports a deadlock. Modules are laid out as in the engine, so
//! that the paths in its files lead to the stand-ins here.

#![allow(dead_code, reason = "models need a part of each file")]

pub mod destination;
pub mod run_lock_model;
pub mod source;

#[path = "../../src/core/run_lock.rs"]
mod run_lock;

#[path = "../../src/page_set.rs"]
mod page_set;

#[path = "../../src/sync/poison.rs"]
mod poison;

/// The locks of the model checker.
mod sync {
    pub(crate) use crate::poison::IgnorePoison;
    pub(crate) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError, atomic};

    /// Returns words that are zero.
    pub(crate) fn zeroed(count: usize) -> Box<[atomic::AtomicU64]> {
        (0..count).map(|_| atomic::AtomicU64::new(0)).collect()
    }
}

/// Stands for the engine's streams.
mod stream {
    pub(crate) mod multifd {
        #[derive(Debug, PartialEq)]
        pub(crate) enum MultifdError {
            Closed,
        }
    }
}

/// Stands for the engine's connections.
mod transport {
    use crate::sync::atomic::{AtomicBool, Ordering};

    #[derive(Default)]
    pub(crate) struct Channel(AtomicBool);

    impl Channel {
        pub(crate) fn end_reading(&self) {
            self.0.store(true, Ordering::SeqCst);
        }

        pub(crate) fn is_ended(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }
}
