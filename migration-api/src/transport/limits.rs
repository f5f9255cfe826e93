//! Reading a channel for a limited time.

use std::io;
use std::time::{Duration, Instant};

use super::channel::Channel;
use super::tls::Wait;

impl Channel {
    /// Reads and drops what still comes, until the other side has closed or `limit` has passed. To
    /// close with unread data would reset the connection, and the peer's last write would fail.
    pub(crate) fn drain(&self, limit: Duration) {
        let end = Instant::now() + limit;
        let mut ignored = [0; 4096];
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let waited = match self.read_now(&mut ignored) {
                Ok(0) | Err(Wait::Failed(_)) => return,
                Ok(_) => Ok(true),
                Err(Wait::For(flags)) => self.stop().wait_at_most(self, flags, left),
            };
            if left.is_zero() || waited.is_err() {
                return;
            }
        }
    }

    /// Returns a reader of this channel that fails with `TimedOut` if nothing comes within `limit`.
    pub(crate) fn read_within(&self, limit: Duration) -> impl io::Read + '_ {
        Within(self, limit)
    }
}

struct Within<'a>(&'a Channel, Duration);

impl io::Read for Within<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(channel, limit) = self;
        let end = Instant::now() + *limit;
        loop {
            match channel.read_now(buffer) {
                Ok(count) => return Ok(count),
                Err(Wait::Failed(error)) => return Err(error),
                Err(Wait::For(flags)) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    channel.stop().wait_at_most(*channel, flags, left)?;
                }
            }
        }
    }
}
