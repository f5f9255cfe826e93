//! Unix sockets: differences between systems, and what the standard library lacks.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

#[cfg(feature = "server")]
use rustix::net::RecvFlags;
use rustix::net::{AddressFamily, SendFlags, SocketAddrUnix, SocketType, connect};

/// Flags of every send: a peer that has left is an error, not a signal.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
/// Flags of every send: [`set_up`] turns the signal off.
#[cfg(target_vendor = "apple")]
pub(crate) const SEND_FLAGS: SendFlags = SendFlags::empty();

/// Makes a connected socket non-blocking. Sending to a peer that has left raises no signal.
#[cfg(any(feature = "client", target_vendor = "apple"))]
pub(crate) fn set_up(socket: impl AsFd) -> io::Result<()> {
    #[cfg(target_vendor = "apple")]
    rustix::net::sockopt::set_socket_nosigpipe(&socket, true)?;
    Ok(rustix::io::ioctl_fionbio(&socket, true)?)
}

/// Flags of a server's sends, which do not wait for the peer.
#[cfg(all(feature = "server", not(target_vendor = "apple")))]
pub(crate) const SERVED_SEND_FLAGS: SendFlags = SEND_FLAGS.union(SendFlags::DONTWAIT);
/// Flags of a server's sends: [`set_up_served`] makes the socket non-blocking instead.
#[cfg(all(feature = "server", target_vendor = "apple"))]
pub(crate) const SERVED_SEND_FLAGS: SendFlags = SEND_FLAGS;

/// Sets up a server's connected socket: sends do not wait with [`SERVED_SEND_FLAGS`]. Receives do
/// where a send can be told apart from them.
#[cfg(feature = "server")]
pub(crate) fn set_up_served(socket: impl AsFd) -> io::Result<()> {
    #[cfg(target_vendor = "apple")]
    return set_up(socket);
    #[cfg(not(target_vendor = "apple"))]
    return Ok(rustix::io::ioctl_fionbio(&socket, false)?);
}

/// Connects; `WouldBlock` if the listener's backlog is full.
pub(crate) fn connect_unix(path: &Path) -> io::Result<OwnedFd> {
    let socket = socket()?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    rustix::io::ioctl_fionbio(&socket, false)?;
    Ok(socket)
}

/// Makes a non-blocking socket that programs started by this process do not inherit.
#[cfg(not(target_vendor = "apple"))]
fn socket() -> io::Result<OwnedFd> {
    use rustix::net::SocketFlags;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?)
}

#[cfg(target_vendor = "apple")]
fn socket() -> io::Result<OwnedFd> {
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    close_on_exec(&socket)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}

/// Accepts a connection, which programs started by this process do not inherit.
#[cfg(all(feature = "server", not(target_vendor = "apple")))]
pub(crate) fn accept(listener: impl AsFd) -> rustix::io::Result<OwnedFd> {
    rustix::net::accept_with(listener, rustix::net::SocketFlags::CLOEXEC)
}

#[cfg(all(feature = "server", target_vendor = "apple"))]
pub(crate) fn accept(listener: impl AsFd) -> rustix::io::Result<OwnedFd> {
    let socket = rustix::net::accept(listener)?;
    close_on_exec(&socket)?;
    Ok(socket)
}

/// Flags of every receive: programs started by this process do not inherit passed descriptors.
#[cfg(all(feature = "server", not(target_vendor = "apple")))]
pub(crate) const RECEIVE_FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(all(feature = "server", target_vendor = "apple"))]
pub(crate) const RECEIVE_FLAGS: RecvFlags = RecvFlags::empty();

/// Has programs started by this process not inherit a descriptor. One started before still does,
/// so this is only for systems that cannot do it as the descriptor is made.
#[cfg(target_vendor = "apple")]
pub(crate) fn close_on_exec(fd: impl AsFd) -> rustix::io::Result<()> {
    rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC)
}
