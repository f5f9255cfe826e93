//! Guest memory sent and received where it lies: the kernel is given its addresses, and no copy is made on this side.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd};

use super::host::HostRange;

/// Pieces of memory, the guest's and our own, to be written or filled one after the other.
///
/// The pieces are borrowed for `'a`; what is filled is borrowed mutably, or is guest memory.
pub(crate) struct Pieces<'a> {
    pieces: Vec<libc::iovec>,
    /// How many pieces are done with.
    done: usize,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl<'a> Pieces<'a> {
    /// No pieces, and room for some.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pieces: Vec::with_capacity(capacity), done: 0, borrowed: PhantomData }
    }

    /// Appends guest memory.
    pub(crate) fn guest(&mut self, range: HostRange<'a>) {
        self.push(range.address(), range.length());
    }

    /// Appends bytes that are to be filled.
    pub(crate) fn room(&mut self, bytes: &'a mut [u8]) {
        self.push(bytes.as_mut_ptr().expose_provenance(), bytes.len());
    }

    fn push(&mut self, address: usize, length: usize) {
        if length > 0 {
            let base = std::ptr::with_exposed_provenance_mut(address);
            self.pieces.push(libc::iovec { iov_base: base, iov_len: length });
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.done == self.pieces.len()
    }

    /// The pieces that are left, as many as the kernel takes at once.
    fn rest(&self) -> &[libc::iovec] {
        /// What Linux takes at once.
        const MOST: usize = 1024;
        let rest = &self.pieces[self.done..];
        &rest[..rest.len().min(MOST)]
    }

    /// Takes `count` bytes off the beginning.
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

    /// Fills some of the pieces from `fd`; 0 is the end of the stream.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn read(&mut self, fd: impl AsFd) -> io::Result<usize> {
        let rest = self.rest();
        // SAFETY: every piece is guest memory, to which nobody holds a reference, or a slice that is mutably borrowed for `'a`, and
        // both outlive `self`.
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

/// Pieces that are only read.
pub(crate) struct Output<'a> {
    pieces: Pieces<'a>,
}

impl<'a> Output<'a> {
    /// No pieces, and room for some.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pieces: Pieces::new(capacity) }
    }

    /// Appends guest memory. It may change until it is sent, and after.
    pub(crate) fn guest(&mut self, range: HostRange<'a>) {
        self.pieces.guest(range);
    }

    /// Appends bytes.
    pub(crate) fn bytes(&mut self, bytes: &'a [u8]) {
        self.pieces.push(bytes.as_ptr().expose_provenance(), bytes.len());
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Writes some of the pieces; only a socket takes them without a copy.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn send(&mut self, fd: impl AsFd, how: Send) -> io::Result<usize> {
        let rest = self.pieces.rest();
        let fd = fd.as_fd().as_raw_fd();
        // SAFETY: zeroes are a message without anything, and the kernel only reads the pieces: guest memory, or slices that are
        // borrowed for `'a`. With zero copy it reads them later, too, but holds the pages itself; only guest memory is sent so.
        #[allow(unsafe_code)]
        let sent = unsafe {
            match how {
                Send::Copied => libc::writev(fd, rest.as_ptr(), rest.len() as libc::c_int),
                Send::ZeroCopy => {
                    let mut message: libc::msghdr = std::mem::zeroed();
                    message.msg_iov = rest.as_ptr().cast_mut();
                    message.msg_iovlen = rest.len() as _;
                    libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL | libc::MSG_ZEROCOPY)
                }
            }
        };
        self.pieces.account(sent)
    }
}

/// How the kernel takes what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Send {
    /// As a copy.
    Copied,
    /// From where it lies, at a time of its own choice.
    ZeroCopy,
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
            output.send(&here, Send::Copied).unwrap();
        }
        let mut sent = vec![0; 4 + 8192 + 50];
        there.read_exact(&mut sent).unwrap();
        assert_eq!(sent, [b"head", &bytes[4096..4096 + 8192], &bytes[100..150]].concat());

        let mut tail = [0; 3];
        let mut pieces = Pieces::new(3);
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
        let mut pieces = Pieces::new(1);
        pieces.room(&mut more);
        assert_eq!(pieces.read(&here).unwrap(), 0);
    }
}
