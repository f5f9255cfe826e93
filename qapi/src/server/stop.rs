//! Ending a server: who listens and who reads has to wake up.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::listener::Listener;
use super::outbox::Outbox;
use super::transport::{Output as _, Socket};
use crate::qmp::EndServer;

/// The time in which clients of a server that ends can still read their replies. QEMU gives none;
/// this covers the start of the thread that writes a long reply.
const GRACE: Duration = Duration::from_millis(50);

/// The end of a server, and whom it concerns.
#[derive(Default)]
pub(crate) struct Stop {
    stopped: AtomicBool,
    watched: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    next: u64,
    sockets: HashMap<u64, Weak<Socket>>,
    doors: Vec<Weak<Door>>,
    outboxes: Vec<Weak<Outbox>>,
    /// Servers that end with this one.
    children: Vec<Weak<Stop>>,
}

impl Watched {
    fn children(&self) -> Vec<Arc<Stop>> {
        self.children.iter().filter_map(Weak::upgrade).collect()
    }
}

impl EndServer for Stop {
    fn end_server(&self) {
        self.stop();
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}

/// Held while a socket is served.
pub(crate) struct Watch<'s>(&'s Stop, u64);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.watched().sockets.remove(&self.1);
    }
}

impl Stop {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Ends the server.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        let end = Instant::now() + GRACE;
        let watched = self.watched();
        watched.doors.iter().filter_map(Weak::upgrade).for_each(|door| door.wake());
        watched.sockets.values().filter_map(Weak::upgrade).for_each(|socket| socket.close_input());
        watched.outboxes.iter().filter_map(Weak::upgrade).for_each(|outbox| outbox.end_by(end));
        let children = watched.children();
        drop(watched);
        children.iter().for_each(|child| child.stop());
    }

    /// Ends `child` together with this one, or at once if this one has ended.
    pub fn add_child(&self, child: &Arc<Stop>) {
        let mut watched = self.watched();
        watched.children.retain(|child| child.strong_count() > 0);
        watched.children.push(Arc::downgrade(child));
        drop(watched);
        if self.is_stopped() {
            child.stop();
        }
    }

    /// Cuts the connections that there are.
    pub fn cut(&self) {
        let watched = self.watched();
        watched.sockets.values().filter_map(Weak::upgrade).for_each(|socket| socket.close());
        let children = watched.children();
        drop(watched);
        children.iter().for_each(|child| child.cut());
    }

    /// Ends the input of `socket` when the server ends, or at once if it has.
    pub fn watch(&self, socket: &Arc<Socket>) -> Watch<'_> {
        let mut watched = self.watched();
        watched.next += 1;
        let number = watched.next;
        watched.sockets.insert(number, Arc::downgrade(socket));
        drop(watched);
        if self.is_stopped() {
            socket.close_input();
        }
        Watch(self, number)
    }

    /// Releases writers blocked on `outbox` when the server ends, or at once if it has ended.
    pub fn release(&self, outbox: &Arc<Outbox>) {
        let mut watched = self.watched();
        watched.outboxes.retain(|outbox| outbox.strong_count() > 0);
        watched.outboxes.push(Arc::downgrade(outbox));
        drop(watched);
        if self.is_stopped() {
            outbox.end_by(Instant::now() + GRACE);
        }
    }

    /// A door to serve at, which wakes up when the server ends.
    pub fn door(&self, limit: usize) -> io::Result<Arc<Door>> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let door = Arc::new(Door { wake, woken, limit, inside: AtomicUsize::new(0) });
        let mut watched = self.watched();
        watched.doors.retain(|door| door.strong_count() > 0);
        watched.doors.push(Arc::downgrade(&door));
        Ok(door)
    }
}

/// Where clients come in, as many as there is room for.
pub(crate) struct Door {
    /// A byte wakes up who waits.
    wake: UnixStream,
    woken: UnixStream,
    limit: usize,
    inside: AtomicUsize,
}

/// Held while there is a client: its end makes room for another.
pub(crate) struct Inside(Arc<Door>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
        self.0.wake();
    }
}

impl Door {
    fn wake(&self) {
        // A full pipe wakes as well.
        let _ = (&self.wake).write(&[0]);
    }

    /// A client is in.
    pub fn enter(self: &Arc<Self>) -> Inside {
        self.inside.fetch_add(1, Ordering::AcqRel);
        Inside(self.clone())
    }

    /// Waits for a client, if there is room for one; `None` if something else may have happened.
    pub fn accept(&self, listener: &Listener) -> io::Result<Option<OwnedFd>> {
        let room = self.inside.load(Ordering::Acquire) < self.limit.max(1);
        let found = self.wait(room.then_some(listener.as_fd()))?;
        if found { listener.accept() } else { Ok(None) }
    }

    /// Waits until there is something to read; false if something else may have happened.
    pub fn wait_for(&self, input: BorrowedFd<'_>) -> io::Result<bool> {
        self.wait(Some(input))
    }

    fn wait(&self, what: Option<BorrowedFd<'_>>) -> io::Result<bool> {
        let mut fds = vec![PollFd::new(&self.woken, PollFlags::IN)];
        fds.extend(what.map(|what| PollFd::from_borrowed_fd(what, PollFlags::IN)));
        match poll(&mut fds, None) {
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
