//! An accepted connection whose handshake and first bytes are processed without blocking.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::PollFlags;

use super::channel::Channel;
use super::error::TransportError;
use super::tls::{HandshakeState, Hello, TlsCredentials, Wait};

/// A connection that is not identified yet.
pub(crate) struct PendingConnection {
    channel: Channel,
    hello: Option<Hello>,
    /// The TLS handshake is not complete.
    greets: bool,
    awaits: PollFlags,
    head: Vec<u8>,
}

impl PendingConnection {
    /// Wraps an accepted connection. With credentials, a TLS handshake comes first.
    pub(crate) fn new(
        mut channel: Channel,
        credentials: Option<&TlsCredentials>,
    ) -> Result<Self, TransportError> {
        let hello = match credentials.map(|credentials| channel.hello(credentials)).transpose()? {
            Some(HandshakeState::Waiting(hello)) => Some(hello),
            Some(HandshakeState::Established(session)) => {
                channel.establish(session);
                None
            }
            None => None,
        };
        let awaits = hello.as_ref().map_or(PollFlags::IN, Hello::awaits);
        let greets = hello.is_some();
        Ok(Self { channel, hello, greets, awaits, head: Vec::new() })
    }

    /// Returns the readiness that [`advance`](Self::advance) needs.
    pub(crate) fn awaits(&self) -> (BorrowedFd<'_>, PollFlags) {
        (self.channel.as_fd(), self.awaits)
    }

    /// Reads until as many bytes are there as `wanted` returns for those read so far. Returns true
    /// once they are.
    ///
    /// # Errors
    /// The handshake failed, or the connection ended before.
    pub(crate) fn advance(&mut self, wanted: impl Fn(&[u8]) -> usize) -> io::Result<bool> {
        if let Some(hello) = self.hello.take() {
            match hello.proceed().map_err(io::Error::other)? {
                HandshakeState::Established(session) => {
                    self.channel.establish(session);
                    self.greets = false;
                }
                HandshakeState::Waiting(hello) => {
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

    /// Returns true if a yank has cut the connection, and not within its TLS handshake: as with
    /// QEMU, a yank does not concern clients that have not shown a certificate yet.
    pub(crate) fn is_cut(&self) -> bool {
        !self.greets && self.channel.is_shut_down()
    }

    /// Returns the connection, and the bytes read from it.
    pub(crate) fn into_parts(self) -> (Channel, Vec<u8>) {
        (self.channel, self.head)
    }
}
