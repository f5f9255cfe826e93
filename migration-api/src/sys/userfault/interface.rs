//! How the kernel's userfaultfd is spoken to: arguments and messages as it lays them out, and its operations.

use std::io;
use std::os::fd::OwnedFd;

use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

use crate::sys::host::HostRange;

/// The version of the interface: the only one there is.
pub(super) const API: u64 = 0xaa;
/// Faults of the kernel itself are not reported; what it does with such a page fails.
pub(super) const USER_MODE_ONLY: u32 = 1;
pub(super) const MESSAGE: usize = 32;
pub(super) const EVENT_PAGEFAULT: u8 = 0x12;
pub(super) const FAULT_WRITE: u64 = 1 << 0;
pub(super) const FAULT_PROTECTED: u64 = 1 << 1;
pub(super) const ZEROPAGE_NUMBER: u8 = 0x04;

/// An access that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The start of the page, or the place accessed.
    pub(crate) address: usize,
    /// The kernel's id of the thread, with [`Features::THREAD_ID`]; otherwise 0.
    pub(crate) thread: u32,
    /// Whether it is a write.
    pub(crate) write: bool,
    /// Whether the page is there, but protected.
    pub(crate) protected: bool,
}

#[repr(C)]
pub(super) struct ApiArgument {
    pub(super) api: u64,
    pub(super) features: u64,
    pub(super) ioctls: u64,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct RangeArgument {
    pub(super) start: u64,
    pub(super) length: u64,
}

impl From<HostRange<'_>> for RangeArgument {
    fn from(range: HostRange<'_>) -> Self {
        Self { start: range.address() as u64, length: range.length() as u64 }
    }
}

/// A range, how to treat it, and what came of it.
#[repr(C)]
pub(super) struct ModalArgument {
    pub(super) range: RangeArgument,
    pub(super) mode: u64,
    pub(super) result: i64,
}

#[repr(C)]
pub(super) struct CopyArgument {
    pub(super) to: u64,
    pub(super) from: u64,
    pub(super) length: u64,
    pub(super) mode: u64,
    pub(super) result: i64,
}

#[repr(C)]
pub(super) struct ProtectArgument {
    pub(super) range: RangeArgument,
    pub(super) mode: u64,
}

pub(super) const HANDSHAKE: Opcode = opcode::read_write::<ApiArgument>(API as u8, 0x3f);
pub(super) const REGISTER: Opcode = opcode::read_write::<ModalArgument>(API as u8, 0x00);
pub(super) const UNREGISTER: Opcode = opcode::read::<RangeArgument>(API as u8, 0x01);
pub(super) const WAKE: Opcode = opcode::read::<RangeArgument>(API as u8, 0x02);
pub(super) const COPY: Opcode = opcode::read_write::<CopyArgument>(API as u8, 0x03);
pub(super) const ZEROPAGE: Opcode = opcode::read_write::<ModalArgument>(API as u8, ZEROPAGE_NUMBER);
pub(super) const WRITEPROTECT: Opcode = opcode::read_write::<ProtectArgument>(API as u8, 0x06);
/// Of `/dev/userfaultfd`: gives a new descriptor. Its argument is the flags themselves.
pub(super) const NEW: Opcode = opcode::none(API as u8, 0x00);

pub(super) const WATCH_MISSING: u64 = 1 << 0;
pub(super) const WATCH_WRITE: u64 = 1 << 1;
pub(super) const PROTECT: u64 = 1 << 0;

pub(super) fn fault(message: &[u8]) -> Option<Fault> {
    let word = |at: usize| message[at..].first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
    let flags = word(8)?;
    let thread = message[24..].first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))?;
    (message[0] == EVENT_PAGEFAULT).then_some(Fault {
        address: word(16)? as usize,
        thread,
        write: flags & FAULT_WRITE != 0,
        protected: flags & FAULT_PROTECTED != 0,
    })
}

pub(super) fn update<const OPCODE: Opcode, T>(fd: &OwnedFd, argument: &mut T) -> io::Result<()> {
    // SAFETY: every call passes the argument that belongs to the operation, laid out as the kernel's; the memory that it names is
    // guest memory (`HostRange`) or, to copy from, a slice that is long enough.
    #[allow(unsafe_code)]
    unsafe { ioctl(fd, Updater::<OPCODE, T>::new(argument)) }.map_err(Into::into)
}

/// Asks `/dev/userfaultfd` for a descriptor with these flags.
pub(super) struct NewDescriptor(pub(super) usize);

// SAFETY: the operation takes its flags by value and returns a descriptor that nobody owns yet.
#[allow(unsafe_code)]
unsafe impl rustix::ioctl::Ioctl for NewDescriptor {
    type Output = OwnedFd;
    const IS_MUTATING: bool = false;

    fn opcode(&self) -> Opcode {
        NEW
    }

    fn as_ptr(&mut self) -> *mut std::ffi::c_void {
        std::ptr::without_provenance_mut(self.0)
    }

    unsafe fn output_from_ptr(
        out: rustix::ioctl::IoctlOutput,
        _: *mut std::ffi::c_void,
    ) -> rustix::io::Result<OwnedFd> {
        use std::os::fd::FromRawFd;
        // SAFETY: the operation succeeded, so this is the new descriptor.
        Ok(unsafe { OwnedFd::from_raw_fd(out) })
    }
}
