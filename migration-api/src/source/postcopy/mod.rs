//! Postcopy: the guest runs at the destination, and this side sends the missing pages, requested
//! ones first.
//!
//! From the switch on the guest belongs to the destination. A broken connection does not end the
//! migration: the thread waits in `postcopy-paused` without a time limit until a client gives it
//! another connection ([`recover`]).

mod pages;
mod preempt;
mod recover;
mod release;
mod start;

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(super) use pages::{PageRange, Pages};
pub(super) use preempt::Preempt;
pub(super) use recover::NO_RETURN_PATH;
pub(super) use start::LOADED;

use super::iterate::{BITMAPS, RAM};
use super::pace::Pace;
use super::{Failure, Signals, Source, SourceRun};
use crate::api::MigrationStatus as Status;
use crate::bitmaps::{self, OutgoingBitmap};
use crate::core::runs::{Attempt, OutgoingRun};
use crate::page::PAGE;
use crate::state::Direction;
use crate::stats::Stats;
use crate::stream::ram::RamWriter;
use crate::stream::section;
use crate::trace;
use crate::transport::Channel;

/// Bytes sent as a unit. A new request waits no longer than for these.
const BATCH: u64 = 64 << 10;

/// Time for a destination whose connection has broken to deliver its last message.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Signals to the migration thread during postcopy.
#[derive(Default)]
pub(super) struct PostcopySignals {
    /// Requested pages in the order of the requests, each page once.
    requests: VecDeque<PageRange>,
    /// The destination waits for a page, which may already be on its way.
    page_requested: bool,
    /// The preempt channel, until the return path thread takes it.
    preempt: Option<Preempt>,
    /// A page is being sent on the preempt channel.
    urgent: bool,
    /// No page is left to send.
    finishing: bool,
    /// Number of blocks whose received-pages bitmaps are still awaited.
    awaited: usize,
    /// The destination is ready to resume.
    resumed: bool,
    /// The connection to resume with.
    pub(super) attempt: Option<Attempt>,
}

/// A migration whose guest belongs to the destination.
pub(super) struct Postcopy<'a> {
    source: &'a mut Source,
    pages: Arc<Pages>,
    link: Link,
    /// The bitmaps that are sent after the pages.
    bitmaps: Vec<OutgoingBitmap>,
    downtime: Duration,
}

/// The current connection.
struct Link {
    channel: Arc<Channel>,
    /// Bytes gathered but not sent.
    buffer: Vec<u8>,
    writer: RamWriter,
    pace: Pace,
    /// The return path thread, until it is joined.
    listener: Option<JoinHandle<()>>,
}

impl Link {
    fn new(channel: Arc<Channel>, listener: Option<JoinHandle<()>>, stats: &Stats) -> Self {
        Self {
            channel,
            buffer: Vec::new(),
            writer: RamWriter::new(),
            pace: Pace::new(stats),
            listener,
        }
    }

    fn flush(&mut self, stats: &Stats) -> Result<(), String> {
        self.channel.write_all(&self.buffer).map_err(|error| error.to_string())?;
        stats.transferred.add(self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }
}

impl Postcopy<'_> {
    /// Sends the missing pages, over as many connections as it takes.
    fn run(mut self) -> Result<(), Failure> {
        while let Err(lost) = self.send().and_then(|()| self.finish()) {
            if self.is_refused() {
                return Err(Failure::ReturnPath(lost));
            }
            self.pause(lost);
            if !self.resume() {
                // The process ends. The destination may run the guest, so it must not run here.
                self.source.stopped_from = None;
                return Err(Failure::Cancelled);
            }
        }
        let stats = &self.source.run.stats;
        stats.complete(self.downtime);
        trace::postcopy(stats.postcopy_requests.get(), stats.postcopy_bytes.get());
        self.source.core.state().outgoing.error = None;
        self.source.complete()?;
        while self.pages.release() {}
        Ok(())
    }

