//! File descriptors inherited from the parent process, named by number.

use std::collections::BTreeSet;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

use crate::sync::IgnorePoison;

/// Descriptors that were open at program start and have not been taken yet.
static INHERITED: Mutex<Option<BTreeSet<RawFd>>> = Mutex::new(None);

fn inherited() -> MutexGuard<'static, Option<BTreeSet<RawFd>>> {
    INHERITED.lock().ignore_poison()
}

/// Registers the descriptors that this process was started with, so that `fd:N` can name them, and
/// sets `FD_CLOEXEC` on them. Later calls have no effect. The standard streams are not registered.
///
/// # Safety
/// No descriptor above 2 that is open now, without `FD_CLOEXEC`, has an owner in this process, now
/// or later: the engine closes those that an address names. Call it first in `main`, before
/// anything is opened or taken over from the parent process.
///
/// ```compile_fail,E0133
/// migration_api::transport::note_inherited_descriptors();
/// ```
#[allow(unsafe_code)]
pub unsafe fn note() {
    let mut inherited = inherited();
    if inherited.is_some() {
        return;
    }
    let numbers = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // Leave out the standard streams.
    *inherited = Some(numbers.filter(|&number| number > 2 && keep(number)).collect());
}

/// Returns true for a descriptor that the parent process left open, and sets `FD_CLOEXEC` on it.
fn keep(number: RawFd) -> bool {
    // SAFETY: the descriptor is borrowed to read and set its flag. If it has been closed, the calls
    // fail.
    #[allow(unsafe_code)]
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    // A descriptor with FD_CLOEXEC was opened by this process (including the one that reads
    // /proc/self/fd).
    let came = fcntl_getfd(fd).is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC));
    came && fcntl_setfd(fd, FdFlags::CLOEXEC).is_ok()
}

/// Registers a descriptor without an owner, as if the process had been started with it.
#[cfg(test)]
pub(crate) fn came(number: RawFd) {
    inherited().get_or_insert_default().insert(number);
}

/// Takes the inherited descriptor of this number, unless it was taken before.
pub(crate) fn take(number: RawFd) -> Option<OwnedFd> {
    if !inherited().as_mut()?.remove(&number) {
        return None;
    }
    // SAFETY: `note`'s caller guarantees that nothing else owns it. It is removed from the set, so
    // it is returned only once.
    #[allow(unsafe_code)]
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}
