//! The thread that accepts the preempt channel (`postcopy-preempt`), and waits until the thread of
//! page faults has read it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use super::faults::UrgentQueue;
use super::reader::{UrgentPages, UrgentReader};
use crate::core::{Core, Event};
use crate::destination::accept::Acceptor;
use crate::destination::failure::LoadFailure;
use crate::trace;
use crate::transport::Stop;

/// The thread's handle. The thread ends with its connection.
pub(super) struct Urgent {
    thread: JoinHandle<()>,
    begin: Sender<Begin>,
}

/// The start signal: the memory to fill, and the thread that fills it.
struct Begin {
    pages: UrgentPages,
    faults: UrgentQueue,
}

impl Urgent {
    /// Starts the thread, which accepts the source's second connection at once, because with TLS
    /// the source waits for the handshake. `link` ends it.
    ///
    /// # Errors
    /// No thread is available.
    pub(super) fn accept(
        core: Arc<Core>,
        mut acceptor: Acceptor,
        link: Arc<Stop>,
    ) -> io::Result<Self> {
        let (begin, begins) = channel();
        let attempt = trace::Span::current();
        let thread =
            std::thread::Builder::new().name("mig/dst/preempt".into()).spawn(move || {
                let accepted = acceptor.next();
                drop(acceptor);
                // Without postcopy, this channel has no memory to fill.
                let Ok::<Begin, _>(Begin { pages, faults }) = begins.recv() else { return };
                let live = pages.live.clone();
                let read = accepted.map_err(LoadFailure::from).and_then(|channel| {
                    let tls = !channel.is_plain();
                    let _span = attempt.in_scope(|| trace::channel("preempt", 0, tls));
                    faults.read(UrgentReader::new(channel, pages))
                });
                if link.is_stopped() {
                    // What was asked for does not come over this connection any more.
                    live.requests().give_up(true);
                }
                if let Err(failure) = read
                    && !link.is_stopped()
                    && !live.is_complete()
                {
                    core.notify(Event::Log(failure.to_string()));
                    // Makes the source connect again, with both channels.
                    live.requests().give_up(true);
                    link.cut();
                }
            })?;
        Ok(Self { thread, begin })
    }

    /// Lets `faults` fill pages from now on.
    pub(super) fn begin(&self, pages: UrgentPages, faults: UrgentQueue) {
        // The thread waits for this message only.
        let _ = self.begin.send(Begin { pages, faults });
    }

    /// Joins the thread, whose connection has been ended.
    pub(super) fn join(self) {
        let Self { thread, begin } = self;
        drop(begin);
        // A panic of the thread was reported when it happened.
        let _ = thread.join();
    }
}
