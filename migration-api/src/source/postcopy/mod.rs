//! Postcopy: the guest runs at the destination, and this side sends the missing pages, requested
//! ones first.
//!
//! From the switch on the guest belongs to the destination. A broken connection does not end the
//! migration: the thread waits in `postcopy-paused` without a time limit until a client gives it
//! another connection ([`recover`]).

pub(super) mod pages;
pub(super) mod preempt;
mod recover;
mod start;

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use pages::{MissingPages, PageRange};

use super::error::SourceError;
use super::ids::{BITMAPS, RAM};
use super::lifecycle::{Lifecycle, StageError};
use super::pace::SendPace;
use super::session::Source;
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::bitmaps::{self, OutgoingBitmap};
use crate::core::runs::OutgoingRun;
use crate::page::PAGE;
use crate::stats::Stats;
use crate::stream::ram::RamWriter;
use crate::stream::section;
use crate::trace;
use crate::transport::Channel;

/// Bytes sent as a unit. A new request waits no longer than for these.
const BATCH: u64 = 64 << 10;

/// Time for a destination whose connection has broken to deliver its last message.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The reason for which no more pages can be sent.
enum Interruption {
    /// The connection is lost, with this error.
    Connection(String),
    /// The run ends.
    Run(SourceError),
}

impl From<String> for Interruption {
    fn from(error: String) -> Self {
        Self::Connection(error)
    }
}

impl From<StageError> for Interruption {
    fn from(error: StageError) -> Self {
        Self::Run(error.into())
    }
}

/// A migration whose guest belongs to the destination.
pub(super) struct PostcopySource<'a> {
    source: &'a mut Source,
    pages: Arc<MissingPages>,
    sender: PageSender,
    /// The bitmaps that are sent after the pages.
    bitmaps: Vec<OutgoingBitmap>,
    downtime: Duration,
}

/// The current connection.
struct PageSender {
    channel: Arc<Channel>,
    /// Bytes gathered but not sent.
    buffer: Vec<u8>,
    writer: RamWriter,
    pace: SendPace,
    /// The return path thread, until it is joined.
    listener: Option<JoinHandle<()>>,
}

