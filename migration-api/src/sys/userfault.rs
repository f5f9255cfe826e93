//! userfaultfd: the kernel tells which pages of guest memory are missing or written to, and lets them be filled in.
//!
//! Two uses: a postcopy destination registers memory whose pages are [missing](Watch::Missing) and fills them as they come; a background
//! snapshot [write-protects](Watch::Write) memory and saves pages before the guest changes them. A thread that touches such a page
//! sleeps until the page is filled in or its protection ends.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use rustix::mm::{UserfaultfdFlags, userfaultfd};

use super::host::{HostMemory, HostRange};

/// The version of the interface: the only one there is.
const API: u64 = 0xaa;
/// Faults of the kernel itself are not reported; what it does with such a page fails.
const USER_MODE_ONLY: u32 = 1;
const MESSAGE: usize = 32;
const EVENT_PAGEFAULT: u8 = 0x12;
const FAULT_WRITE: u64 = 1 << 0;
const FAULT_PROTECTED: u64 = 1 << 1;
const ZEROPAGE_NUMBER: u8 = 0x04;

/// What a kernel can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(u64);

impl Features {
    /// Missing pages and nothing else.
    pub(crate) const NONE: Self = Self(0);
    /// Write protection of anonymous memory.
    pub(crate) const WRITE_PROTECT: Self = Self(1 << 0);
    /// Missing pages of hugetlbfs.
    pub(crate) const MISSING_HUGETLBFS: Self = Self(1 << 4);
    /// Missing pages of shared memory: memfd, tmpfs.
    pub(crate) const MISSING_SHMEM: Self = Self(1 << 5);
    /// Faults tell which thread waits.
    pub(crate) const THREAD_ID: Self = Self(1 << 8);
    /// Write protection of shared memory and hugetlbfs.
    pub(crate) const WRITE_PROTECT_SHARED: Self = Self(1 << 12);
    /// Write protection of pages that nobody has touched yet.
    pub(crate) const WRITE_PROTECT_UNPOPULATED: Self = Self(1 << 13);

    /// Whether all of `others` are among these.
    pub(crate) fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// These and `others`.
    pub(crate) const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these that are among `others`, too.
    pub(crate) const fn both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}

/// What is reported of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Any access to a page that is not there.
    Missing,
    /// A write to a page that is [protected](Userfault::protect).
    Write,
}

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

/// A range, how to treat it, and what came of it.
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
/// Of `/dev/userfaultfd`: gives a new descriptor. Its argument is the flags themselves.
const NEW: Opcode = opcode::none(API as u8, 0x00);

const WATCH_MISSING: u64 = 1 << 0;
const WATCH_WRITE: u64 = 1 << 1;
const PROTECT: u64 = 1 << 0;

/// A userfaultfd. Closing it ends all watching: who waits goes on, with whatever is there.
#[derive(Debug)]
pub(crate) struct Userfault {
    fd: OwnedFd,
}

impl Userfault {
    /// What the kernel can do.
    ///
    /// # Errors
    /// No userfaultfd for this process, or a kernel without it.
    pub(crate) fn supported() -> io::Result<Features> {
        Self::handshake(&Self::open()?, Features::NONE)
    }

    /// A descriptor with exactly these features.
    ///
    /// # Errors
    /// As for [`supported`](Self::supported), or `EINVAL` if a feature is not supported.
    pub(crate) fn new(features: Features) -> io::Result<Self> {
        let fd = Self::open()?;
        Self::handshake(&fd, features)?;
        Ok(Self { fd })
    }

    /// Whoever may not watch the kernel's own accesses is content with those of threads; guest memory is accessed by them.
    fn open() -> io::Result<OwnedFd> {
        let flags = UserfaultfdFlags::CLOEXEC | UserfaultfdFlags::NONBLOCK;
        // SAFETY: memory is registered only as `HostMemory`, whose accesses may wait and whose content may change.
        #[allow(unsafe_code)]
        let call = |more: u32| unsafe { userfaultfd(flags | UserfaultfdFlags::from_bits_retain(more)) };
        match call(0) {
            Err(Errno::PERM) => Self::open_device()
                .or_else(|_| call(USER_MODE_ONLY))
                // Kernels that do not know the flag say that it is invalid, but the reason is that all is forbidden.
                .map_err(|error| if error == Errno::INVAL { Errno::PERM } else { error }),
            opened => opened,
        }
        .map_err(Into::into)
    }

