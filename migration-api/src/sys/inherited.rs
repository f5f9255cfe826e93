//! Descriptors that a parent process left open for us, named by their number.

use std::collections::BTreeSet;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

/// The numbers that were open when the program started and have not been taken yet.
static INHERITED: Mutex<Option<BTreeSet<RawFd>>> = Mutex::new(None);

/// Notes which descriptors the program was started with. To be called before it opens any of its own.
pub fn note() {
    let numbers = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // Not the standard streams, and not the descriptor that read the directory and is closed again.
    let numbers =
        numbers.filter(|&number| number > 2 && std::fs::metadata(format!("/proc/self/fd/{number}")).is_ok());
    *INHERITED.lock().unwrap_or_else(PoisonError::into_inner) = Some(numbers.collect());
}

/// Takes the descriptor of that number, if the program was started with it and it was not taken before.
pub(crate) fn take(number: RawFd) -> Option<OwnedFd> {
    let mut inherited = INHERITED.lock().unwrap_or_else(PoisonError::into_inner);
    if !inherited.as_mut()?.remove(&number) {
        return None;
    }
    // SAFETY: the number was open before the program opened anything, nothing in the program owns it, and being removed from the
    // set it is handed out once only.
    #[allow(unsafe_code)]
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}
