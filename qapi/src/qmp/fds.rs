//! File descriptors that came with a request.

use std::collections::VecDeque;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

/// File descriptors that a client has passed with a request and its command has not taken yet, oldest first. What it does not take is
/// closed at its end.
#[derive(Default)]
pub struct Fds {
    waiting: Mutex<VecDeque<OwnedFd>>,
}

/// How many a request may have; the oldest are closed beyond it.
const MOST: usize = 253;

impl Fds {
    /// Takes the oldest.
    pub fn take(&self) -> Option<OwnedFd> {
        self.waiting().pop_front()
    }

    /// Adds one.
    pub fn push(&self, fd: OwnedFd) {
        let mut waiting = self.waiting();
        if waiting.len() == MOST {
            waiting.pop_front();
        }
        waiting.push_back(fd);
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<OwnedFd>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Fds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fds").field("waiting", &self.waiting().len()).finish()
    }
}
