//! File descriptors that came with requests.

use std::collections::VecDeque;
use std::fmt;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard};

use crate::sync::unpoisoned;

/// File descriptors that a client has passed and no command has taken yet, oldest first.
#[derive(Default)]
pub struct Fds(Mutex<FdsState>);

/// Systems other than unix pass none.
#[cfg(not(unix))]
enum OwnedFd {}

#[derive(Default)]
struct FdsState {
    waiting: VecDeque<OwnedFd>,
    /// Some of them were taken.
    taken: bool,
}

impl Fds {
    /// The descriptors of one message.
    #[cfg(unix)]
    pub(crate) fn new(fds: impl IntoIterator<Item = OwnedFd>) -> Fds {
        Fds(Mutex::new(FdsState { waiting: fds.into_iter().collect(), taken: false }))
    }

    /// Takes the oldest.
    #[cfg(unix)]
    pub fn take(&self) -> Option<OwnedFd> {
        let mut state = self.state();
        let fd = state.waiting.pop_front();
        state.taken |= fd.is_some();
        fd
    }

    /// Closes the rest after a request that has taken some: they were meant for it.
    pub(crate) fn close_rest(&self) {
        let mut state = self.state();
        if state.taken {
            state.waiting.clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, FdsState> {
        unpoisoned(self.0.lock())
    }
}

impl fmt::Debug for Fds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fds").field("waiting", &self.state().waiting.len()).finish()
    }
}
