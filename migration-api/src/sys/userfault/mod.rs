//! userfaultfd: the kernel reports accesses to missing or protected guest pages, and resolves them.
//!
//! Two uses: a postcopy destination registers memory whose pages are [missing](Watch::Missing) and
//! fills them as they arrive; a background snapshot [write-protects](Watch::Write) memory and saves
//! pages before the guest changes them. A thread that touches such a page blocks until the page is
//! filled or its protection ends.

mod features;
mod interface;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::ioctl;
use rustix::mm::{UserfaultfdFlags, userfaultfd};

pub(crate) use features::Features;
pub(crate) use interface::Fault;
use interface::{
    MESSAGE, NewDescriptor, PROTECT, USER_MODE_ONLY, WATCH_MISSING, WATCH_WRITE, ZEROPAGE_NUMBER,
    fault,
};

use super::host::{HostMemory, HostRange};

/// Accesses to memory that a userfaultfd reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accesses {
    /// Accesses by threads in user mode.
    Threads,
    /// Accesses by the kernel, too: by KVM, vhost, and system calls on guest memory. Needs
    /// privileges.
    Kernel,
}

/// The faults to report for a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Any access to a missing page.
    Missing,
    /// A write to a page that is [protected](Userfault::protect).
    Write,
}

/// A userfaultfd. Closing it unregisters all memory: blocked threads continue with its current
/// content.
#[derive(Debug)]
pub(crate) struct Userfault {
    fd: OwnedFd,
}

impl Userfault {
    /// Returns what the kernel can do for accesses of `by`.
    ///
    /// # Errors
    /// No userfaultfd for this process, or a kernel without it.
    pub(crate) fn supported(by: Accesses) -> io::Result<Features> {
        Self::handshake(&Self::open(by)?, Features::NONE)
    }

    /// Makes a descriptor with exactly these features, which reports accesses of `by`.
    ///
    /// # Errors
    /// As for [`supported`](Self::supported), or `EINVAL` if a feature is not supported.
    pub(crate) fn new(by: Accesses, features: Features) -> io::Result<Self> {
        let fd = Self::open(by)?;
        Self::handshake(&fd, features)?;
        Ok(Self { fd })
    }

    /// Opens a userfaultfd. Accesses by threads alone need no privileges.
    fn open(by: Accesses) -> io::Result<OwnedFd> {
        let flags = UserfaultfdFlags::CLOEXEC | UserfaultfdFlags::NONBLOCK;
        // SAFETY: memory is registered only as `HostMemory`, whose accesses may block and whose
        // content may change.
        #[allow(unsafe_code)]
        let call =
            |more: u32| unsafe { userfaultfd(flags | UserfaultfdFlags::from_bits_retain(more)) };
        match call(0) {
            Err(Errno::PERM) => match (Self::open_device(), by) {
                (Ok(opened), _) => Ok(opened),
                (Err(_), Accesses::Kernel) => Err(Errno::PERM),
                // Kernels without the flag report it as invalid, but the cause is the missing
                // privilege.
                (Err(_), Accesses::Threads) => call(USER_MODE_ONLY)
                    .map_err(|error| if error == Errno::INVAL { Errno::PERM } else { error }),
            },
            opened => opened,
        }
        .map_err(Into::into)
    }

