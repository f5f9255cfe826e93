//! Postcopy: the guest runs at the destination, and this side sends what is missing there, what is wanted first.
//!
//! From the switch on the guest is the destination's. A connection that breaks gives up nothing: the thread waits in
//! `postcopy-paused`, for ever if need be, until somebody gives it another one ([`recover`]).

mod pages;
mod preempt;
mod recover;
mod release;
mod start;

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(super) use pages::{Pages, Pieces};
pub(super) use preempt::Preempt;
pub(crate) use recover::Attempt;
pub(super) use recover::NO_RETURN_PATH;
pub(super) use start::LOADED;

use super::iterate::{BITMAPS, RAM};
use super::pace::Pace;
use super::ram::PAGE;
use super::{Failure, Signals, Source, SourceRun};
use crate::api::MigrationStatus as Status;
use crate::bitmaps;
use crate::state::Direction;
use crate::stats::Stats;
use crate::stream::ram::RamWriter;
use crate::stream::section;
use crate::transport::Channel;

/// How many bytes go out at once: what is wanted meanwhile waits no longer than for these.
const BATCH: u64 = 64 << 10;

/// How long a destination whose connection has broken may take for its last word.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What the thread that migrates is told once the guest is the destination's.
#[derive(Default)]
pub(super) struct Told {
    /// What the destination wants at once, in its order, each page once.
    requests: VecDeque<Pieces>,
    /// It waits for something, which may be under way.
    hurry: bool,
    /// The channel for what is wanted at once, until the thread that hears of it takes it.
    preempt: Option<Preempt>,
    /// A page is on its way beside the main channel.
    urgent: bool,
    /// Nothing else is left to send.
    finishing: bool,
    /// How many blocks' received-pages bitmaps are still to come, while they are asked for.
    awaited: usize,
    /// The destination is ready to go on.
    resumed: bool,
    /// The connection to go on with.
    attempt: Option<Attempt>,
}

/// A migration whose guest is the destination's.
pub(super) struct Postcopy<'a> {
    source: &'a mut Source,
    pages: Arc<Pages>,
    link: Link,
    /// The bitmaps that follow the pages.
    bitmaps: Vec<bitmaps::Outgoing>,
    downtime: Duration,
}

/// The present connection.
struct Link {
    channel: Arc<Channel>,
    /// What is not sent yet.
    buffer: Vec<u8>,
    writer: RamWriter,
    pace: Pace,
    /// The thread that hears the destination, until it has been waited for.
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
    /// Sends what is missing, over as many connections as it takes.
    fn run(mut self) -> Result<(), Failure> {
        while let Err(lost) = self.send().and_then(|()| self.finish()) {
            if self.is_refused() {
                return Err(Failure::ReturnPath(lost));
            }
            self.pause(lost);
            if !self.resume() {
                // The process ends. Wherever the guest is, it is not to run here.
                self.source.stopped_from = None;
                return Err(Failure::Cancelled);
            }
        }
        self.source.run.stats.complete(self.downtime);
        self.source.core.state().outgoing.error = None;
        self.source.complete()?;
        while self.pages.release() {}
        Ok(())
    }

    /// Whether the destination says that it cannot load the guest: then the guest never ran there, and is still all here.
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

    /// Sends pages until none is missing: those that are wanted at once, and in between the others, no faster than allowed.
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

    /// Sends what is wanted at once.
    fn serve(&mut self) -> Result<(), String> {
        let requests = self.signals_checked(|told| {
            told.hurry = false;
            std::mem::take(&mut told.requests)
        })?;
        for mut wanted in requests {
            while let Some(pieces) = self.pages.take_wanted(&mut wanted) {
                section::write_part(&mut self.link.buffer, RAM);
                self.send_pieces(pieces, 0)?;
                self.end_part()?;
            }
        }
        Ok(())
    }

    /// Sends about `room` bytes of what nobody has asked for yet, and a page at least.
    fn send_next(&mut self, room: usize, limit: u64) -> Result<(), String> {
        section::write_part(&mut self.link.buffer, RAM);
        while let Some(pieces) = self.pages.take_next() {
            self.send_pieces(pieces, limit)?;
            if self.link.buffer.len() >= room {
                break;
            }
        }
        self.end_part()
    }

