//! Stopping I/O from another thread, and waiting for I/O without being busy.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::channel::Wire;

/// A switch that, once thrown, ends all I/O that was given it: what waits returns at once, what comes later fails.
#[derive(Debug)]
pub struct Stop {
    event: OwnedFd,
    stopped: AtomicBool,
    /// Channels whose peers are to notice, too.
    wires: Mutex<Vec<Weak<Wire>>>,
}

impl Stop {
    /// A switch that is not thrown.
    ///
    /// # Errors
    /// No descriptor to be had.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            event: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            stopped: AtomicBool::new(false),
            wires: Mutex::new(Vec::new()),
        })
    }

    /// Throws the switch. Sockets are shut down, so that the peer sees the end of the stream.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Fails only if the counter is full, and then the descriptor is readable.
        let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
        for wire in self.wires.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if let Some(wire) = wire.upgrade() {
                wire.shutdown();
            }
        }
    }

    /// Cuts the sockets without throwing the switch: whoever uses them finds the connection gone, as if the peer had gone.
    pub fn cut(&self) {
        for wire in self.wires.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(wire) = wire.upgrade() {
                wire.shutdown();
            }
        }
    }

    /// Whether the switch was thrown.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Fails if the switch was thrown.
    ///
    /// # Errors
    /// `EIO`, as for a channel that is gone.
    pub fn check(&self) -> io::Result<()> {
        if self.is_stopped() { Err(rustix::io::Errno::IO.into()) } else { Ok(()) }
    }

    pub(super) fn watch(&self, wire: Weak<Wire>) {
        let mut wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
        wires.retain(|known| known.strong_count() > 0);
        wires.push(wire.clone());
        drop(wires);
        if self.is_stopped()
            && let Some(wire) = wire.upgrade()
        {
            wire.shutdown();
        }
    }

    /// Waits until one of `fds` is ready for what is asked, and tells which one.
    ///
    /// # Errors
    /// `EIO` once the switch is thrown.
    pub fn wait(&self, fds: &[(BorrowedFd<'_>, PollFlags)]) -> io::Result<usize> {
        loop {
            if let Some(ready) = self.first_ready(fds, None)? {
                return Ok(ready);
            }
        }
    }

    /// Tells which one of `fds` is ready for what is asked, if any is.
    ///
    /// # Errors
    /// `EIO` once the switch is thrown.
    pub(crate) fn ready(&self, fds: &[(BorrowedFd<'_>, PollFlags)]) -> io::Result<Option<usize>> {
        self.first_ready(fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))
    }

    fn first_ready(
        &self,
        fds: &[(BorrowedFd<'_>, PollFlags)],
        limit: Option<&Timespec>,
    ) -> io::Result<Option<usize>> {
        let mut polled: Vec<PollFd<'_>> =
            fds.iter().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        polled.push(PollFd::new(&self.event, PollFlags::IN));
        self.check()?;
        match poll(&mut polled, limit) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(polled[..fds.len()].iter().position(|fd| !fd.revents().is_empty()))
    }

    /// Waits until `fd` is ready.
    ///
    /// # Errors
    /// `EIO` once the switch is thrown.
    pub fn wait_for(&self, fd: impl AsFd, flags: PollFlags) -> io::Result<()> {
        self.wait(&[(fd.as_fd(), flags)]).map(drop)
    }

    /// Waits until `fd` is ready, `limit` at most; whether it is.
    ///
    /// # Errors
    /// `EIO` once the switch is thrown.
    pub(super) fn wait_at_most(
        &self,
        fd: impl AsFd,
        flags: PollFlags,
        limit: Duration,
    ) -> io::Result<bool> {
        let limit =
            Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos().into() };
        let fd = fd.as_fd();
        let mut polled =
            [PollFd::from_borrowed_fd(fd, flags), PollFd::new(&self.event, PollFlags::IN)];
        // A signal ends the wait early: the caller looks again, or is content.
        let _ = poll(&mut polled, Some(&limit));
        self.check()?;
        Ok(!polled[0].revents().is_empty())
    }

    /// Sleeps for `time`, or until the switch is thrown.
    pub fn sleep(&self, time: Duration) {
        let mut polled = [PollFd::new(&self.event, PollFlags::IN)];
        let time = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
        // A signal ends the nap early, which callers that pace themselves by the clock do not mind.
        let _ = poll(&mut polled, Some(&time));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn waiting_ends_when_stopped() {
        let stop = Arc::new(Stop::new().unwrap());
        let (read, _write) = rustix::pipe::pipe().unwrap();
        let waiting = std::thread::spawn({
            let stop = stop.clone();
            move || stop.wait_for(&read, PollFlags::IN)
        });
        stop.stop();
        assert_eq!(waiting.join().unwrap().unwrap_err().raw_os_error(), Some(libc::EIO));
        stop.sleep(Duration::from_secs(3600));
        assert!(stop.check().is_err());
    }
}