    fn open_device() -> rustix::io::Result<OwnedFd> {
        let device =
            rustix::fs::open("/dev/userfaultfd", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        let flags = UserfaultfdFlags::CLOEXEC | UserfaultfdFlags::NONBLOCK;
        // SAFETY: the device creates a userfaultfd, as the system call does.
        #[allow(unsafe_code)]
        unsafe {
            ioctl(device, NewDescriptor(flags.bits() as usize))
        }
    }

    /// Negotiates features. Returns all features of the kernel.
    fn handshake(fd: &OwnedFd, features: Features) -> io::Result<Features> {
        interface::handshake(fd, features.0).map(Features)
    }

    /// Registers all of `memory`. Returns true if [`zero`](Self::zero) works on it: hugetlbfs has
    /// no zero page.
    ///
    /// # Errors
    /// The error of the system call, such as for unsupported memory, or memory that is registered
    /// elsewhere.
    pub(crate) fn register(&self, memory: HostMemory<'_>, watch: Watch) -> io::Result<bool> {
        let mode = match watch {
            Watch::Missing => WATCH_MISSING,
            Watch::Write => WATCH_WRITE,
        };
        let operations = interface::register(&self.fd, memory, mode)?;
        Ok(operations & (1 << ZEROPAGE_NUMBER) != 0)
    }

    /// Unregisters all of `memory`.
    ///
    /// # Errors
    /// The error of the system call.
    pub(crate) fn unregister(&self, memory: HostMemory<'_>) -> io::Result<()> {
        interface::unregister(&self.fd, memory)
    }

    /// Takes some of the pending faults; none if none is pending.
    ///
    /// # Errors
    /// The error of the system call.
    pub(crate) fn faults(&self) -> io::Result<Vec<Fault>> {
        let mut bytes = [0; 16 * MESSAGE];
        let length = match rustix::io::read(&self.fd, &mut bytes) {
            Ok(length) => length,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            Err(error) => return Err(error.into()),
        };
        Ok(bytes[..length].chunks_exact(MESSAGE).filter_map(fault).collect())
    }

    /// Fills missing pages with `from`, each atomically, and wakes the threads that wait for them.
    /// Returns the number of bytes filled, and the error that stopped it: `EEXIST` if a page is
    /// present already, `ENOENT` if the memory is not registered, or another one.
    pub(crate) fn copy(&self, to: HostRange<'_>, from: &[u8]) -> (usize, io::Result<()>) {
        let length = to.length().min(from.len());
        self.fill(length, |done| interface::copy(&self.fd, to.after(done), &from[done..]))
    }

    /// Fills missing pages with zeroes, and wakes the threads that wait for them. Returns the same
    /// as [`copy`](Self::copy).
    pub(crate) fn zero(&self, to: HostRange<'_>) -> (usize, io::Result<()>) {
        self.fill(to.length(), |done| interface::zero(&self.fd, to.after(done)))
    }

    /// Repeats an operation that may stop early, at a present page or during a change of the
    /// mapping, until it is complete or fails.
    fn fill(
        &self,
        length: usize,
        mut more: impl FnMut(usize) -> (io::Result<()>, i64),
    ) -> (usize, io::Result<()>) {
        let mut done = 0;
        while done < length {
            match more(done) {
                (Err(error), _) if error.raw_os_error() != Some(libc::EAGAIN) => {
                    return (done, Err(error));
                }
                (_, filled) => done += usize::try_from(filled).unwrap_or(0),
            }
        }
        (done, Ok(()))
    }

    /// Wakes the threads that wait for pages of `range`, which then retry their access.
    ///
    /// # Errors
    /// The error of the system call.
    pub(crate) fn wake(&self, range: HostRange<'_>) -> io::Result<()> {
        interface::wake(&self.fd, range)
    }

    /// Write-protects pages of a range, or ends that and wakes the threads that wait to write.
    ///
    /// # Errors
    /// The error of the system call.
    pub(crate) fn protect(&self, range: HostRange<'_>, on: bool) -> io::Result<()> {
        let mode = if on { PROTECT } else { 0 };
        loop {
            match interface::protect(&self.fd, range, mode) {
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
                done => return done,
            }
        }
    }
}

impl AsFd for Userfault {
    /// Readable while faults are pending.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
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
        Arc::new(
            GuestRegionMmap::from_range(GuestAddress(0), (pages * PAGE) as usize, file).unwrap(),
        )
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

    /// Opens a descriptor. Returns `None`, with a message, if the host does not allow it.
    fn new(features: Features) -> Option<Userfault> {
        match Userfault::supported(Accesses::Threads) {
            Ok(supported) if supported.has(features) => {
                Some(Userfault::new(Accesses::Threads, features).unwrap())
            }
            other => {
                eprintln!("not tested here: {other:?}");
                None
            }
        }
    }

    #[test]
    fn missing_pages_are_asked_for_and_filled() {
        for shared in [false, true] {
            let Some(userfault) = new(Features::THREAD_ID.with(Features::MISSING_SHMEM)) else {
                return;
            };
            let memory = memory(4, shared);
            let host = HostMemory::of(&*memory).unwrap();
            assert!(userfault.register(host, Watch::Missing).unwrap());
            let (sender, receiver) = std::sync::mpsc::channel();
            let reader = std::thread::spawn({
                let memory = memory.clone();
                move || {
                    sender.send(rustix::thread::gettid().as_raw_pid() as u32).unwrap();
                    let byte = |page: u64| {
                        memory.read_obj::<u8>(MemoryRegionAddress(page * PAGE + 5)).unwrap()
                    };
                    (byte(1), byte(2), byte(3))
                }
            });
            let thread = receiver.recv().unwrap();
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
            // Closing the descriptor wakes threads that still wait.
            drop(userfault);
            assert_eq!(reader.join().unwrap(), (7, 0, 0));
        }
    }

    #[test]
    fn protected_pages_are_reported_before_they_change() {
        let Some(userfault) = new(Features::WRITE_PROTECT) else { return };
        let memory = memory(2, false);
        let host = HostMemory::of(&*memory).unwrap();
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
    fn kernel_accesses_need_privileges() {
        // The user id of a thread alone can be changed, and the test's other threads keep theirs.
        let unprivileged = std::thread::spawn(|| {
            let nobody = rustix::process::Uid::from_raw(65534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).ok()?;
            let allowed = std::fs::read_to_string("/proc/sys/vm/unprivileged_userfaultfd");
            (allowed.ok()?.trim() == "0").then(|| {
                [Accesses::Kernel, Accesses::Threads].map(|by| Userfault::supported(by).err())
            })
        });
        let Some([kernel, threads]) = unprivileged.join().unwrap() else {
            eprintln!("not tested here: every process may handle page faults of the kernel");
            return;
        };
        assert_eq!(kernel.and_then(|error| error.raw_os_error()), Some(libc::EPERM));
        assert!(threads.is_none(), "{threads:?}");
    }

    #[test]
    fn the_device_file_opens_a_userfaultfd() {
        match Userfault::open_device() {
            Ok(fd) => drop(Userfault::handshake(&fd, Features::NONE).unwrap()),
            Err(error) => {
                assert!(matches!(error, Errno::NOENT | Errno::ACCESS | Errno::PERM), "{error}")
            }
        }
    }
}
