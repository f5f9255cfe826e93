//! The wait of a listener for clients, which the end of the server ends.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::listener::{Accepted, Listener};

/// The pause before another try to accept a client for which the system has no room.
const FULL: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Waits for clients while there is room for one, and for the end of the server.
pub(crate) struct AcceptGate {
    /// A byte ends a wait.
    wake: UnixStream,
    woken: UnixStream,
    limit: usize,
    clients: AtomicUsize,
}

/// Held while a client is served. Dropping it makes room for another.
pub(crate) struct ClientPermit(Arc<AcceptGate>);

impl Drop for ClientPermit {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::AcqRel);
        self.0.wake();
    }
}

impl AcceptGate {
    pub fn new(limit: usize) -> io::Result<AcceptGate> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        Ok(AcceptGate { wake, woken, limit, clients: AtomicUsize::new(0) })
    }

    /// Ends a wait.
    pub fn wake(&self) {
        // A full pipe wakes as well.
        let _ = (&self.wake).write(&[0]);
    }

    /// Counts a client.
    pub fn enter(self: &Arc<Self>) -> ClientPermit {
        self.clients.fetch_add(1, Ordering::AcqRel);
        ClientPermit(self.clone())
    }

    /// Waits for a client, if there is room for one; `None` if the server may have ended or a
    /// client left.
    pub fn accept(&self, listener: &Listener) -> io::Result<Option<OwnedFd>> {
        let room = self.clients.load(Ordering::Acquire) < self.limit.max(1);
        if !self.wait(room.then_some(listener.as_fd()), None)? {
            return Ok(None);
        }
        match listener.accept()? {
            Accepted::Client(socket) => return Ok(Some(socket)),
            Accepted::Gone => {}
            Accepted::Full => drop(self.wait(None, Some(&FULL))?),
        }
        Ok(None)
    }

    /// Waits until there is something to read; false if the server may have ended.
    pub fn wait_for(&self, input: BorrowedFd<'_>) -> io::Result<bool> {
        self.wait(Some(input), None)
    }

    fn wait(&self, what: Option<BorrowedFd<'_>>, timeout: Option<&Timespec>) -> io::Result<bool> {
        let mut fds = vec![PollFd::new(&self.woken, PollFlags::IN)];
        fds.extend(what.map(|what| PollFd::from_borrowed_fd(what, PollFlags::IN)));
        match poll(&mut fds, timeout) {
            Err(rustix::io::Errno::INTR) => return Ok(false),
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        if fds[0].revents().is_empty() {
            return Ok(true);
        }
        let mut bytes = [0; 64];
        while matches!((&self.woken).read(&mut bytes), Ok(1..)) {}
        Ok(false)
    }
}