    /// Puts the records of a host page into the buffer, and sends them as they become many: no faster than allowed, unless somebody
    /// waits for another page, which must not come between them.
    fn send_pieces(&mut self, taken: Pieces, limit: u64) -> Result<(), String> {
        let mut pieces = taken;
        loop {
            let (link, stats) = (&mut self.link, &self.source.run.stats);
            self.pages.write(&mut pieces, BATCH / PAGE, &mut link.writer, &mut link.buffer, stats);
            if pieces.is_empty() {
                // They are in the buffer at least, which does not look at them again.
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

    /// Looks at what others tell, unless the connection is lost.
    fn signals_checked<T>(&self, look: impl FnOnce(&mut Told) -> T) -> Result<T, String> {
        let mut signals = self.source.run.signals();
        match &signals.error {
            Some(error) => Err(error.clone()),
            None => Ok(look(&mut signals.postcopy)),
        }
    }

    /// Waits for `time`, or until there is something to do.
    fn rest(&self, time: Duration) {
        let signals = self.source.run.signals();
        if !signals.postcopy.hurry && signals.error.is_none() {
            drop(self.source.run.wait(signals, Some(time)));
        }
    }

    /// Waits until there is something to find, or until the connection is lost.
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

    /// Ends the stream, and waits for the destination's last word.
    fn finish(&mut self) -> Result<(), String> {
        // Nothing may overtake a page that somebody waits for.
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

    /// Gives up the connection, and says so.
    fn pause(&mut self, lost: String) {
        let run = &self.source.run;
        run.cut();
        if let Some(listener) = self.link.listener.take() {
            // It has told what it knows, and ends because its connection has.
            let _ = listener.join();
        }
        let mut signals = run.signals();
        let first = signals.error.take().unwrap_or(lost);
        (signals.listens, signals.verdict) = (false, None);
        // It may have: what it said of it may be lost.
        signals.loaded = true;
        // Somebody may have given another connection already.
        let attempt = signals.postcopy.attempt.take();
        signals.postcopy = Told { attempt, ..Told::default() };
        drop(signals);
        let mut state = self.source.core.state();
        state.outgoing.error.get_or_insert(first);
        self.source.core.advance(&mut state, Direction::Outgoing, Status::PostcopyPaused);
    }
}

impl SourceRun {
    /// Has the thread that migrates send what the destination wants at once.
    pub(super) fn request(&self, pages: &Pages, wanted: Pieces) {
        let wanted = pages.first_asked(wanted);
        self.signal(|signals| {
            signals.postcopy.requests.extend(wanted);
            signals.postcopy.hurry = true;
        });
    }

    /// Gives the thread that hears what is wanted its own channel for it, if there is one.
    pub(super) fn take_preempt(&self) -> Option<Preempt> {
        self.signals().postcopy.preempt.take()
    }

    /// Tells that a page is on its way beside the main channel, or has gone.
    pub(super) fn urgent(&self, under_way: bool) {
        let mut signals = self.signals();
        signals.postcopy.urgent = under_way;
        // Waking up a thread that has nothing to do with it would make somebody wait longer for his page.
        if signals.postcopy.finishing {
            drop(signals);
            self.changed.notify_all();
        }
    }

    /// The pages that are missing at the destination, once the guest is there.
    pub(super) fn pages(&self) -> Option<&Arc<Pages>> {
        self.missing.get()
    }

    /// Takes over a block's bitmap of received pages, if they were asked for.
    pub(super) fn bitmap_came(
        &self,
        take: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        if self.signals().postcopy.awaited == 0 {
            return Err("a bitmap of received pages that nobody asked for".into());
        }
        take()?;
        self.signal(|signals| signals.postcopy.awaited -= 1);
        Ok(())
    }

    /// Notes that the destination goes on.
    pub(super) fn resumed(&self) {
        self.signal(|signals| signals.postcopy.resumed = true);
    }

    /// Gives a paused migration another connection, in the place of any that is still being made.
    pub(crate) fn resume(&self, attempt: Attempt) {
        let mut earlier = None;
        self.signal(|signals| {
            signals.postcopy.attempt = Some(attempt);
            earlier = signals.connection.clone();
        });
        if let Some(earlier) = earlier {
            earlier.stop();
        }
    }
}
