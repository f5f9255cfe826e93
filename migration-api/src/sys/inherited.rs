//! Descriptors that a parent process left open for us, named by their number.

use std::collections::BTreeSet;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

/// The numbers that were open when the program started and have not been taken yet.
static INHERITED: Mutex<Option<BTreeSet<RawFd>>> = Mutex::new(None);

fn inherited() -> MutexGuard<'static, Option<BTreeSet<RawFd>>> {
    INHERITED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes which descriptors the program was started with, and keeps them from the programs that it starts itself. To be called before
/// it opens any of its own; only the first call does anything.
pub fn note() {
    let mut inherited = inherited();
    if inherited.is_some() {
        return;
    }
    let numbers = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // Not the standard streams.
    *inherited = Some(numbers.filter(|&number| number > 2 && keep(number)).collect());
}

/// Whether a descriptor has come from another program; no further one gets it then.
fn keep(number: RawFd) -> bool {
    // SAFETY: it is borrowed to read and set a flag of it; should it be closed by now, the kernel says so.
    #[allow(unsafe_code)]
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    // What is closed on the way to another program was opened in this one, as is what reads the directory.
    let came = fcntl_getfd(fd).is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC));
    came && fcntl_setfd(fd, FdFlags::CLOEXEC).is_ok()
}

/// As if the program had been started with a descriptor, which nobody owns.
#[cfg(test)]
pub(crate) fn came(number: RawFd) {
    inherited().get_or_insert_default().insert(number);
}

/// Takes the descriptor of that number, if the program was started with it and it was not taken before.
pub(crate) fn take(number: RawFd) -> Option<OwnedFd> {
    if !inherited().as_mut()?.remove(&number) {
        return None;
    }
    // SAFETY: the number was open before the program opened anything, nothing in the program owns it, and being removed from the
    // set it is handed out once only.
    #[allow(unsafe_code)]
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}
