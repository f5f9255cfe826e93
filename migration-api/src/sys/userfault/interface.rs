//! The kernel's userfaultfd: its operations as safe functions over guest memory, and its messages.

use std::io;
use std::os::fd::OwnedFd;

use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

use crate::sys::host::{HostMemory, HostRange};

/// The only version of the interface.
const API: u64 = 0xaa;
/// Page faults of the kernel itself are not reported: its access to such a page fails.
pub(super) const USER_MODE_ONLY: u32 = 1;
pub(super) const MESSAGE: usize = 32;
pub(super) const EVENT_PAGEFAULT: u8 = 0x12;
pub(super) const FAULT_WRITE: u64 = 1 << 0;
pub(super) const FAULT_PROTECTED: u64 = 1 << 1;
pub(super) const ZEROPAGE_NUMBER: u8 = 0x04;

/// A page fault whose thread waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Start of the page, or the address accessed.
    pub(crate) address: usize,
    /// The thread id with feature `THREAD_ID`; otherwise 0.
    pub(crate) thread: u32,
    /// The access is a write.
    pub(crate) write: bool,
    /// The page is present but protected.
    pub(crate) protected: bool,
}

#[repr(C)]
struct ApiArgument {
    api: u64,
    features: u64,
    ioctls: u64,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct RangeArgument {
    start: u64,
    length: u64,
}

impl From<HostRange<'_>> for RangeArgument {
    fn from(range: HostRange<'_>) -> Self {
        Self { start: range.address() as u64, length: range.length() as u64 }
    }
}

/// A range, how to treat it, and the kernel's result.
#[repr(C)]
struct ModalArgument {
    range: RangeArgument,
    mode: u64,
    result: i64,
}

#[repr(C)]
struct CopyArgument {
    to: u64,
    from: u64,
    length: u64,
    mode: u64,
    result: i64,
}

#[repr(C)]
struct ProtectArgument {
    range: RangeArgument,
    mode: u64,
}

const HANDSHAKE: Opcode = opcode::read_write::<ApiArgument>(API as u8, 0x3f);
const REGISTER: Opcode = opcode::read_write::<ModalArgument>(API as u8, 0x00);
const UNREGISTER: Opcode = opcode::read::<RangeArgument>(API as u8, 0x01);
const WAKE: Opcode = opcode::read::<RangeArgument>(API as u8, 0x02);
const COPY: Opcode = opcode::read_write::<CopyArgument>(API as u8, 0x03);
const ZEROPAGE: Opcode = opcode::read_write::<ModalArgument>(API as u8, ZEROPAGE_NUMBER);
const WRITEPROTECT: Opcode = opcode::read_write::<ProtectArgument>(API as u8, 0x06);
/// Operation of `/dev/userfaultfd`: creates a descriptor. Its argument is the flags themselves.
const NEW: Opcode = opcode::none(API as u8, 0x00);

/// Agrees on `features`. Returns all that the kernel has.
pub(super) fn handshake(fd: &OwnedFd, features: u64) -> io::Result<u64> {
    let mut argument = ApiArgument { api: API, features, ioctls: 0 };
    // SAFETY: the operation's own argument, which names no memory.
    #[allow(unsafe_code)]
    unsafe { update::<HANDSHAKE, _>(fd, &mut argument) }?;
    Ok(argument.features)
}

/// Registers `memory`. Returns the operations that can fill it, as bits.
pub(super) fn register(fd: &OwnedFd, memory: HostMemory<'_>, mode: u64) -> io::Result<i64> {
    let mut argument = ModalArgument { range: memory.all().into(), mode, result: 0 };
    // SAFETY: the operation's own argument. Its range is guest memory, whose accesses may block and
    // whose content may change.
    #[allow(unsafe_code)]
    unsafe { update::<REGISTER, _>(fd, &mut argument) }?;
    Ok(argument.result)
}

/// Ends the watching of `memory`.
pub(super) fn unregister(fd: &OwnedFd, memory: HostMemory<'_>) -> io::Result<()> {
    // SAFETY: the operation's own argument, which changes no memory.
    #[allow(unsafe_code)]
    unsafe {
        update::<UNREGISTER, _>(fd, &mut RangeArgument::from(memory.all()))
    }
}

/// Wakes the threads that wait for pages of `range`.
pub(super) fn wake(fd: &OwnedFd, range: HostRange<'_>) -> io::Result<()> {
    // SAFETY: the operation's own argument, which changes no memory.
    #[allow(unsafe_code)]
    unsafe {
        update::<WAKE, _>(fd, &mut RangeArgument::from(range))
    }
}

/// Fills missing pages with as many bytes of `from` as fit. Returns the number of bytes filled,
/// even after an error.
pub(super) fn copy(fd: &OwnedFd, to: HostRange<'_>, from: &[u8]) -> (io::Result<()>, i64) {
    let mut argument = CopyArgument {
        to: to.address() as u64,
        // The kernel reads there, so the provenance has to be exposed.
        from: from.as_ptr().expose_provenance() as u64,
        length: to.length().min(from.len()) as u64,
        mode: 0,
        result: 0,
    };
    // SAFETY: the operation's own argument. `length` bytes are readable at `from`, and the target
    // is guest memory of at least that length.
    #[allow(unsafe_code)]
    let done = unsafe { update::<COPY, _>(fd, &mut argument) };
    (done, argument.result)
}

/// Fills missing pages with zeroes. Returns how many bytes were filled even if it fails.
pub(super) fn zero(fd: &OwnedFd, to: HostRange<'_>) -> (io::Result<()>, i64) {
    let mut argument = ModalArgument { range: to.into(), mode: 0, result: 0 };
    // SAFETY: the operation's own argument, whose range is guest memory.
    #[allow(unsafe_code)]
    let done = unsafe { update::<ZEROPAGE, _>(fd, &mut argument) };
    (done, argument.result)
}

/// Protects pages from being written, or ends that, by `mode`.
pub(super) fn protect(fd: &OwnedFd, range: HostRange<'_>, mode: u64) -> io::Result<()> {
    let mut argument = ProtectArgument { range: range.into(), mode };
    // SAFETY: the operation's own argument, which changes no memory.
    #[allow(unsafe_code)]
    unsafe {
        update::<WRITEPROTECT, _>(fd, &mut argument)
    }
}

/// Performs an operation.
///
/// # Safety
/// `T` is the operation's argument in the kernel's layout. Memory that it names is guest memory or,
/// if the operation only reads it, readable.
#[allow(unsafe_code)]
unsafe fn update<const OPCODE: Opcode, T>(fd: &OwnedFd, argument: &mut T) -> io::Result<()> {
    // SAFETY: guaranteed by the caller.
    unsafe { ioctl(fd, Updater::<OPCODE, T>::new(argument)) }.map_err(Into::into)
}

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

/// Requests a descriptor with these flags from `/dev/userfaultfd`.
pub(super) struct NewDescriptor(pub(super) usize);

// SAFETY: the operation takes its flags by value and returns a new descriptor without an owner.
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
