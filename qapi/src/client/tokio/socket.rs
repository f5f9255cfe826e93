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
pub(super) enum Socket {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Socket {
    pub fn new(socket: OwnedFd) -> io::Result<Socket> {
        transport::set_up(socket.as_fd())?;
        #[cfg(unix)]
        if transport::passes_fds(socket.as_fd()) {
            return UnixStream::from_std(socket.into()).map(Socket::Unix);
        }
        TcpStream::from_std(socket.into()).map(Socket::Tcp)
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        match self {
            #[cfg(unix)]
            Socket::Unix(stream) => stream.as_fd(),
            Socket::Tcp(stream) => stream.as_fd(),
        }
    }

    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            #[cfg(unix)]
            Socket::Unix(stream) => stream.poll_read_ready(cx),
            Socket::Tcp(stream) => stream.poll_read_ready(cx),
        }
    }

    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            #[cfg(unix)]
            Socket::Unix(stream) => stream.poll_write_ready(cx),
            Socket::Tcp(stream) => stream.poll_write_ready(cx),
        }
    }

    pub fn try_io<T>(
        &self,
        interest: Interest,
        io: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        match self {
            #[cfg(unix)]
            Socket::Unix(stream) => stream.try_io(interest, io),
            Socket::Tcp(stream) => stream.try_io(interest, io),
        }
    }
}
