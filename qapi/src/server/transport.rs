//! Input and output of connections: sockets, with file descriptors, and plain streams.

use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Mutex;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::set_tcp_nodelay;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, Shutdown, recvmsg, send, shutdown};

use crate::sync::unpoisoned;
use crate::unix::{self, RECEIVE_FLAGS, SERVED_SEND_FLAGS};

/// The input of a connection.
pub(crate) trait Input {
    /// Waits for bytes; 0 at the end. File descriptors that come with them go to `fds`.
    fn read(&mut self, bytes: &mut [u8], fds: &mut Vec<OwnedFd>) -> io::Result<usize>;
}

/// The output of a connection.
pub(crate) trait Output: Send + Sync {
    /// Writes without waiting; `WouldBlock` if nothing can be written.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes, waiting for the peer.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the connection: reads and writes under way get an error or the end.
    fn close(&self);
}

/// A connected socket, whose writes never block. Reads do, so that a request takes one system call
/// to be received.
pub(crate) struct Socket {
    socket: OwnedFd,
    /// The longest wait for the peer to read.
    stall: Duration,
}

/// Most file descriptors that come with a message.
const MOST_FDS: usize = 253;

impl Socket {
    /// A socket whose writes wait for the peer at most `stall`.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub fn new(socket: OwnedFd, stall: Duration) -> io::Result<Socket> {
        unix::set_up_served(&socket)?;
        // Fails on sockets other than TCP's.
        let _ = set_tcp_nodelay(&socket, true);
        Ok(Socket { socket, stall })
    }

    /// Waits until the socket is ready.
    fn wait(&self, flags: PollFlags, within: Option<Duration>) -> io::Result<()> {
        let timeout = within.and_then(|within| Timespec::try_from(within).ok());
        let mut fds = [PollFd::new(&self.socket, flags)];
        match retry(|| poll(&mut fds, timeout.as_ref()))? {
            0 => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }

    fn receive(&self, bytes: &mut [u8], fds: &mut Vec<OwnedFd>) -> rustix::io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = [IoSliceMut::new(bytes)];
        let received = retry(|| recvmsg(&self.socket, &mut bytes, &mut ancillary, RECEIVE_FLAGS))?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                fds.extend(received);
            }
        }
        #[cfg(target_vendor = "apple")]
        fds.iter().try_for_each(unix::close_on_exec)?;
        Ok(received.bytes)
    }

    /// Ends the input only: what is running is still answered.
    pub fn close_input(&self) {
        // Fails if the peer has left already.
        let _ = shutdown(&self.socket, Shutdown::Read);
    }
}

impl Input for &Socket {
    fn read(&mut self, bytes: &mut [u8], fds: &mut Vec<OwnedFd>) -> io::Result<usize> {
        loop {
            match self.receive(bytes, fds) {
                Err(Errno::AGAIN) => self.wait(PollFlags::IN, None)?,
                outcome => return Ok(outcome?),
            }
        }
    }
}

impl Output for Socket {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(retry(|| send(&self.socket, bytes, SERVED_SEND_FLAGS))?)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.wait(PollFlags::OUT, Some(self.stall))?;
            match self.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    }

    fn close(&self) {
        let _ = shutdown(&self.socket, Shutdown::Both);
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
        let mut writer = unpoisoned(self.0.lock());
        writer.write_all(bytes)?;
        writer.flush()?;
        Ok(bytes.len())
    }

    fn close(&self) {}
}
