//! A connected socket as tokio watches it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep};

use crate::client::options::{self, Address};

/// A connected socket, watched by tokio.
pub(super) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Socket {
    pub fn new(socket: OwnedFd) -> io::Result<Socket> {
        rustix::io::ioctl_fionbio(&socket, true)?;
        if rustix::net::getsockname(&socket)?.address_family() == rustix::net::AddressFamily::UNIX {
            UnixStream::from_std(socket.into()).map(Socket::Unix)
        } else {
            TcpStream::from_std(socket.into()).map(Socket::Tcp)
        }
    }

    pub async fn ready(&self, interest: Interest) -> io::Result<()> {
        match self {
            Socket::Unix(stream) => stream.ready(interest).await.map(|_| ()),
            Socket::Tcp(stream) => stream.ready(interest).await.map(|_| ()),
        }
    }

    pub fn try_io<T>(
        &self,
        interest: Interest,
        io: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        match self {
            Socket::Unix(stream) => stream.try_io(interest, io),
            Socket::Tcp(stream) => stream.try_io(interest, io),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Unix(stream) => stream.as_fd(),
            Socket::Tcp(stream) => stream.as_fd(),
        }
    }
}

/// Connects, trying again while nobody listens.
pub(super) async fn open(address: &Address, patience: Duration) -> io::Result<Socket> {
    let end = Instant::now() + patience;
    loop {
        let outcome = match address {
            Address::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
            Address::Tcp(address) => TcpStream::connect(address).await.and_then(|stream| {
                stream.set_nodelay(true)?;
                Ok(Socket::Tcp(stream))
            }),
        };
        match outcome {
            Err(error) if options::may_pass(&error) && Instant::now() < end => {
                sleep(options::RETRY).await
            }
            Err(error) => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("cannot connect to {address}: {error}"),
                ));
            }
            socket => return socket,
        }
    }
}
