//! Points at which a test ends the process as SIGKILL would.

/// Number of points that are left, in a test's child process.
#[cfg(test)]
static LEFT: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(i64::MAX);

/// Ends the process at the `count`th point from now on.
#[cfg(test)]
pub(super) fn after(count: i64) {
    LEFT.store(count, std::sync::atomic::Ordering::SeqCst);
}

/// Marks a point between two changes on disk.
#[cfg(test)]
pub(super) fn point() {
    if LEFT.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Marks a point between two changes on disk.
#[cfg(not(test))]
pub(super) fn point() {}
