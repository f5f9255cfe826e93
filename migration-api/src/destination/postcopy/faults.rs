//! The thread that receives faults on missing pages and requests the pages from the source.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::PollFlags;

use super::live::LiveMemory;
use crate::core::{Core, Event};
use crate::transport::{Stop, reason};

/// Time before a failed operation is repeated.
const RETRY: Duration = Duration::from_millis(100);

/// The thread's handle. Dropping it ends the thread.
pub(super) struct Faults {
    end: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Faults {
    /// Starts the thread.
    ///
    /// # Errors
    /// No thread or file descriptor is available.
    pub(super) fn serve(core: Arc<Core>, live: Arc<LiveMemory>) -> io::Result<Self> {
        let end = Arc::new(Stop::new()?);
        let thread = std::thread::Builder::new().name("mig/dst/fault".into()).spawn({
            let end = end.clone();
            move || serve(&end, &*live, || live.serve(), |line| core.notify(Event::Log(line)))
        })?;
        Ok(Self { end, thread: Some(thread) })
    }
}

/// Calls `serve` whenever `faults` is readable, until `end`.
///
/// Errors do not end it, because nothing else could wake the blocked threads: memory may be short
/// for a while, and a failed request can be repeated over the next connection. Only a closed
/// descriptor would be permanent, and this side does not close it before `end`.
fn serve(end: &Stop, faults: &impl AsFd, serve: impl Fn() -> io::Result<()>, log: impl Fn(String)) {
    let mut logged = None;
    while !end.is_stopped() {
        match end.wait_for(faults, PollFlags::IN).and_then(|()| serve()) {
            Ok(()) => logged = None,
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
        serve(&end, &read, serve_one, |line| lines.borrow_mut().push(line));
        let line = |errno: i32| {
            let error = io::Error::from_raw_os_error(errno);
            format!("cannot serve a page fault: {}", reason(&error))
        };
        assert_eq!(served.get(), 7);
        assert_eq!(*lines.borrow(), [line(libc::ENOMEM), line(libc::ENOMEM), line(libc::EAGAIN)]);
    }
}
