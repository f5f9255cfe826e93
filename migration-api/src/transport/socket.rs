//! Sockets: name resolution, and connecting that can be stopped.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use dns_lookup::{AddrInfoHints, getaddrinfo};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use socket2::{Domain, SockAddr, Socket, Type};

use super::address::{Address, InetAddress, UnixAddress, vsock_number};
use super::error::{TransportError, reason};
use super::stop::Stop;

/// The purpose of a resolved address.
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
            resolve(inet, Purpose::Connect, stop)?.into_iter().map(SockAddr::from).collect(),
        ),
        Address::Unix(unix) => (unix.path.clone(), vec![unix_address(unix)?]),
        Address::Vsock { cid, port } => {
            let candidate = SockAddr::vsock(vsock_number("cid", cid)?, vsock_number("port", port)?);
            (format!("{cid}:{port}"), vec![candidate])
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
        // The backlog of a Unix listener is full. The kernel offers no event to poll for, but a
        // blocking call waits.
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

/// Connects to a Unix listener with a full backlog: a separate thread blocks, and this one waits
/// for it or for the stop.
fn connect_unix(address: &SockAddr, stop: &Stop) -> io::Result<Socket> {
    let (done, tell) = pipe_with(PipeFlags::CLOEXEC)?;
    let socket = Arc::new(Socket::new(Domain::UNIX, Type::STREAM, None)?);
    // The timeout lets the thread check if its result is still needed.
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
    // The thread closes its end of the pipe when it has a result.
    stop.wait_for(&done, PollFlags::IN)?;
    connecting.join().unwrap_or_else(|_| Err(rustix::io::Errno::IO.into()))?;
    socket.try_clone()
}

/// Returns true if the pipe has no reader.
fn is_abandoned(pipe: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(pipe, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().contains(PollFlags::ERR)
}

/// Converts a Unix socket's address for the kernel.
pub(super) fn unix_address(unix: &UnixAddress) -> Result<SockAddr, TransportError> {
    /// Longest path in bytes, including the final zero.
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

/// Resolves a TCP address.
pub(super) fn resolve(
    inet: &InetAddress,
    purpose: Purpose,
    stop: &Stop,
) -> Result<Vec<SocketAddr>, TransportError> {
    let failed = |reason: String| TransportError::Resolve { address: inet.to_string(), reason };
    if inet.numeric && !inet.host.is_empty() && inet.host.parse::<IpAddr>().is_err() {
        return Err(failed("Name or service not known".into()));
    }
    if (inet.ipv4, inet.ipv6) == (Some(false), Some(false)) {
        return Err(TransportError::Io("Cannot disable IPv4 and IPv6 at same time".into()));
    }
    // The resolver takes port numbers modulo 65536, as QEMU's users see. Do it here, so as not to
    // depend on the resolver.
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
    let host_error = |error: io::Error| {
        let text = reason(&error);
        text.rsplit(": ").next().unwrap_or_default().to_owned()
    };
    // Only addresses that are numbers need no server.
    let numeric = port.parse::<u16>().is_ok()
        && (inet.host.is_empty() || inet.host.parse::<IpAddr>().is_ok());
    let (host, service) = (host.map(str::to_owned), port);
    let look_up = move || {
        let found = getaddrinfo(host.as_deref(), Some(&service), Some(hints))?;
        found.map(|info| info.map(|info| info.sockaddr)).collect::<io::Result<Vec<SocketAddr>>>()
    };
    let found = if numeric { look_up() } else { abandonable("resolve", stop, look_up) };
    found.map_err(|error| failed(host_error(error)))
}

/// Does work that cannot be stopped on a thread of its own. Once stopped, its result is dropped
/// when it comes.
fn abandonable<T: Send + 'static>(
    name: &str,
    stop: &Stop,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (done, tell) = pipe_with(PipeFlags::CLOEXEC)?;
    let worker = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let result = work();
        drop(tell);
        result
    })?;
    // The worker closes the pipe when it has a result.
    stop.wait_for(&done, PollFlags::IN)?;
    worker.join().unwrap_or_else(|_| Err(rustix::io::Errno::IO.into()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_name_server_that_does_not_answer_is_not_waited_for() {
        let stop = Arc::new(Stop::new().unwrap());
        let (answer, never) = channel::<()>();
        let resolving = std::thread::spawn({
            let stop = stop.clone();
            move || abandonable("test", &stop, move || never.recv().map_err(io::Error::other))
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!resolving.is_finished());
        let began = Instant::now();
        stop.stop();
        let error = resolving.join().unwrap().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EIO));
        assert!(began.elapsed() < Duration::from_secs(1));
        drop(answer);
        let stop = Stop::new().unwrap();
        assert_eq!(abandonable("test", &stop, || Ok(5)).unwrap(), 5);
    }

    #[test]
    fn names_are_looked_up() {
        let stop = Stop::new().unwrap();
        let inet =
            |host: &str| InetAddress { host: host.into(), port: "5".into(), ..Default::default() };
        for (host, purpose) in [("localhost", Purpose::Connect), ("127.0.0.1", Purpose::Listen)] {
            let found = resolve(&inet(host), purpose, &stop).unwrap();
            assert!(found.iter().all(|found| found.ip().is_loopback() && found.port() == 5));
            assert!(!found.is_empty(), "{host}");
        }
        stop.stop();
        assert!(resolve(&inet("localhost"), Purpose::Connect, &stop).is_err());
    }
}
