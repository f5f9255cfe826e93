//! Bytes between a core and a socket that never waits.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, getsockname,
    recv, sendmsg,
};

use super::core::Core;

/// The most bytes that are received by one call.
const BUFFER: usize = 64 << 10;

/// Returns true if file descriptors can be sent on a socket.
pub(super) fn passes_fds(socket: BorrowedFd<'_>) -> bool {
    getsockname(socket).is_ok_and(|address| address.address_family() == AddressFamily::UNIX)
}

/// Sends what can be sent now.
pub(super) fn transmit(core: &mut Core, socket: BorrowedFd<'_>) {
    while let Some((bytes, fds)) = core.output.next() {
        let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
        let mut space = vec![MaybeUninit::uninit(); SendAncillaryMessage::ScmRights(&fds).size()];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        // There is room: the space was made for them.
        if !fds.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&fds));
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let passed = !fds.is_empty();
        match sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, flags) {
            Ok(sent) => core.output.advance(sent),
            Err(Errno::AGAIN) => return,
            Err(Errno::INTR) => {}
            Err(error @ (Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN)) => {
                return core.finish_output(&error.into());
            }
            // A descriptor that cannot be passed does not concern other requests.
            Err(error) if passed => core.reject_output(&error.into()),
            Err(error) => return core.finish_output(&error.into()),
        }
    }
}

/// Receives what one call gives; `WouldBlock` if nothing is there.
pub(super) fn receive(
    core: &mut Core,
    socket: BorrowedFd<'_>,
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    buffer.resize(BUFFER, 0);
    loop {
        match recv(socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            Ok((0, _)) => core.close(),
            Ok((length, _)) => core.feed(&buffer[..length]),
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => return Err(Errno::AGAIN.into()),
            Err(error) => core.finish_input(&error.into()),
        }
        return Ok(());
    }
}

/// Receives everything that is there.
pub(super) fn drain(core: &mut Core, socket: BorrowedFd<'_>) {
    let mut buffer = Vec::new();
    while !core.has_ended() && receive(core, socket, &mut buffer).is_ok() {}
}
