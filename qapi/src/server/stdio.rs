//! Standard input, which ends when the server does.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use super::accept_gate::AcceptGate;
use super::shutdown::Shutdown;
use super::transport::{Input, retry};

/// Standard input without a buffer of its own.
pub(crate) struct StandardInput<'s> {
    shutdown: &'s Shutdown,
    /// Wakes up who waits.
    gate: Arc<AcceptGate>,
}

impl<'s> StandardInput<'s> {
    pub fn new(shutdown: &'s Shutdown) -> io::Result<StandardInput<'s>> {
        Ok(StandardInput { shutdown, gate: shutdown.gate(1)? })
    }
}

impl Input for StandardInput<'_> {
    fn read(&mut self, bytes: &mut [u8], _: &mut Vec<OwnedFd>) -> io::Result<usize> {
        let input = io::stdin();
        while !self.shutdown.has_started() {
            if self.gate.wait_for(input.as_fd())? {
                return Ok(retry(|| rustix::io::read(&input, &mut *bytes))?);
            }
        }
        Ok(0)
    }
}
