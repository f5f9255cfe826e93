//! Listening for sources.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::event::PollFlags;
use socket2::{SockAddr, Socket, Type};

use super::address::{Address, InetAddress, UnixAddress, vsock_number};
use super::channel::Channel;
use super::error::{TransportError, reason};
use super::socket::{Purpose, resolve, unix_address};
use super::stop::Stop;

/// Listening sockets. Dropping it closes them and removes a Unix socket's file.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<Socket>,
    bound: Vec<Bound>,
    path: Option<PathBuf>,
    stop: Arc<Stop>,
}

/// The address at which a listener is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// TCP, with the actual port.
    Inet(SocketAddr),
    /// A Unix socket.
    Unix(UnixAddress),
    /// A vsock.
    Vsock {
        /// The context id.
        cid: u32,
        /// The port.
        port: u32,
    },
}

impl Listener {
    /// Listens at a socket address, with a backlog of `backlog` connections.
    pub(super) fn bind(
        address: &Address,
        backlog: u32,
        stop: &Arc<Stop>,
    ) -> Result<Self, TransportError> {
        let backlog = backlog.min(i32::MAX as u32) as i32;
        let mut listener =
            Self { sockets: Vec::new(), bound: Vec::new(), path: None, stop: stop.clone() };
        match address {
            Address::Inet(inet) => listener.bind_inet(inet, backlog)?,
            Address::Unix(unix) => {
                let refused = |error: io::Error| TransportError::Bind {
                    address: unix.path.clone(),
                    reason: reason(&error),
                };
                if !unix.is_abstract {
                    remove_stale(Path::new(&unix.path)).map_err(refused)?;
                }
                listener.sockets.push(bind(&unix_address(unix)?, backlog).map_err(refused)?);
                // Set only now: a file that existed before must not be removed.
                listener.path = (!unix.is_abstract).then(|| unix.path.clone().into());
                listener.bound.push(Bound::Unix(unix.clone()));
            }
            Address::Vsock { cid, port } => {
                let (cid, port) = (vsock_number("cid", cid)?, vsock_number("port", port)?);
                let bound = bind(&SockAddr::vsock(cid, port), backlog)
                    .and_then(|socket| Ok((socket.local_addr()?.as_vsock_address(), socket)));
                let (local, socket) = bound.map_err(|error| TransportError::Bind {
                    address: format!("{cid}:{port}"),
                    reason: reason(&error),
                })?;
                let (_, port) = local.unwrap_or((cid, port));
                listener.sockets.push(socket);
                listener.bound.push(Bound::Vsock { cid, port });
            }
            other => return Err(TransportError::Io(format!("{other:?} is not a socket"))),
        }
        Ok(listener)
    }

    /// Binds every address of the host name at the same port. Fails only if none can be bound.
    fn bind_inet(&mut self, inet: &InetAddress, backlog: i32) -> Result<(), TransportError> {
        let addresses = resolve(inet, Purpose::Listen, &self.stop)?;
        let first = addresses.first().map_or(0, SocketAddr::port);
        let mut refused = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for port in first..=inet.to.unwrap_or(first).max(first) {
            let mut port = port;
            for address in &addresses {
                let mut address = *address;
                address.set_port(port);
                match bind(&address.into(), backlog)
                    .and_then(|socket| Ok((socket.local_addr()?, socket)))
                {
                    Ok((local, socket)) => {
                        let local = local.as_socket().unwrap_or(address);
                        port = local.port();
                        self.bound.push(Bound::Inet(local));
                        self.sockets.push(socket);
                    }
                    Err(error) => refused = error,
                }
            }
            if !self.sockets.is_empty() {
                return Ok(());
            }
        }
        Err(TransportError::NoPort(reason(&refused)))
    }

    /// Returns the addresses at which sources can connect.
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// Returns the protocol of the address, as in its URI.
    pub(super) fn kind(&self) -> &'static str {
        match self.bound.first() {
            Some(Bound::Unix(_)) => "unix",
            Some(Bound::Vsock { .. }) => "vsock",
            Some(Bound::Inet(_)) | None => "tcp",
        }
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    /// The error of the system call, or the stop.
    pub fn accept(&self) -> Result<Channel, TransportError> {
        let waiting: Vec<_> = self.sockets().map(|socket| (socket, PollFlags::IN)).collect();
        loop {
            let ready =
                self.stop.wait(&waiting).map_err(|error| TransportError::Io(reason(&error)))?;
            if let Some(channel) = self.accept_from(ready)? {
                return Ok(channel);
            }
        }
    }

    /// Returns the sockets to poll: each is readable when a connection is pending.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.sockets.iter().map(AsFd::as_fd)
    }

    /// Accepts the pending connection of one of the [`sockets`](Self::sockets). Returns `None` if
    /// it was closed meanwhile.
    pub(crate) fn accept_from(&self, index: usize) -> Result<Option<Channel>, TransportError> {
        use io::ErrorKind as E;
        match self.sockets[index].accept() {
            Ok((socket, _)) => Channel::socket(socket, &self.stop).map(Some),
            Err(error)
                if matches!(
                    error.kind(),
                    E::WouldBlock | E::Interrupted | E::ConnectionAborted
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(TransportError::Io(reason(&error))),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Ignore the error: another process may have removed the file.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn bind(address: &SockAddr, backlog: i32) -> io::Result<Socket> {
    let socket = Socket::new(address.domain(), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    if let Some(inet) = address.as_socket() {
        socket.set_reuse_address(true)?;
        if inet.is_ipv6() {
            socket.set_only_v6(true)?;
        }
    }
    socket.bind(address)?;
    socket.listen(backlog)?;
    Ok(socket)
}

/// Removes the socket file of an earlier listener, but no other file.
fn remove_stale(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match std::fs::symlink_metadata(path) {
        Ok(data) if data.file_type().is_socket() => std::fs::remove_file(path),
        _ => Ok(()),
    }
}
