//! The thread that hears of accesses to missing pages and asks the source for them.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::event::PollFlags;

use super::live::LiveMemory;
use crate::engine::{Core, Notice};
use crate::transport::Stop;

/// The thread's handle. Dropping it ends the thread.
pub(super) struct Faults {
    end: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Faults {
    /// Starts the thread.
    ///
    /// # Errors
    /// No threads or descriptors to be had.
    pub(super) fn serve(core: Arc<Core>, live: Arc<LiveMemory>) -> io::Result<Self> {
        let end = Arc::new(Stop::new()?);
        let thread = std::thread::Builder::new().name("mig/dst/fault".into()).spawn({
            let end = end.clone();
            move || {
                while end.wait_for(&*live, PollFlags::IN).is_ok() {
                    if let Err(error) = live.serve() {
                        core.notify(Notice::Log(format!("cannot serve a page fault: {error}")));
                        return;
                    }
                }
            }
        })?;
        Ok(Self { end, thread: Some(thread) })
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
