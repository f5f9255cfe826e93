//! Standard input, which ends when the server does.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use super::stop::{Door, Stop};
use super::transport::{Input, retry};

/// Standard input without a buffer of its own.
pub(crate) struct StandardInput<'s> {
    stop: &'s Stop,
    /// Wakes up who waits.
    door: Arc<Door>,
}

impl<'s> StandardInput<'s> {
    pub fn new(stop: &'s Stop) -> io::Result<StandardInput<'s>> {
        Ok(StandardInput { stop, door: stop.door(1)? })
    }
}

impl Input for StandardInput<'_> {
    fn read(&mut self, bytes: &mut [u8], _: &mut Vec<OwnedFd>) -> io::Result<usize> {
        let input = io::stdin();
        while !self.stop.is_stopped() {
            if self.door.wait_for(input.as_fd())? {
                return Ok(retry(|| rustix::io::read(&input, &mut *bytes))?);
            }
        }
        Ok(0)
    }
}
