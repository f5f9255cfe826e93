//! The connection of asynchronous clients.
//!
//! A task moves the bytes; waits look into the core and leave a waker there. The task does not keep
//! the connection open: it ends with the last handle.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until, timeout_at};

use super::socket::WatchedSocket;
use crate::client::connect::no_address;
use crate::client::core::{Core, SharedCore, Ticket};
use crate::client::deadline::Deadline;
use crate::client::error::ClientError;
use crate::client::options::{Address, Options};
use crate::client::request::Prepared;
use crate::client::transport;
use crate::client::wait::Wait;

/// A socket with its core.
pub(super) struct Link {
    socket: WatchedSocket,
    core: Arc<SharedCore>,
    options: Options,
}

impl Link {
    pub fn new(socket: OwnedFd, options: Options) -> io::Result<Arc<Link>> {
        let passes_fds = transport::passes_fds(socket.as_fd());
        let core = SharedCore::new(Core::new(options.clone(), passes_fds));
        let link = Arc::new(Link { socket: WatchedSocket::new(socket)?, core, options });
        tokio::spawn(Driver { link: Arc::downgrade(&link) }.run());
        Ok(link)
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.fd()
    }

    pub fn core(&self) -> &Arc<SharedCore> {
        &self.core
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Queues a command, and sends what can be sent at once.
    pub fn start<R>(&self, prepared: &Prepared<'_>, _: Deadline) -> Result<Ticket<R>, ClientError> {
        let mut core = self.core.lock();
        let id = core.submit(prepared.call()?)?;
        self.transmit(&mut core);
        Ok(Ticket::new(self.core.clone(), id, prepared.name.clone()))
    }

    /// Queues a command, which the driver sends.
    pub fn queue<R>(&self, prepared: &Prepared<'_>) -> Result<Ticket<R>, ClientError> {
        let mut core = self.core.lock();
        let id = core.submit(prepared.call()?)?;
        core.wake_driver();
        Ok(Ticket::new(self.core.clone(), id, prepared.name.clone()))
    }

    /// Queues a synchronisation, and sends what can be sent at once.
    pub fn start_sync(&self) -> Result<Ticket<crate::Value>, ClientError> {
        let mut core = self.core.lock();
        let id = core.submit_sync()?;
        self.transmit(&mut core);
        Ok(Ticket::new(self.core.clone(), id, "guest-sync-delimited".into()))
    }

    fn transmit(&self, core: &mut Core) {
        transport::transmit(core, self.fd());
        if core.output.is_pending() {
            core.wake_driver();
        }
    }

    /// Receives what is there.
    pub fn drain(&self) {
        transport::drain(&mut self.core.lock(), self.fd());
    }

    /// Ends the connection, after receiving what is there.
    pub fn close(&self) {
        self.drain();
        self.core.lock().close();
        // Fails if the peer has closed already.
        let _ = rustix::net::shutdown(self.fd(), rustix::net::Shutdown::Both);
    }

    /// Waits until `ready` has something.
    pub async fn wait<T>(
        &self,
        wait: &Wait<'_>,
        mut ready: impl FnMut(&mut Core, Option<&Waker>) -> Option<Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        if let Some(outcome) = ready(&mut self.core.lock(), None) {
            return outcome;
        }
        let Some(at) = wait.deadline.at() else {
            return poll_fn(|cx| into_poll(ready(&mut self.core.lock(), Some(cx.waker())))).await;
        };
        let mut sleep = pin!(sleep_until(at.into()));
        poll_fn(|cx| {
            if let Some(outcome) = ready(&mut self.core.lock(), Some(cx.waker())) {
                return Poll::Ready(outcome);
            }
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            // The task that moves the bytes may not have had its turn yet.
            self.drain();
            let outcome = ready(&mut self.core.lock(), None);
            Poll::Ready(outcome.unwrap_or_else(|| Err(wait.timeout())))
        })
        .await
    }
}

fn into_poll<T>(outcome: Option<T>) -> Poll<T> {
    outcome.map_or(Poll::Pending, Poll::Ready)
}

impl Drop for Link {
    fn drop(&mut self) {
        self.core.lock().wake_driver();
    }
}

/// The task that moves the bytes.
struct Driver {
    link: Weak<Link>,
}

impl Driver {
    /// Moves bytes until the connection or the last handle is gone.
    async fn run(mut self) {
        while poll_fn(|cx| self.advance(cx)).await {
            // More is there. Without a pause a flood would keep timers from running.
            yield_now().await;
        }
    }

    /// Sends and receives. Returns true to go on after a pause, false at the end.
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(link) = self.link.upgrade() else { return Poll::Ready(false) };
        let mut core = link.core.lock();
        core.set_driver(cx.waker());
        while core.output.is_pending() {
            match link.socket.poll_write_ready(cx) {
                Poll::Pending => break,
                Poll::Ready(Err(error)) => core.finish_output(&error),
                // `WouldBlock` is what clears the readiness.
                Poll::Ready(Ok(())) => {
                    let _ = link.socket.try_io(Interest::WRITABLE, || {
                        transport::transmit(&mut core, link.fd());
                        if core.output.is_pending() {
                            Err(io::ErrorKind::WouldBlock.into())
                        } else {
                            Ok(())
                        }
                    });
                }
            }
        }
        while !core.has_ended() {
            match link.socket.poll_read_ready(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => core.finish_input(&error),
                Poll::Ready(Ok(())) => {
                    let received = link
                        .socket
                        .try_io(Interest::READABLE, || transport::receive(&mut core, link.fd()));
                    if received.is_ok_and(|length| length == transport::BUFFER) {
                        return Poll::Ready(true);
                    }
                }
            }
        }
        Poll::Ready(false)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Without the task nothing would ever come: the runtime may end before the handles do.
        if let Some(link) = self.link.upgrade() {
            link.core.lock().finish_input(&io::Error::other("the runtime of the client has ended"));
        }
    }
}

/// Connects a socket.
pub(super) async fn open(address: &Address, deadline: Deadline) -> io::Result<OwnedFd> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => crate::unix::connect_unix(path),
        Address::Tcp(address) => {
            let stream = match deadline.at() {
                None => connect_tcp(address).await?,
                Some(at) => timeout_at(at.into(), connect_tcp(address))
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?,
            };
            Ok(stream.into_std()?.into())
        }
    }
}

async fn connect_tcp(address: &str) -> io::Result<TcpStream> {
    let mut last = no_address();
    for address in lookup_host(address).await? {
        match TcpStream::connect(address)
            .await
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
        {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Waits between two tries.
pub(super) async fn pause(duration: Duration) {
    sleep(duration).await;
}
