//! Stops I/O from another thread, and waits for I/O without polling.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::wire::Wire;

use crate::sync::IgnorePoison;

/// A switch that ends all I/O bound to it: operations in progress return at once, later ones fail.
#[derive(Debug)]
pub struct Stop {
    event: OwnedFd,
    stopped: AtomicBool,
    /// Waits end as if the peers had gone.
    cut: AtomicBool,
    watched: Mutex<Watched>,
}

/// Channels whose peers notice a stop or a cut.
#[derive(Debug, Default)]
struct Watched {
    wires: Vec<Weak<Wire>>,
    /// Channels that come before this are cut, too.
    cut_until: Option<Instant>,
}

impl Stop {
    /// Creates a switch that is off.
    ///
    /// # Errors
    /// No file descriptor is available.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            event: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            stopped: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            watched: Mutex::default(),
        })
    }

    /// Turns the switch on. Shuts down sockets, so that the peers see EOF.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.wake();
        for wire in self.watched().wires.drain(..) {
            if let Some(wire) = wire.upgrade() {
                wire.shutdown();
            }
        }
    }

    fn wake(&self) {
        // Fails only if the counter is full, in which case the descriptor is readable.
        let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
    }

    /// Cuts the channels without turning the switch on, as if the peers had closed them. Returns
    /// false if there were none.
    pub fn cut(&self) -> bool {
        let wires: Vec<_> = self.watched().wires.iter().filter_map(Weak::upgrade).collect();
        wires.iter().for_each(|wire| wire.shutdown());
        if !wires.iter().all(|wire| wire.is_socket()) {
            // Pipes and files cannot be shut down.
            self.cut_waits();
        }
        !wires.is_empty()
    }

    /// Ends all waits without turning the switch on. Later ones fail.
    pub(crate) fn cut_waits(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Shuts down the sockets that come within `time`, too.
    pub(crate) fn cut_for(&self, time: Duration) {
        self.watched().cut_until = Some(Instant::now() + time);
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().ignore_poison()
    }

    /// Returns true if the switch is on.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Fails if the switch is on, or if waits were cut.
    ///
    /// # Errors
    /// `EIO`, as for a closed channel.
    pub fn check(&self) -> io::Result<()> {
        let over = self.is_stopped() || self.cut.load(Ordering::SeqCst);
        if over { Err(rustix::io::Errno::IO.into()) } else { Ok(()) }
    }

    pub(super) fn watch(&self, wire: Weak<Wire>) {
        let mut watched = self.watched();
        watched.wires.retain(|known| known.strong_count() > 0);
        watched.wires.push(wire.clone());
        let is_cut = watched.cut_until.is_some_and(|end| Instant::now() < end);
        drop(watched);
        if (is_cut || self.is_stopped())
            && let Some(wire) = wire.upgrade()
        {
            wire.shutdown();
        }
    }

    /// Waits until one of `fds` is ready, and returns its index.
    ///
    /// # Errors
    /// `EIO` once the switch is on.
    pub fn wait(&self, fds: &[(BorrowedFd<'_>, PollFlags)]) -> io::Result<usize> {
        loop {
            if let Some(ready) = self.first_ready(fds, None)? {
                return Ok(ready);
            }
        }
    }

    /// Returns the index of the first of `fds` that is ready, if any.
    ///
    /// # Errors
    /// `EIO` once the switch is on.
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
    /// `EIO` once the switch is on.
    pub fn wait_for(&self, fd: impl AsFd, flags: PollFlags) -> io::Result<()> {
        self.wait(&[(fd.as_fd(), flags)]).map(drop)
    }

    /// Waits until `fd` is ready, at most for `limit`. Returns true if it is.
    ///
    /// # Errors
    /// `EIO` once the switch is on.
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
        // A signal ends the wait early, which callers accept.
        let _ = poll(&mut polled, Some(&limit));
        self.check()?;
        Ok(!polled[0].revents().is_empty())
    }

    /// Sleeps for `time`, or until the switch is turned on.
    pub fn sleep(&self, time: Duration) {
        let mut polled = [PollFd::new(&self.event, PollFlags::IN)];
        let time = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
        // A signal ends the sleep early, which callers accept.
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

    #[test]
    fn a_cut_ends_reading_from_a_pipe() {
        let stop = Arc::new(Stop::new().unwrap());
        let (read, _write) = rustix::pipe::pipe().unwrap();
        let channel = crate::transport::Channel::descriptor(read, &stop).unwrap();
        let reading = std::thread::spawn(move || channel.read(&mut [0]));
        std::thread::sleep(Duration::from_millis(20));
        assert!(!reading.is_finished());
        assert!(stop.cut());
        assert_eq!(reading.join().unwrap().unwrap_err().raw_os_error(), Some(libc::EIO));
        assert!(!stop.is_stopped());
    }
}
