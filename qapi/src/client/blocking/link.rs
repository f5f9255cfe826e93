//! The connection of blocking clients.
//!
//! There is no thread of its own: of the waits under way one watches the socket and receives for
//! all, the others sleep until something has come.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar};
use std::task::Waker;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::client::connect::no_address;
use crate::client::core::{Core, SharedCore, Ticket};
use crate::client::deadline::Deadline;
use crate::client::error::ClientError;
use crate::client::options::{Address, Options};
use crate::client::request::Prepared;
use crate::client::transport;
use crate::client::wait::Wait;
use crate::sync::unpoisoned;

/// A socket with its core.
pub(super) struct Link {
    socket: OwnedFd,
    core: Arc<SharedCore>,
    options: Options,
    /// Something has come, or the watching thread has left.
    changed: Condvar,
    /// A thread watches the socket. Changed with the core locked.
    watched: AtomicBool,
}

impl Link {
    pub fn new(socket: OwnedFd, options: Options) -> io::Result<Arc<Link>> {
        transport::set_up(socket.as_fd())?;
        let passes_fds = transport::passes_fds(socket.as_fd());
        Ok(Arc::new(Link {
            socket,
            core: SharedCore::new(Core::new(options.clone(), passes_fds)),
            options,
            changed: Condvar::new(),
            watched: AtomicBool::new(false),
        }))
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub fn core(&self) -> &Arc<SharedCore> {
        &self.core
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Sends a command. While the peer takes nothing, what it sends is received.
    pub fn start<R>(
        &self,
        prepared: &Prepared<'_>,
        deadline: Deadline,
    ) -> Result<Ticket<R>, ClientError> {
        let ticket = self.queue(prepared)?;
        let id = ticket.id();
        let wait = Wait { name: &prepared.name, missing: "answer", id: Some(id), deadline };
        self.wait(&wait, |core, _| core.is_sent(id).then_some(Ok(())))?;
        Ok(ticket)
    }

    /// Queues a command, which the next wait sends.
    pub fn queue<R>(&self, prepared: &Prepared<'_>) -> Result<Ticket<R>, ClientError> {
        let id = self.core.lock().submit(prepared.call()?)?;
        Ok(Ticket::new(self.core.clone(), id, prepared.name.clone()))
    }

    /// Sends a synchronisation.
    pub fn start_sync(&self) -> Result<Ticket<crate::Value>, ClientError> {
        let mut core = self.core.lock();
        let id = core.submit_sync()?;
        transport::transmit(&mut core, self.fd());
        Ok(Ticket::new(self.core.clone(), id, "guest-sync-delimited".into()))
    }

    /// Receives what is there.
    pub fn drain(&self) {
        transport::drain(&mut self.core.lock(), self.fd());
        self.changed.notify_all();
    }

    /// Ends the connection, after receiving what is there.
    pub fn close(&self) {
        self.drain();
        self.core.lock().close();
        self.changed.notify_all();
        // Wakes the watching thread. Fails if the peer has closed already.
        let _ = rustix::net::shutdown(self.fd(), rustix::net::Shutdown::Both);
    }

    /// Sends and receives until `ready` has something.
    pub fn wait<T>(
        &self,
        wait: &Wait<'_>,
        mut ready: impl FnMut(&mut Core, Option<&Waker>) -> Option<Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        let mut looked = false;
        let mut core = self.core.lock();
        loop {
            transport::transmit(&mut core, self.fd());
            if let Some(outcome) = ready(&mut core, None) {
                return outcome;
            }
            if looked && wait.deadline.has_passed() {
                return Err(wait.timeout());
            }
            looked = true;
            if self.watched.load(Ordering::Relaxed) {
                if wait.id.is_some_and(|id| !core.is_sent(id)) {
                    drop(core);
                    self.poll(PollFlags::OUT, wait.deadline)?;
                    core = self.core.lock();
                } else {
                    core = match wait.deadline.left() {
                        None => unpoisoned(self.changed.wait(core)),
                        Some(left) => unpoisoned(self.changed.wait_timeout(core, left)).0,
                    };
                }
                continue;
            }
            let output = core.output.is_pending();
            self.watched.store(true, Ordering::Relaxed);
            drop(core);
            let flags = if output { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            let polled = self.poll(flags, wait.deadline);
            core = self.core.lock();
            self.watched.store(false, Ordering::Relaxed);
            // `WouldBlock` if only the time is over, or there is room to send.
            let _ = transport::receive(&mut core, self.fd());
            self.changed.notify_all();
            polled?;
        }
    }

    fn poll(&self, flags: PollFlags, deadline: Deadline) -> io::Result<()> {
        let mut fds = [PollFd::new(&self.socket, flags)];
        let timeout = deadline.left().and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Connects a socket.
pub(super) fn open(address: &Address, deadline: Deadline) -> io::Result<OwnedFd> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => crate::unix::connect_unix(path),
        Address::Tcp(address) => {
            let mut last = no_address();
            for address in address.to_socket_addrs()? {
                let connected = match deadline.left() {
                    None => TcpStream::connect(address),
                    // A timeout of zero is refused.
                    Some(left) => {
                        TcpStream::connect_timeout(&address, left.max(Duration::from_millis(1)))
                    }
                };
                match connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
                    Ok(stream) => return Ok(stream.into()),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

/// Waits between two tries.
pub(super) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
