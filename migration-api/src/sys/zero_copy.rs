//! Zero-copy sockets, and the queue of their completion messages.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// A completion message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// Number of completed send calls.
    pub(crate) calls: u32,
    /// The kernel had to copy the data.
    pub(crate) copied: bool,
}

/// Enables zero-copy send on a socket.
///
/// # Errors
/// The socket or the kernel does not support it.
pub(crate) fn enable(fd: impl AsFd) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the option's value is an integer of the given length, which the kernel only reads.
    #[allow(unsafe_code)]
    let status = unsafe {
        libc::setsockopt(
            fd.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ZEROCOPY,
            (&raw const on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Takes one message from the queue, or returns `WouldBlock` if it is empty.
///
/// # Errors
/// The error of the system call, or a message about an error of the connection.
pub(crate) fn take(fd: impl AsFd) -> io::Result<Done> {
    /// Room for the one control message that the kernel sends, aligned as it needs.
    #[repr(align(8))]
    struct Control([u8; 128]);
    let mut control = Control([0; 128]);
    // SAFETY: an all-zero message is an empty one. Its only buffer is exclusively borrowed for the
    // call. The kernel fills it with complete control messages, which C's macros iterate; the last
    // one is read only if it is long enough.
    #[allow(unsafe_code)]
    let error = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control.0.len() as _;
        if libc::recvmsg(
            fd.as_fd().as_raw_fd(),
            &mut message,
            libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT,
        ) < 0
        {
            return Err(io::Error::last_os_error());
        }
        let head = libc::CMSG_FIRSTHDR(&message);
        let length = libc::CMSG_LEN(size_of::<libc::sock_extended_err>() as u32) as usize;
        if head.is_null() || ((*head).cmsg_len as usize) < length {
            return Err(io::ErrorKind::InvalidData.into());
        }
        libc::CMSG_DATA(head).cast::<libc::sock_extended_err>().read_unaligned()
    };
    // From linux/errqueue.h.
    const ORIGIN_ZEROCOPY: u8 = 5;
    const CODE_COPIED: u8 = 1;
    if error.ee_origin != ORIGIN_ZEROCOPY {
        return Err(io::Error::from_raw_os_error(error.ee_errno as i32));
    }
    // Number of the first and the last call.
    let calls = error.ee_data.wrapping_sub(error.ee_info).wrapping_add(1);
    Ok(Done { calls, copied: error.ee_code & CODE_COPIED != 0 })
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    use vm_memory::{GuestAddress, GuestRegionMmap};

    use super::*;
    use crate::sys::host::HostMemory;
    use crate::sys::vectored::{GuestOutput, Sendable};

    #[test]
    fn every_zero_copy_call_is_reported() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut target, _) = listener.accept().unwrap();
        enable(&source).unwrap();
        assert_eq!(take(&source).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let region: GuestRegionMmap =
            GuestRegionMmap::from_range(GuestAddress(0), 1 << 16, None).unwrap();
        let host = HostMemory::of(&region).unwrap();
        let mut calls = 0;
        for page in 0..4 {
            let mut output = GuestOutput::new(1);
            output.guest(host.range(page << 12, 1 << 12).unwrap());
            while !output.is_empty() {
                output.send(&source).unwrap();
                calls += 1;
            }
        }
        target.read_exact(&mut [0; 4 << 12]).unwrap();
        while calls > 0 {
            match take(&source) {
                Ok(done) => calls -= done.calls,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        let (one, _other) = UnixStream::pair().unwrap();
        assert!(enable(&one).is_err());
    }
}
