//! The file descriptor of a channel.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, Shutdown, SocketAddrAny, sockopt};

/// The file descriptor of a channel.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) fd: OwnedFd,
    pub(super) kind: Kind,
    shut_down: AtomicBool,
}

/// The kind of a file descriptor, for error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Socket,
    Command,
    File,
}

impl Kind {
    /// Returns the name of the kind.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Command => "command",
            Self::File => "file",
        }
    }
}

/// Size of the send buffer of a connection within this host, in bytes. Large enough for the two
/// sides to take turns rarely, small enough for the data to stay in the processor's cache.
const LOCAL_BUFFER: usize = 1 << 20;

/// Congestion control of a TCP connection within this host. Every Linux has it, for every user.
const LOCAL_CONGESTION: &str = "reno";

impl Wire {
    pub(super) fn new(fd: OwnedFd, kind: Kind) -> Self {
        Self { fd, kind, shut_down: AtomicBool::new(false) }
    }

    /// Sets up a socket whose peer is on this host. The default send buffer of Unix sockets holds
    /// half a multifd packet, and TCP lets it grow beyond the cache. There is no network that could
    /// be congested, so the plainest algorithm is best: BBR, the default of some hosts, spends a
    /// fifth of the time on timers. Over a network, TCP finds the right size itself, and the host's
    /// algorithm is used.
    pub(super) fn set_up_local(&self) {
        if self.is_socket() && self.is_local() {
            // Ignore the errors: the defaults work, too. Unix sockets have no algorithm.
            let _ = sockopt::set_socket_send_buffer_size(&self.fd, LOCAL_BUFFER);
            let _ = sockopt::set_tcp_congestion(&self.fd, LOCAL_CONGESTION);
        }
    }

    /// Returns true if both ends of the socket are on this host.
    fn is_local(&self) -> bool {
        let ip = |address: SocketAddrAny| {
            std::net::SocketAddr::try_from(address).ok().map(|address| address.ip())
        };
        match sockopt::socket_domain(&self.fd) {
            Ok(AddressFamily::UNIX) => true,
            Ok(AddressFamily::INET | AddressFamily::INET6) => {
                let own = rustix::net::getsockname(&self.fd).ok().and_then(ip);
                let peer = rustix::net::getpeername(&self.fd).ok().flatten().and_then(ip);
                own.is_some() && own == peer
            }
            _ => false,
        }
    }

    pub(super) fn is_socket(&self) -> bool {
        self.kind == Kind::Socket
    }

    /// Makes the close of a socket send RST.
    pub(super) fn reset_on_close(&self) {
        if self.is_socket() {
            // Ignore the error: then the peer waits until its data is refused.
            let _ = sockopt::set_socket_linger(&self.fd, Some(Duration::ZERO));
        }
    }

    /// Returns true if this side has shut the socket down.
    pub(super) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    pub(super) fn shutdown(&self) {
        if self.is_socket() {
            self.shut_down.store(true, Ordering::SeqCst);
            // Ignore the error: the peer may have closed already.
            let _ = rustix::net::shutdown(&self.fd, Shutdown::Both);
        }
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Returns true for a FIFO that no writer has opened yet: it reads as if it had ended.
pub(super) fn awaits_writer(wire: &Wire) -> bool {
    let is_fifo = wire.kind == Kind::File
        && rustix::fs::fstat(&wire.fd)
            .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_fifo());
    let mut polled = [PollFd::new(wire, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    is_fifo && poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().is_empty()
}
