//! The thread that reads the preempt channel (`postcopy-preempt`).

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use super::live::LiveMemory;
use super::placer::Placer;
use crate::core::{Core, Event};
use crate::destination::accept::Acceptor;
use crate::destination::failure::LoadFailure;
use crate::stream::ram::{BlockTable, Record, RecordReader, Rules};
use crate::stream::{Buffer, ErrorKind, MIN_INPUT};
use crate::trace;
use crate::transport::{Channel, Stop, TransportError, reason};
use crate::unwind::catch_panic;

/// The thread's handle. The thread ends with its connection.
pub(super) struct Urgent {
    thread: JoinHandle<()>,
    begin: Sender<UrgentPages>,
}

/// The destination of the pages.
pub(super) struct UrgentPages {
    pub(super) live: Arc<LiveMemory>,
    pub(super) blocks: BlockTable,
    pub(super) rules: Rules,
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
                let Ok::<UrgentPages, _>(mut pages) = begins.recv() else { return };
                let read = accepted.map_err(LoadFailure::from).and_then(|channel| {
                    let tls = !channel.is_plain();
                    let _span = attempt.in_scope(|| trace::channel("preempt", 0, tls));
                    catch_panic(|| pages.read(&channel)).unwrap_or(Err(LoadFailure::Panicked))
                });
                if link.is_stopped() {
                    // What was asked for does not come over this connection any more.
                    pages.live.requests().give_up(true);
                }
                if let Err(failure) = read
                    && !link.is_stopped()
                    && !pages.live.is_complete()
                {
                    core.notify(Event::Log(failure.to_string()));
                    // Makes the source connect again, with both channels.
                    pages.live.requests().give_up(true);
                    link.cut();
                }
            })?;
        Ok(Self { thread, begin })
    }

    /// Lets the thread fill pages from now on.
    pub(super) fn begin(&self, pages: UrgentPages) {
        // The thread waits for this message only.
        let _ = self.begin.send(pages);
    }

    /// Joins the thread, whose connection has been ended.
    pub(super) fn join(self) {
        let Self { thread, begin } = self;
        drop(begin);
        // A panic of the thread was reported when it happened.
        let _ = thread.join();
    }
}

impl UrgentPages {
    /// Reads until the end marker, which only old sources send, or until the connection ends.
    fn read(&mut self, channel: &Channel) -> Result<(), LoadFailure> {
        let mut records = RecordReader::new(self.rules);
        records.set_postcopy(true);
        let mut buffer = Buffer::new(MIN_INPUT);
        let mut placer = Placer::new(self.live.clone());
        let mut position = 0;
        let fault =
            |kind, position| LoadFailure::Stream(crate::stream::Error::new(kind, position, None));
        loop {
            let step = records
                .step(&mut self.blocks, buffer.filled())
                .map_err(|kind| fault(kind, position))?;
            let Some((used, record)) = step else {
                placer.flush()?;
                let filled = buffer.fill(&mut &*channel);
                if filled.map_err(|error| TransportError::Read(reason(&error)))? == 0 {
                    return Err(fault(ErrorKind::Closed, position));
                }
                continue;
            };
            match record {
                Record::Page { block, offset, data } => placer.page(block.index(), offset, data)?,
                Record::Zero { block, offset } => placer.zero(block.index(), offset)?,
                Record::Eos => return placer.flush(),
                _ => {}
            }
            buffer.consume(used);
            position += used as u64;
        }
    }
}
