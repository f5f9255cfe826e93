//! Sockets: names to addresses, and connecting without getting stuck.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use dns_lookup::{AddrInfoHints, getaddrinfo};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use socket2::{Domain, SockAddr, Socket, Type};

use super::address::{Address, InetAddress, UnixAddress};
use super::error::{TransportError, reason};
use super::stop::Stop;

/// What a resolved address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Connect,
    Listen,
}

/// Connects to an address.
pub(super) fn connect(address: &Address, stop: &Stop) -> Result<Socket, TransportError> {
    let (name, candidates) = match address {
        Address::Inet(inet) => (
            inet.to_string(),
            resolve(inet, Purpose::Connect)?.into_iter().map(SockAddr::from).collect(),
        ),
        Address::Unix(unix) => (unix.path.clone(), vec![unix_address(unix)?]),
        Address::Vsock { cid, port } => {
            (format!("{cid}:{port}"), vec![SockAddr::vsock(*cid, *port)])
        }
        other => return Err(TransportError::Io(format!("{other:?} is not a socket"))),
    };
    let mut refused = io::ErrorKind::AddrNotAvailable.into();
    for candidate in &candidates {
        match connect_one(candidate, stop) {
            Ok(socket) => {
                if let Address::Inet(InetAddress { keep_alive: true, .. }) = address {
                    socket
                        .set_keepalive(true)
                        .map_err(|error| TransportError::Io(reason(&error)))?;
                }
                return Ok(socket);
            }
            Err(error) => refused = error,
        }
    }
    Err(TransportError::Connect { address: name, reason: reason(&refused) })
}

fn connect_one(address: &SockAddr, stop: &Stop) -> io::Result<Socket> {
    let socket = Socket::new(address.domain(), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(address) {
        Ok(()) => return Ok(socket),
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {
            stop.wait_for(&socket, PollFlags::OUT)?
        }
        // A Unix listener whose queue is full; the kernel offers nothing to wait for, but connects when asked to block.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock && address.is_unix() => {
            return connect_unix(address, stop);
        }
        Err(error) => return Err(error),
    }
    match socket.take_error()? {
        None => Ok(socket),
        Some(error) => Err(error),
    }
}

/// Connects to a Unix listener that takes its time: a thread of its own blocks, while we wait for it or for the stop.
fn connect_unix(address: &SockAddr, stop: &Stop) -> io::Result<Socket> {
    let (done, tell) = pipe_with(PipeFlags::CLOEXEC)?;
    let socket = Arc::new(Socket::new(Domain::UNIX, Type::STREAM, None)?);
    // Every now and then the thread looks whether anybody waits for it.
    socket.set_write_timeout(Some(Duration::from_millis(500)))?;
    let connecting = std::thread::Builder::new().name("connect".into()).spawn({
        let (socket, address) = (socket.clone(), address.clone());
        move || {
            let connected = loop {
                match socket.connect(&address) {
                    Err(error)
                        if error.kind() == io::ErrorKind::WouldBlock && !is_abandoned(&tell) => {}
                    connected => break connected,
                }
            };
            drop(tell);
            connected
        }
    })?;
    // The end of the pipe tells that the thread has an answer.
    stop.wait_for(&done, PollFlags::IN)?;
    connecting.join().unwrap_or_else(|_| Err(rustix::io::Errno::IO.into()))?;
    socket.try_clone()
}

/// Whether nobody reads a pipe any more.
fn is_abandoned(pipe: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(pipe, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().contains(PollFlags::ERR)
}

/// A Unix socket's address as the kernel takes it.
pub(super) fn unix_address(unix: &UnixAddress) -> Result<SockAddr, TransportError> {
    /// The bytes that a path may have, its final zero included.
    const SPACE: usize = 108;
    let too_long = || TransportError::UnixPathTooLong(unix.path.clone());
    let path = if unix.is_abstract {
        let mut name = format!("\0{}", unix.path);
        while !unix.tight && name.len() < SPACE {
            name.push('\0');
        }
        name
    } else {
        unix.path.clone()
    };
    if path.is_empty() {
        return Err(TransportError::NoUnixPath);
    }
    if path.len() > SPACE || (!unix.is_abstract && path.len() == SPACE) {
        return Err(too_long());
    }
    SockAddr::unix(path).map_err(|_| too_long())
}

/// Looks up a TCP address.
pub(super) fn resolve(
    inet: &InetAddress,
    purpose: Purpose,
) -> Result<Vec<SocketAddr>, TransportError> {
    let failed = |reason: String| TransportError::Resolve { address: inet.to_string(), reason };
    if inet.numeric && !inet.host.is_empty() && inet.host.parse::<IpAddr>().is_err() {
        return Err(failed("Name or service not known".into()));
    }
    if (inet.ipv4, inet.ipv6) == (Some(false), Some(false)) {
        return Err(TransportError::Io("Cannot disable IPv4 and IPv6 at same time".into()));
    }
    // The resolver takes port numbers modulo 65536, which is worth keeping but not worth depending on.
    let port = match inet.port.parse::<u32>() {
        Ok(port) => (port as u16).to_string(),
        Err(_) => inet.port.clone(),
    };
    let family = match (inet.ipv4, inet.ipv6) {
        (Some(true), None | Some(false)) | (None, Some(false)) => libc::AF_INET,
        (None | Some(false), Some(true)) | (Some(false), None) => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    let (host, flags) = match purpose {
        Purpose::Listen if inet.host.is_empty() => (None, libc::AI_PASSIVE),
        Purpose::Listen => (Some(inet.host.as_str()), libc::AI_PASSIVE),
        Purpose::Connect => (Some(inet.host.as_str()), 0),
    };
    let hints =
        AddrInfoHints { socktype: libc::SOCK_STREAM, address: family, flags, ..Default::default() };
    let told = |error: io::Error| {
        let text = reason(&error);
        text.rsplit(": ").next().unwrap_or_default().to_owned()
    };
    let found =
        getaddrinfo(host, Some(&port), Some(hints)).map_err(|error| failed(told(error.into())))?;
    let mut addresses = Vec::new();
    for info in found {
        addresses.push(info.map_err(|error| failed(told(error)))?.sockaddr);
    }
    Ok(addresses)
}