impl PageSender {
    fn new(channel: Arc<Channel>, listener: Option<JoinHandle<()>>, stats: &Stats) -> Self {
        Self {
            channel,
            buffer: Vec::new(),
            writer: RamWriter::new(),
            pace: SendPace::new(stats),
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

impl PostcopySource<'_> {
    /// Sends the missing pages, over as many connections as it takes.
    fn run(mut self) -> Result<(), SourceError> {
        while let Err(interruption) = self.send().and_then(|()| self.finish()) {
            let continued = match interruption {
                Interruption::Connection(error) if self.is_refused() => {
                    return Err(SourceError::ReturnPath(error));
                }
                Interruption::Connection(error) => self.pause(error).and_then(|()| self.resume()),
                Interruption::Run(error) => Err(error),
            };
            if let Err(error) = continued {
                // The process ends. The destination may run the guest, so it must not run here.
                self.source.stopped_from = None;
                return Err(error);
            }
        }
        let stats = &self.source.run.stats;
        stats.complete(self.downtime);
        trace::postcopy(stats.postcopy_requests.get(), stats.postcopy_bytes.get());
        self.source.core.state().outgoing.error = None;
        if !self.source.capabilities.has(Capability::ReleaseRam) {
            self.source.ram = None;
        }
        self.source.complete()?;
        while self.pages.release() {}
        Ok(())
    }

    /// Returns true if the destination reports that it cannot load the guest. The guest never ran
    /// there then, and is still complete here. A run that ends does not wait for the report.
    fn is_refused(&self) -> bool {
        self.source.run.wait_at_most(LAST_WORD, |lifecycle| lifecycle.refusal()).unwrap_or(false)
    }

    /// Sends pages until none is missing: requested pages at once, the others in between within the
    /// bandwidth limit.
    fn send(&mut self) -> Result<(), Interruption> {
        loop {
            self.serve()?;
            if self.source.run.look().are_devices_loaded() {
                self.pages.release();
            }
            let remaining = self.pages.remaining();
            let stats = &self.source.run.stats;
            stats.remaining.set(remaining);
            self.sender.pace.measure(stats);
            if remaining == 0 {
                return Ok(());
            }
            let limit = self.source.core.state().parameters.max_postcopy_bandwidth;
            match self.sender.pace.room(limit, BATCH, stats) {
                Ok(room) => self.send_next(room as usize, limit)?,
                Err(wait) => self.rest(wait),
            }
        }
    }

    /// Sends the requested pages.
    fn serve(&mut self) -> Result<(), Interruption> {
        let requests = self.take_requests()?;
        for mut wanted in requests {
            while let Some(range) = self.pages.take_wanted(&mut wanted) {
                section::write_part(&mut self.sender.buffer, RAM);
                self.send_range(range, 0)?;
                self.end_part()?;
            }
        }
        Ok(())
    }

    /// Sends about `room` bytes of pages without a request, at least one page.
    fn send_next(&mut self, room: usize, limit: u64) -> Result<(), String> {
        section::write_part(&mut self.sender.buffer, RAM);
        while let Some(range) = self.pages.take_next() {
            self.send_range(range, limit)?;
            if self.sender.buffer.len() >= room {
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
            let (sender, stats) = (&mut self.sender, &self.source.run.stats);
            self.pages.write(
                &mut range,
                BATCH / PAGE,
                &mut sender.writer,
                &mut sender.buffer,
                stats,
            );
            if range.is_empty() {
                // The rest is in the buffer, as a copy: the pages can be released.
                self.pages.sent(taken);
                return Ok(());
            }
            sender.flush(stats)?;
            if let Err(wait) = sender.pace.room(limit, BATCH, stats) {
                self.rest(wait);
            }
        }
    }

    fn end_part(&mut self) -> Result<(), String> {
        self.sender.writer.eos(&mut self.sender.buffer);
        section::write_footer(&mut self.sender.buffer, RAM);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), String> {
        self.sender.flush(&self.source.run.stats)
    }

    /// Takes the requests, unless the connection is lost.
    fn take_requests(&self) -> Result<VecDeque<PageRange>, Interruption> {
        let mut lifecycle = self.source.run.look();
        match lifecycle.error() {
            Some(error) => Err(error.clone().into()),
            None => Ok(lifecycle.take_requests()?),
        }
    }

    /// Sleeps for `time`, or until a page is requested or the connection is lost.
    fn rest(&self, time: Duration) {
        let _ = self.source.run.wait_at_most(time, |lifecycle| {
            let ends = lifecycle.error().is_some() || lifecycle.is_over();
            (ends || lifecycle.is_page_requested()).then_some(())
        });
    }

    /// Waits until the state is as wanted, or until the connection is lost.
    fn wait_until(&self, is_wanted: fn(&Lifecycle) -> bool) -> Result<(), Interruption> {
        self.source.run.wait_for(|lifecycle| match lifecycle.error() {
            Some(error) => Some(Err(error.clone().into())),
            None if lifecycle.is_over() => Some(Err(StageError::Over.into())),
            None => is_wanted(lifecycle).then_some(Ok(())),
        })
    }

    /// Ends the stream, and waits for the destination's last message.
    fn finish(&mut self) -> Result<(), Interruption> {
        self.source.run.change(Lifecycle::finish)?;
        // Wait for the preempt channel: the end of the stream must not overtake a requested page.
        self.wait_until(|lifecycle| !lifecycle.is_urgent())?;
        let PageSender { buffer, writer, .. } = &mut self.sender;
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
        // Stopping the run ends the connection and so this wait.
        let verdict = self.source.run.wait_for(|lifecycle| lifecycle.verdict().cloned());
        Ok(verdict.result()?)
    }

    /// Closes the connection, and enters `postcopy-paused`.
    fn pause(&mut self, lost: String) -> Result<(), SourceError> {
        let run = &self.source.run;
        run.cut();
        if let Some(listener) = self.sender.listener.take() {
            // The thread ends because the connection is closed. Its error, if any, is recorded.
            let _ = listener.join();
        }
        // While the state is locked, the stage and the status are the same for commands.
        let mut state = self.source.core.state();
        let first = run.change(Lifecycle::pause)?;
        state.outgoing.error.get_or_insert(first.unwrap_or(lost));
        self.source.advance_locked(&mut state, Status::PostcopyPaused)
    }
}
