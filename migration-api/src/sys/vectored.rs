//! Vectored I/O on guest memory: the kernel accesses it by address, without copies on this side.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd};

use super::host::HostRange;

/// Iovecs of guest memory and own buffers, to be written or filled in order.
///
/// The pieces are borrowed for `'a`. A piece to fill is guest memory or borrowed mutably.
pub(crate) struct Iovecs<'a> {
    pieces: Vec<libc::iovec>,
    /// Number of finished pieces.
    done: usize,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl<'a> Iovecs<'a> {
    /// Creates an empty list with room for `capacity` pieces.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pieces: Vec::with_capacity(capacity), done: 0, borrowed: PhantomData }
    }

    /// Appends guest memory.
    pub(crate) fn guest(&mut self, range: HostRange<'a>) {
        self.push(range.address(), range.length());
    }

    /// Appends a buffer to fill.
    pub(crate) fn room(&mut self, bytes: &'a mut [u8]) {
        self.push(bytes.as_mut_ptr().expose_provenance(), bytes.len());
    }

    fn push(&mut self, address: usize, length: usize) {
        if length > 0 {
            let base = std::ptr::with_exposed_provenance_mut(address);
            self.pieces.push(libc::iovec { iov_base: base, iov_len: length });
        }
    }

    /// Returns true if no piece is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.done == self.pieces.len()
    }

    /// Returns the remaining pieces, at most as many as one call takes.
    fn rest(&self) -> &[libc::iovec] {
        /// Limit of Linux (`IOV_MAX`).
        const MOST: usize = 1024;
        let rest = &self.pieces[self.done..];
        &rest[..rest.len().min(MOST)]
    }

    /// Removes `count` bytes from the beginning.
    fn advance(&mut self, mut count: usize) {
        while let Some(piece) = self.pieces.get_mut(self.done) {
            if count < piece.iov_len {
                let address = piece.iov_base.expose_provenance() + count;
                piece.iov_base = std::ptr::with_exposed_provenance_mut(address);
                piece.iov_len -= count;
                return;
            }
            count -= piece.iov_len;
            self.done += 1;
        }
    }

    /// Fills some of the pieces from `fd`. Returns 0 at EOF.
    ///
    /// # Errors
    /// The error of the system call.
    pub(crate) fn read(&mut self, fd: impl AsFd) -> io::Result<usize> {
        let rest = self.rest();
        // SAFETY: every piece is guest memory, to which no references exist, or a slice that is
        // mutably borrowed for `'a`. Both outlive `self`.
        #[allow(unsafe_code)]
        let read = unsafe {
            libc::readv(fd.as_fd().as_raw_fd(), rest.as_ptr(), rest.len() as libc::c_int)
        };
        self.account(read)
    }

    fn account(&mut self, count: isize) -> io::Result<usize> {
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        self.advance(count);
        Ok(count)
    }
}

/// Iovecs that are only read.
pub(crate) struct Output<'a> {
    pieces: Iovecs<'a>,
}

impl<'a> Output<'a> {
    /// Creates an empty list with room for `capacity` pieces.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pieces: Iovecs::new(capacity) }
    }

    /// Appends guest memory. It may change before and after it is sent.
    pub(crate) fn guest(&mut self, range: HostRange<'a>) {
        self.pieces.guest(range);
    }

    /// Appends bytes.
    pub(crate) fn bytes(&mut self, bytes: &'a [u8]) {
        self.pieces.push(bytes.as_ptr().expose_provenance(), bytes.len());
    }
}

/// Pieces of guest memory alone, which the kernel may read in place at a later time. Other memory
/// could hold something else by then, and must not be among them.
pub(crate) struct GuestOutput<'a> {
    pieces: Iovecs<'a>,
}

impl<'a> GuestOutput<'a> {
    /// Creates an empty list with room for `capacity` pieces.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pieces: Iovecs::new(capacity) }
    }

    /// Appends guest memory. It may change before and after it is sent.
    pub(crate) fn guest(&mut self, range: HostRange<'a>) {
        self.pieces.guest(range);
    }
}

