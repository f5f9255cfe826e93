//! The thread that receives faults on missing pages, requests the pages from the source, and fills
//! in those that arrive on the preempt channel.
//!
//! One thread for both halves of the exchange costs fewer context switches per page than two. It
//! cannot wait for itself: each blocked thread has one open request, so the connection has room for
//! the requests while pages wait to be read.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFlags, eventfd};

use super::live::LiveMemory;
use super::reader::UrgentReader;
use crate::core::{Core, Event};
use crate::destination::failure::LoadFailure;
use crate::transport::{Stop, reason};
use crate::unwind::catch_panic;

/// Time before a failed operation is repeated.
const RETRY: Duration = Duration::from_millis(100);

/// The thread's handle. Dropping it ends the thread.
pub(super) struct Faults {
    end: Arc<Stop>,
    urgent: UrgentQueue,
    thread: Option<JoinHandle<()>>,
}

impl Faults {
    /// Starts the thread.
    ///
    /// # Errors
    /// No thread or file descriptor is available.
    pub(super) fn serve(core: Arc<Core>, live: Arc<LiveMemory>) -> io::Result<Self> {
        let end = Arc::new(Stop::new()?);
        let (urgent, mut channel) = urgent_channel()?;
        let thread = std::thread::Builder::new().name("mig/dst/fault".into()).spawn({
            let end = end.clone();
            move || {
                let log = |line| core.notify(Event::Log(line));
                serve(&end, &*live, &mut channel, || live.serve(), log);
            }
        })?;
        Ok(Self { end, urgent, thread: Some(thread) })
    }

    /// Returns the queue of preempt channels to read.
    pub(super) fn urgent(&self) -> &UrgentQueue {
        &self.urgent
    }
}

/// The queue of preempt channels to read: at most one at a time.
#[derive(Clone)]
pub(super) struct UrgentQueue {
    channels: Sender<Reading>,
    /// Readable after a channel was sent.
    sent: Arc<OwnedFd>,
}

/// A preempt channel that is read, until its reader's result is sent.
struct Reading {
    reader: UrgentReader,
    result: Sender<Result<(), LoadFailure>>,
}

impl UrgentQueue {
    /// Waits until the thread has read a channel up to its end marker, or until the thread ends.
    ///
    /// # Errors
    /// The connection has ended, or a page cannot be filled in.
    pub(super) fn read(&self, reader: UrgentReader) -> Result<(), LoadFailure> {
        let (result, results) = channel();
        // Fails if the thread has ended.
        let _ = self.channels.send(Reading { reader, result });
        // Fails only if the counter is full, in which case the descriptor is readable.
        let _ = rustix::io::write(&*self.sent, &1u64.to_ne_bytes());
        results.recv().unwrap_or(Ok(()))
    }
}

/// The thread's end of the queue.
struct UrgentChannel {
    queue: Receiver<Reading>,
    sent: Arc<OwnedFd>,
    current: Option<Reading>,
}

fn urgent_channel() -> io::Result<(UrgentQueue, UrgentChannel)> {
    let sent = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let (channels, queue) = channel();
    let theirs = UrgentQueue { channels, sent: sent.clone() };
    Ok((theirs, UrgentChannel { queue, sent, current: None }))
}

impl UrgentChannel {
    /// Fills the pages that have arrived on the channel, or takes the next channel.
    fn serve(&mut self) {
        let Some(Reading { reader, .. }) = &mut self.current else {
            // Fails only if another call has read it.
            let _ = rustix::io::read(&*self.sent, &mut [0; 8]);
            self.current = self.queue.try_recv().ok();
            return;
        };
        let read = catch_panic(|| reader.read()).unwrap_or(Err(LoadFailure::Panicked));
        if let Ok(false) = read {
            return;
        }
        if let Some(Reading { reader, result }) = self.current.take() {
            drop(reader);
            // The receiver waits for this message only.
            let _ = result.send(read.map(drop));
        }
    }
}

impl AsFd for UrgentChannel {
    /// Readable once there is something to [serve](UrgentChannel::serve).
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.current.as_ref().map_or(self.sent.as_fd(), |current| current.reader.as_fd())
    }
}

/// Serves `urgent` whenever it is readable, and calls `serve` whenever `faults` is, until `end`.
///
/// Errors of `serve` do not end it, because nothing else could wake the blocked threads: memory may
/// be short for a while, and a failed request can be repeated over the next connection. Only a
/// closed descriptor would be permanent, and this side does not close it before `end`.
fn serve(
    end: &Stop,
    faults: &impl AsFd,
    urgent: &mut UrgentChannel,
    serve: impl Fn() -> io::Result<()>,
    log: impl Fn(String),
) {
    let mut logged = None;
    while !end.is_stopped() {
        let input = PollFlags::IN;
        // Pages first: they make room for the source to go on.
        let ready = end.wait(&[(urgent.as_fd(), input), (faults.as_fd(), input)]);
        let served = ready.and_then(|first| match first {
            0 => {
                urgent.serve();
                Ok(false)
            }
            _ => serve().map(|()| true),
        });
        match served {
            Ok(true) => logged = None,
            Ok(false) => {}
            Err(_) if end.is_stopped() => {}
            Err(error) => {
                let line = format!("cannot serve a page fault: {}", reason(&error));
                if logged.as_ref() != Some(&line) {
                    log(line.clone());
                    logged = Some(line);
                }
                end.sleep(RETRY);
            }
        }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.end.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn an_error_does_not_end_the_thread_and_is_logged_once() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        rustix::io::write(&write, b"1234567").unwrap();
        let end = Stop::new().unwrap();
        let (served, lines) = (Cell::new(0), RefCell::new(Vec::new()));
        let serve_one = || {
            rustix::io::read(&read, &mut [0; 1])?;
            served.set(served.get() + 1);
            match served.get() {
                1 => Ok(()),
                2 | 3 => Err(rustix::io::Errno::NOMEM.into()),
                4 => Ok(()),
                5 => Err(rustix::io::Errno::NOMEM.into()),
                6 => Err(rustix::io::Errno::AGAIN.into()),
                _ => {
                    end.stop();
                    Ok(())
                }
            }
        };
        let mut urgent = urgent_channel().unwrap().1;
        serve(&end, &read, &mut urgent, serve_one, |line| lines.borrow_mut().push(line));
        let line = |errno: i32| {
            let error = io::Error::from_raw_os_error(errno);
            format!("cannot serve a page fault: {}", reason(&error))
        };
        assert_eq!(served.get(), 7);
        assert_eq!(*lines.borrow(), [line(libc::ENOMEM), line(libc::ENOMEM), line(libc::EAGAIN)]);
    }
}