    fn open_device() -> rustix::io::Result<OwnedFd> {
        let device = rustix::fs::open("/dev/userfaultfd", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        let flags = UserfaultfdFlags::CLOEXEC | UserfaultfdFlags::NONBLOCK;
        // SAFETY: the device makes a userfaultfd, as the system call does.
        #[allow(unsafe_code)]
        unsafe {
            ioctl(device, NewDescriptor(flags.bits() as usize))
        }
    }

    /// Agrees on features; gives all that the kernel has.
    fn handshake(fd: &OwnedFd, features: Features) -> io::Result<Features> {
        let mut argument = ApiArgument { api: API, features: features.0, ioctls: 0 };
        update::<HANDSHAKE, _>(fd, &mut argument)?;
        Ok(Features(argument.features))
    }

    /// Watches all of `memory`. Gives whether [`zero`](Self::zero) can be used there: hugetlbfs has no zero page.
    ///
    /// # Errors
    /// What the kernel says, as for memory that cannot be watched or is watched by somebody else.
    pub(crate) fn register(&self, memory: HostMemory<'_>, watch: Watch) -> io::Result<bool> {
        let mode = match watch {
            Watch::Missing => WATCH_MISSING,
            Watch::Write => WATCH_WRITE,
        };
        let mut argument = ModalArgument { range: memory.all().into(), mode, result: 0 };
        update::<REGISTER, _>(&self.fd, &mut argument)?;
        Ok(argument.result & (1 << ZEROPAGE_NUMBER) != 0)
    }

    /// Ends the watching of all of `memory`.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn unregister(&self, memory: HostMemory<'_>) -> io::Result<()> {
        update::<UNREGISTER, _>(&self.fd, &mut RangeArgument::from(memory.all()))
    }

    /// Takes the faults that wait, some at a time; none if there are none at present.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn faults(&self) -> io::Result<Vec<Fault>> {
        let mut bytes = [0; 16 * MESSAGE];
        let length = match rustix::io::read(&self.fd, &mut bytes) {
            Ok(length) => length,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            Err(error) => return Err(error.into()),
        };
        Ok(bytes[..length].chunks_exact(MESSAGE).filter_map(fault).collect())
    }

    /// Fills missing pages with `from`, each as one step for whoever looks, and wakes who waits for them. Gives how many bytes were
    /// filled, and what stopped it: `EEXIST` where a page is there already, `ENOENT` where memory is not watched, or what else the kernel
    /// says.
    pub(crate) fn copy(&self, to: HostRange<'_>, from: &[u8]) -> (usize, io::Result<()>) {
        let length = to.length().min(from.len());
        self.fill(length, |done| {
            let mut argument = CopyArgument {
                to: to.after(done).address() as u64,
                from: from[done..].as_ptr().addr() as u64,
                length: (length - done) as u64,
                mode: 0,
                result: 0,
            };
            (update::<COPY, _>(&self.fd, &mut argument), argument.result)
        })
    }

    /// Fills missing pages with zeroes, and wakes who waits for them. The outcome is as that of [`copy`](Self::copy).
    pub(crate) fn zero(&self, to: HostRange<'_>) -> (usize, io::Result<()>) {
        self.fill(to.length(), |done| {
            let mut argument = ModalArgument { range: to.after(done).into(), mode: 0, result: 0 };
            (update::<ZEROPAGE, _>(&self.fd, &mut argument), argument.result)
        })
    }

    /// Repeats what may stop early, for a page that is there or a mapping that changes, until nothing is left or it cannot go on.
    fn fill(
        &self,
        length: usize,
        mut more: impl FnMut(usize) -> (io::Result<()>, i64),
    ) -> (usize, io::Result<()>) {
        let mut done = 0;
        while done < length {
            match more(done) {
                (Err(error), _) if error.raw_os_error() != Some(libc::EAGAIN) => return (done, Err(error)),
                (_, filled) => done += usize::try_from(filled).unwrap_or(0),
            }
        }
        (done, Ok(()))
    }

    /// Wakes who waits for pages of `range`: they look again.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn wake(&self, range: HostRange<'_>) -> io::Result<()> {
        update::<WAKE, _>(&self.fd, &mut RangeArgument::from(range))
    }

    /// Protects pages of a range from being written, or ends that and wakes who waits to write.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn protect(&self, range: HostRange<'_>, on: bool) -> io::Result<()> {
        let mut argument = ProtectArgument { range: range.into(), mode: if on { PROTECT } else { 0 } };
        loop {
            match update::<WRITEPROTECT, _>(&self.fd, &mut argument) {
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
                done => return done,
            }
        }
    }
}

impl AsFd for Userfault {
    /// Readable while faults wait.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn fault(message: &[u8]) -> Option<Fault> {
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

fn update<const OPCODE: Opcode, T>(fd: &OwnedFd, argument: &mut T) -> io::Result<()> {
    // SAFETY: every call passes the argument that belongs to the operation, laid out as the kernel's; the memory that it names is
    // guest memory (`HostRange`) or, to copy from, a slice that is long enough.
    #[allow(unsafe_code)]
    unsafe { ioctl(fd, Updater::<OPCODE, T>::new(argument)) }.map_err(Into::into)
}

/// Asks `/dev/userfaultfd` for a descriptor with these flags.
struct NewDescriptor(usize);

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use vm_memory::{Bytes, FileOffset, GuestAddress, GuestRegionMmap, MemoryRegionAddress};

