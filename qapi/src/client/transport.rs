//! Bytes between a core and a socket that never waits.

use std::io;

use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use super::core::Core;

/// The most bytes that are received by one call.
pub(super) const BUFFER: usize = 64 << 10;

/// Makes a connected socket non-blocking.
pub(super) fn set_up(socket: BorrowedFd<'_>) -> io::Result<()> {
    #[cfg(unix)]
    return crate::unix::set_up(socket);
    #[cfg(not(unix))]
    return Ok(rustix::io::ioctl_fionbio(socket, true)?);
}

/// Returns true if file descriptors can be sent on a socket.
#[cfg(unix)]
pub(super) fn passes_fds(socket: BorrowedFd<'_>) -> bool {
    use rustix::net::{AddressFamily, getsockname};
    getsockname(socket).is_ok_and(|address| address.address_family() == AddressFamily::UNIX)
}

/// Returns false: only unix sockets carry file descriptors.
#[cfg(not(unix))]
pub(super) fn passes_fds(_: BorrowedFd<'_>) -> bool {
    false
}

/// Sends bytes with file descriptors.
#[cfg(unix)]
fn send(socket: BorrowedFd<'_>, bytes: &[u8], fds: &[OwnedFd]) -> rustix::io::Result<usize> {
    use std::io::IoSlice;
    use std::mem::MaybeUninit;

    use rustix::fd::AsFd as _;
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, sendmsg};

    let fds: Vec<BorrowedFd<'_>> = fds.iter().map(|fd| fd.as_fd()).collect();
    let mut space = vec![MaybeUninit::uninit(); SendAncillaryMessage::ScmRights(&fds).size()];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    // There is room: the space was made for them.
    if !fds.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(&fds));
    }
    sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, crate::unix::SEND_FLAGS)
}

/// Sends bytes; there are no file descriptors.
#[cfg(not(unix))]
fn send(socket: BorrowedFd<'_>, bytes: &[u8], _: &[OwnedFd]) -> rustix::io::Result<usize> {
    rustix::net::send(socket, bytes, rustix::net::SendFlags::empty())
}

/// Sends what can be sent now.
pub(super) fn transmit(core: &mut Core, socket: BorrowedFd<'_>) {
    while let Some((bytes, fds)) = core.output.next() {
        let passes_fds = !fds.is_empty();
        let error = match send(socket, bytes, fds) {
            Ok(sent) => {
                core.output.advance(sent);
                continue;
            }
            Err(Errno::WOULDBLOCK) => return,
            Err(Errno::INTR) => continue,
            Err(error) => io::Error::from(error),
        };
        use io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected};
        if passes_fds && !matches!(error.kind(), BrokenPipe | ConnectionReset | NotConnected) {
            // A descriptor that cannot be passed does not concern other requests.
            core.reject_output(&error);
        } else {
            return core.finish_output(&error);
        }
    }
}

/// Receives what one call gives and returns its length, 0 at the end; `WouldBlock` if nothing is
/// there.
pub(super) fn receive(core: &mut Core, socket: BorrowedFd<'_>) -> io::Result<usize> {
    let mut buffer = std::mem::take(&mut core.buffer);
    buffer.resize(BUFFER, 0);
    let received = loop {
        match recv(socket, &mut buffer[..], RecvFlags::empty()) {
            Ok((0, _)) => {
                core.close();
                break Ok(0);
            }
            Ok((length, _)) => {
                core.feed(&buffer[..length]);
                break Ok(length);
            }
            Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) => break Err(Errno::WOULDBLOCK.into()),
            Err(error) => {
                core.finish_input(&error.into());
                break Ok(0);
            }
        }
    };
    core.buffer = buffer;
    received
}

/// Receives everything that is there now. A peer that sends faster than messages are read does not
/// keep it from returning.
pub(super) fn drain(core: &mut Core, socket: BorrowedFd<'_>) {
    let there = rustix::io::ioctl_fionread(socket).unwrap_or(0);
    let mut received = 0;
    while !core.has_ended() && received <= there {
        match receive(core, socket) {
            Ok(length) => received += length as u64,
            Err(_) => return,
        }
    }
}
