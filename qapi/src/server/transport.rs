//! Where bytes come from and go to: sockets, with file descriptors, and plain streams.

use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout, set_tcp_nodelay};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, Shutdown, recvmsg, send,
    shutdown,
};

/// Where a connection's bytes come from.
pub(crate) trait Input {
    /// Waits for bytes; 0 at the end. File descriptors that come with them go to `fds`.
    fn read(&mut self, bytes: &mut [u8], fds: &mut Vec<OwnedFd>) -> io::Result<usize>;
}

/// Where a connection's bytes go.
pub(crate) trait Output: Send + Sync {
    /// Writes without waiting; `WouldBlock` if nothing can be written.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes, waiting for the peer.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the connection: whoever reads or writes gets an error or the end.
    fn close(&self);
}

/// A connected socket.
pub(crate) struct Socket(OwnedFd);

/// Most file descriptors that come with a message.
const MOST_FDS: usize = 253;

impl Socket {
    /// `stall` limits how long a write waits.
    pub fn new(socket: OwnedFd, stall: Duration) -> Socket {
        // Neither is vital: the second does nothing but on TCP.
        let _ = set_socket_timeout(&socket, Timeout::Send, Some(stall));
        let _ = set_tcp_nodelay(&socket, true);
        Socket(socket)
    }

    /// Ends the input only: what is running is still answered.
    pub fn close_input(&self) {
        // Fails if the peer has left already.
        let _ = shutdown(&self.0, Shutdown::Read);
    }
}

impl Input for &Socket {
    fn read(&mut self, bytes: &mut [u8], fds: &mut Vec<OwnedFd>) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = [IoSliceMut::new(bytes)];
        let received =
            retry(|| recvmsg(&self.0, &mut bytes, &mut ancillary, RecvFlags::CMSG_CLOEXEC))?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                fds.extend(received);
            }
        }
        Ok(received.bytes)
    }
}

impl Output for Socket {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(retry(|| send(&self.0, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL))?)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(retry(|| send(&self.0, bytes, SendFlags::NOSIGNAL))?)
    }

    fn close(&self) {
        let _ = shutdown(&self.0, Shutdown::Both);
    }
}

pub(super) fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            outcome => return outcome,
        }
    }
}

/// Any reader.
pub(crate) struct PlainInput<R>(pub R);

impl<R: Read> Input for PlainInput<R> {
    fn read(&mut self, bytes: &mut [u8], _: &mut Vec<OwnedFd>) -> io::Result<usize> {
        loop {
            match self.0.read(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

/// Any writer. It may make its caller wait, so that only the thread of the backlog writes.
pub(crate) struct PlainOutput<W>(Mutex<W>);

impl<W: Write> PlainOutput<W> {
    pub fn new(writer: W) -> PlainOutput<W> {
        PlainOutput(Mutex::new(writer))
    }
}

impl<W: Write + Send> Output for PlainOutput<W> {
    fn try_write(&self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(bytes)?;
        writer.flush()?;
        Ok(bytes.len())
    }

    fn close(&self) {}
}
