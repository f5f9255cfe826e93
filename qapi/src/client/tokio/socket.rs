//! A connected socket as tokio watches it.

use std::io;
use std::task::{Context, Poll};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::client::transport;

/// A connected socket, watched by tokio.
pub(super) enum WatchedSocket {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl WatchedSocket {
    pub fn new(socket: OwnedFd) -> io::Result<WatchedSocket> {
        transport::set_up(socket.as_fd())?;
        #[cfg(unix)]
        if transport::passes_fds(socket.as_fd()) {
            return UnixStream::from_std(socket.into()).map(WatchedSocket::Unix);
        }
        TcpStream::from_std(socket.into()).map(WatchedSocket::Tcp)
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        match self {
            #[cfg(unix)]
            WatchedSocket::Unix(stream) => stream.as_fd(),
            WatchedSocket::Tcp(stream) => stream.as_fd(),
        }
    }

    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            #[cfg(unix)]
            WatchedSocket::Unix(stream) => stream.poll_read_ready(cx),
            WatchedSocket::Tcp(stream) => stream.poll_read_ready(cx),
        }
    }

    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            #[cfg(unix)]
            WatchedSocket::Unix(stream) => stream.poll_write_ready(cx),
            WatchedSocket::Tcp(stream) => stream.poll_write_ready(cx),
        }
    }

    pub fn try_io<T>(
        &self,
        interest: Interest,
        io: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        match self {
            #[cfg(unix)]
            WatchedSocket::Unix(stream) => stream.try_io(interest, io),
            WatchedSocket::Tcp(stream) => stream.try_io(interest, io),
        }
    }
}