/// Pieces that can be sent.
pub(crate) trait Sendable {
    /// True if the kernel reads them in place, at a later time.
    const IN_PLACE: bool;

    /// Returns true if no piece is left.
    fn is_empty(&self) -> bool;

    /// Sends some of the pieces. Only sockets can send in place.
    ///
    /// # Errors
    /// The error of the system call.
    fn send(&mut self, fd: impl AsFd) -> io::Result<usize>;
}

impl Sendable for Output<'_> {
    const IN_PLACE: bool = false;

    fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn send(&mut self, fd: impl AsFd) -> io::Result<usize> {
        let (rest, fd) = (self.pieces.rest(), fd.as_fd().as_raw_fd());
        // SAFETY: the kernel only reads the pieces: guest memory, or slices borrowed for `'a`.
        #[allow(unsafe_code)]
        let sent = unsafe { libc::writev(fd, rest.as_ptr(), rest.len() as libc::c_int) };
        self.pieces.account(sent)
    }
}

impl Sendable for GuestOutput<'_> {
    const IN_PLACE: bool = true;

    fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn send(&mut self, fd: impl AsFd) -> io::Result<usize> {
        let (rest, fd) = (self.pieces.rest(), fd.as_fd().as_raw_fd());
        // SAFETY: an all-zero message is an empty one, and the kernel only reads the pieces, which
        // are guest memory. It reads them later, too, but pins the pages itself.
        #[allow(unsafe_code)]
        let sent = unsafe {
            let mut message: libc::msghdr = std::mem::zeroed();
            message.msg_iov = rest.as_ptr().cast_mut();
            message.msg_iovlen = rest.len() as _;
            libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL | libc::MSG_ZEROCOPY)
        };
        self.pieces.account(sent)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use vm_memory::{Bytes, GuestAddress, GuestRegionMmap, MemoryRegionAddress};

    use super::*;
    use crate::sys::host::HostMemory;

    #[test]
    fn pieces_go_out_and_come_in_across_any_boundary() {
        let region: GuestRegionMmap =
            GuestRegionMmap::from_range(GuestAddress(0), 8 << 12, None).unwrap();
        let bytes: Vec<u8> = (0..8u32 << 12).map(|at| (at / 7) as u8).collect();
        region.write_slice(&bytes, MemoryRegionAddress(0)).unwrap();
        let host = HostMemory::of(&region).unwrap();
        let (here, mut there) = UnixStream::pair().unwrap();

        let mut output = Output::new(4);
        output.bytes(b"head");
        output.guest(host.range(4096, 8192).unwrap());
        output.guest(host.range(100, 50).unwrap());
        output.bytes(b"");
        while !output.is_empty() {
            output.send(&here).unwrap();
        }
        let mut sent = vec![0; 4 + 8192 + 50];
        there.read_exact(&mut sent).unwrap();
        assert_eq!(sent, [b"head", &bytes[4096..4096 + 8192], &bytes[100..150]].concat());

        let mut tail = [0; 3];
        let mut pieces = Iovecs::new(3);
        pieces.guest(host.range(0, 10).unwrap());
        pieces.guest(host.range(4096, 5).unwrap());
        pieces.room(&mut tail);
        for part in [&b"01234567"[..], b"89ab", b"cde", b"xyz"] {
            there.write_all(part).unwrap();
            let mut left = part.len();
            while left > 0 {
                left -= pieces.read(&here).unwrap();
            }
        }
        assert!(pieces.is_empty());
        drop(pieces);
        let mut filled = [0; 10];
        region.read_slice(&mut filled, MemoryRegionAddress(0)).unwrap();
        assert_eq!((&filled, &tail), (b"0123456789", b"xyz"));
        drop(there);
        let mut more = [0; 1];
        let mut pieces = Iovecs::new(1);
        pieces.room(&mut more);
        assert_eq!(pieces.read(&here).unwrap(), 0);
    }
}