    use super::*;

    const PAGE: u64 = 4096;

    fn memory(pages: u64, shared: bool) -> Arc<GuestRegionMmap> {
        let file = shared.then(|| {
            let fd = rustix::fs::memfd_create("ram", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
            let file = std::fs::File::from(fd);
            file.set_len(pages * PAGE).unwrap();
            FileOffset::new(file, 0)
        });
        Arc::new(GuestRegionMmap::from_range(GuestAddress(0), (pages * PAGE) as usize, file).unwrap())
    }

    fn next(userfault: &Userfault) -> Fault {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            match userfault.faults().unwrap()[..] {
                [] => assert!(Instant::now() < end, "no fault"),
                [fault, ..] => return fault,
            }
            std::thread::yield_now();
        }
    }

    /// The descriptor, or `None` with a word about it on a host that has none for us.
    fn new(features: Features) -> Option<Userfault> {
        match Userfault::supported() {
            Ok(supported) if supported.has(features) => Some(Userfault::new(features).unwrap()),
            other => {
                eprintln!("not tested here: {other:?}");
                None
            }
        }
    }

    #[test]
    fn missing_pages_are_asked_for_and_filled() {
        for shared in [false, true] {
            let Some(userfault) = new(Features::THREAD_ID.with(Features::MISSING_SHMEM)) else { return };
            let memory = memory(4, shared);
            let host = HostMemory::of(&*memory);
            assert!(userfault.register(host, Watch::Missing).unwrap());
            let (tell, told) = std::sync::mpsc::channel();
            let reader = std::thread::spawn({
                let memory = memory.clone();
                move || {
                    tell.send(rustix::thread::gettid().as_raw_pid() as u32).unwrap();
                    let byte =
                        |page: u64| memory.read_obj::<u8>(MemoryRegionAddress(page * PAGE + 5)).unwrap();
                    (byte(1), byte(2), byte(3))
                }
            });
            let thread = told.recv().unwrap();
            let fault = next(&userfault);
            assert_eq!(fault.address & !0xfff, host.address() + 0x1000);
            assert_eq!((fault.thread, fault.write, fault.protected), (thread, false, false));
            let page = |number: u64| host.range(number * PAGE, PAGE).unwrap();
            userfault.copy(page(1), &[7; 4096]).1.unwrap();
            assert_eq!(next(&userfault).address & !0xfff, host.address() + 0x2000);
            userfault.zero(page(2)).1.unwrap();
            next(&userfault);
            let (filled, outcome) = userfault.zero(host.range(0, 3 * PAGE).unwrap());
            assert_eq!((filled, outcome.unwrap_err().raw_os_error()), (4096, Some(libc::EEXIST)));
            userfault.wake(page(3)).unwrap();
            next(&userfault);
            // Whoever still waits is let go with the descriptor.
            drop(userfault);
            assert_eq!(reader.join().unwrap(), (7, 0, 0));
        }
    }

    #[test]
    fn protected_pages_are_reported_before_they_change() {
        let Some(userfault) = new(Features::WRITE_PROTECT) else { return };
        let memory = memory(2, false);
        let host = HostMemory::of(&*memory);
        memory.write_obj(1u8, MemoryRegionAddress(PAGE)).unwrap();
        userfault.register(host, Watch::Write).unwrap();
        userfault.protect(host.all(), true).unwrap();
        let writer = std::thread::spawn({
            let memory = memory.clone();
            move || memory.write_obj(2u8, MemoryRegionAddress(PAGE)).unwrap()
        });
        let fault = next(&userfault);
        assert!(fault.protected && fault.write);
        assert_eq!(memory.read_obj::<u8>(MemoryRegionAddress(PAGE)).unwrap(), 1);
        userfault.protect(host.range(PAGE, PAGE).unwrap(), false).unwrap();
        writer.join().unwrap();
        userfault.unregister(host).unwrap();
        assert_eq!(memory.read_obj::<u8>(MemoryRegionAddress(PAGE)).unwrap(), 2);
    }

    #[test]
    fn the_device_is_as_good() {
        match Userfault::open_device() {
            Ok(fd) => drop(Userfault::handshake(&fd, Features::NONE).unwrap()),
            Err(error) => assert!(matches!(error, Errno::NOENT | Errno::ACCESS | Errno::PERM), "{error}"),
        }
    }
}