    /// Returns true if the destination reports that it cannot load the guest. The guest never ran
    /// there then, and is still complete here.
    fn is_refused(&self) -> bool {
        let run = &self.source.run;
        let end = Instant::now() + LAST_WORD;
        let mut signals = run.signals();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if signals.loaded || signals.verdict.is_some() || left.is_zero() {
                return signals.refused && !signals.loaded;
            }
            signals = run.wait(signals, Some(left));
        }
    }

    /// Sends pages until none is missing: requested pages at once, the others in between within the
    /// bandwidth limit.
    fn send(&mut self) -> Result<(), String> {
        loop {
            self.serve()?;
            if self.source.run.signals().loaded {
                self.pages.release();
            }
            let remaining = self.pages.remaining();
            let stats = &self.source.run.stats;
            stats.remaining.set(remaining);
            self.link.pace.measure(stats);
            if remaining == 0 {
                return Ok(());
            }
            let limit = self.source.core.state().parameters.max_postcopy_bandwidth;
            match self.link.pace.room(limit, BATCH, stats) {
                Ok(room) => self.send_next(room as usize, limit)?,
                Err(wait) => self.rest(wait),
            }
        }
    }

    /// Sends the requested pages.
    fn serve(&mut self) -> Result<(), String> {
        let requests = self.signals_checked(|postcopy| {
            postcopy.page_requested = false;
            std::mem::take(&mut postcopy.requests)
        })?;
        for mut wanted in requests {
            while let Some(range) = self.pages.take_wanted(&mut wanted) {
                section::write_part(&mut self.link.buffer, RAM);
                self.send_range(range, 0)?;
                self.end_part()?;
            }
        }
        Ok(())
    }

    /// Sends about `room` bytes of pages without a request, at least one page.
    fn send_next(&mut self, room: usize, limit: u64) -> Result<(), String> {
        section::write_part(&mut self.link.buffer, RAM);
        while let Some(range) = self.pages.take_next() {
            self.send_range(range, limit)?;
            if self.link.buffer.len() >= room {
                break;
            }
        }
        self.end_part()
    }

    /// Appends the records of a host page to the buffer, and sends them as the buffer fills. Keeps
    /// to the bandwidth limit, unless another page is requested: no other page may come between
    /// these records.
    fn send_range(&mut self, taken: PageRange, limit: u64) -> Result<(), String> {
        let mut range = taken;
        loop {
            let (link, stats) = (&mut self.link, &self.source.run.stats);
            self.pages.write(&mut range, BATCH / PAGE, &mut link.writer, &mut link.buffer, stats);
            if range.is_empty() {
                // The rest is in the buffer, as a copy: the pages can be released.
                self.pages.sent(taken);
                return Ok(());
            }
            link.flush(stats)?;
            if let Err(wait) = link.pace.room(limit, BATCH, stats) {
                self.rest(wait);
            }
        }
    }

    fn end_part(&mut self) -> Result<(), String> {
        self.link.writer.eos(&mut self.link.buffer);
        section::write_footer(&mut self.link.buffer, RAM);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), String> {
        self.link.flush(&self.source.run.stats)
    }

    /// Looks at the signals, unless the connection is lost.
    fn signals_checked<T>(
        &self,
        look: impl FnOnce(&mut PostcopySignals) -> T,
    ) -> Result<T, String> {
        let mut signals = self.source.run.signals();
        match &signals.error {
            Some(error) => Err(error.clone()),
            None => Ok(look(&mut signals.postcopy)),
        }
    }

    /// Sleeps for `time`, or until a signal arrives.
    fn rest(&self, time: Duration) {
        let signals = self.source.run.signals();
        if !signals.postcopy.page_requested && signals.error.is_none() {
            drop(self.source.run.wait(signals, Some(time)));
        }
    }

    /// Waits until `find` finds a signal, or until the connection is lost.
    fn wait_for<T>(&self, mut find: impl FnMut(&mut Signals) -> Option<T>) -> Result<T, String> {
        let mut signals = self.source.run.signals();
        loop {
            if let Some(error) = &signals.error {
                return Err(error.clone());
            }
            if let Some(found) = find(&mut signals) {
                return Ok(found);
            }
            signals = self.source.run.wait(signals, None);
        }
    }

    /// Ends the stream, and waits for the destination's last message.
    fn finish(&mut self) -> Result<(), String> {
        // Wait for the preempt channel: the end of the stream must not overtake a requested page.
        self.wait_for(|signals| {
            signals.postcopy.finishing = true;
            (!signals.postcopy.urgent).then_some(())
        })?;
        let Link { buffer, writer, .. } = &mut self.link;
        if self.source.sends_ram_late() {
            section::write_end(buffer, RAM);
            writer.eos(buffer);
            section::write_footer(buffer, RAM);
        }
        if !self.bitmaps.is_empty() {
            section::write_end(buffer, BITMAPS);
            bitmaps::write_ends(&self.bitmaps, buffer);
            section::write_footer(buffer, BITMAPS);
        }
        section::write_eof(buffer);
        self.flush()?;
        self.wait_for(|signals| signals.verdict.clone())?
    }

    /// Closes the connection, and enters `postcopy-paused`.
    fn pause(&mut self, lost: String) {
        let run = &self.source.run;
        run.cut();
        if let Some(listener) = self.link.listener.take() {
            // The thread ends because the connection is closed. Its error, if any, is recorded.
            let _ = listener.join();
        }
        let mut signals = run.signals();
        let first = signals.error.take().unwrap_or(lost);
        (signals.listens, signals.verdict) = (false, None);
        // Assume that the devices are loaded: the message that said so may be lost.
        signals.loaded = true;
        // A client may have given another connection already.
        let attempt = signals.postcopy.attempt.take();
        signals.postcopy = PostcopySignals { attempt, ..PostcopySignals::default() };
        drop(signals);
        let mut state = self.source.core.state();
        state.outgoing.error.get_or_insert(first);
        self.source.core.advance(&mut state, Direction::Outgoing, Status::PostcopyPaused);
    }
}

impl SourceRun {
    /// Has the migration thread send requested pages at once.
    pub(super) fn request(&self, pages: &Pages, wanted: PageRange) {
        let wanted = pages.first_asked(wanted);
        self.signal(|signals| {
            signals.postcopy.requests.extend(wanted);
            signals.postcopy.page_requested = true;
        });
    }

    /// Takes the preempt channel, if it exists.
    pub(super) fn take_preempt(&self) -> Option<Preempt> {
        self.signals().postcopy.preempt.take()
    }

    /// Records that a page is on its way on the preempt channel, or has been sent.
    pub(super) fn urgent(&self, under_way: bool) {
        let mut signals = self.signals();
        signals.postcopy.urgent = under_way;
        // Wake the migration thread only if it waits for this: a needless wake-up delays the
        // requested page.
        if signals.postcopy.finishing {
            drop(signals);
            self.changed.notify_all();
        }
    }

    /// Returns the pages that are missing at the destination, once the guest runs there.
    pub(super) fn pages(&self) -> Option<&Arc<Pages>> {
        self.missing.get()
    }

    /// Takes over a block's bitmap of received pages, if one is awaited.
    pub(super) fn bitmap_came(
        &self,
        take: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        if self.signals().postcopy.awaited == 0 {
            return Err("an unrequested bitmap of received pages".into());
        }
        take()?;
        self.signal(|signals| signals.postcopy.awaited -= 1);
        Ok(())
    }

    /// Records that the destination resumes.
    pub(super) fn resumed(&self) {
        self.signal(|signals| signals.postcopy.resumed = true);
    }
}
