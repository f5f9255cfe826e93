//! A connection that somebody has opened: its handshake and its first bytes are taken as they come, and nobody waits for them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::PollFlags;

use super::channel::Channel;
use super::error::TransportError;
use super::tls::{Hello, Progress, TlsCredentials, Wait};

/// A connection of which it is not known yet whose it is.
pub(crate) struct Newcomer {
    channel: Channel,
    hello: Option<Hello>,
    awaits: PollFlags,
    head: Vec<u8>,
}

impl Newcomer {
    /// A connection just accepted, on which a TLS session is to be had first if there are credentials.
    pub(crate) fn new(
        mut channel: Channel,
        credentials: Option<&TlsCredentials>,
    ) -> Result<Self, TransportError> {
        let hello = match credentials.map(|credentials| channel.hello(credentials)).transpose()? {
            Some(Progress::Waiting(hello)) => Some(hello),
            Some(Progress::Established(session)) => {
                channel.establish(session);
                None
            }
            None => None,
        };
        let awaits = hello.as_ref().map_or(PollFlags::IN, Hello::awaits);
        Ok(Self { channel, hello, awaits, head: Vec::new() })
    }

    /// What to wait for before [`advance`](Self::advance) makes sense.
    pub(crate) fn awaits(&self) -> (BorrowedFd<'_>, PollFlags) {
        (self.channel.as_fd(), self.awaits)
    }

    /// Takes what has come, until as many bytes are there as `wanted` says in view of those that are. Whether they are.
    ///
    /// # Errors
    /// A handshake that failed, or a connection that ended before.
    pub(crate) fn advance(&mut self, wanted: impl Fn(&[u8]) -> usize) -> io::Result<bool> {
        if let Some(hello) = self.hello.take() {
            match hello.proceed().map_err(io::Error::other)? {
                Progress::Established(session) => self.channel.establish(session),
                Progress::Waiting(hello) => {
                    self.awaits = hello.awaits();
                    self.hello = Some(hello);
                    return Ok(false);
                }
            }
        }
        loop {
            let there = self.head.len();
            let wanted = wanted(&self.head);
            if there >= wanted {
                return Ok(true);
            }
            self.head.resize(wanted, 0);
            let read = self.channel.read_now(&mut self.head[there..]);
            self.head.truncate(there + read.as_ref().map_or(0, |count| *count));
            match read {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(Wait::For(flags)) => {
                    self.awaits = flags;
                    return Ok(false);
                }
                Err(Wait::Failed(error)) => return Err(error),
            }
        }
    }

    /// The connection, and what was read from it.
    pub(crate) fn into_parts(self) -> (Channel, Vec<u8>) {
        (self.channel, self.head)
    }
}
