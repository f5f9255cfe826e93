//! A background snapshot: sends the guest as it was at one instant, while it keeps running.
//!
//! The guest is stopped only while its devices are saved and its memory is write-protected. Pages
//! are sent in the background; a page that the guest is about to write is copied first. There is no
//! return path, and the guest stays here.

mod frozen;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::SourceError;
use super::ids::RAM;
use super::iterate::Precopy;
use super::pace::CHUNK;
use crate::api::{MigrationStatus as Status, RunState};
use crate::guest::answer;
use crate::page::PAGE;
use crate::stream::{description, section};
use crate::unwind::catch_panic;

use frozen::Frozen;
pub(crate) use frozen::{is_compatible, is_supported};

impl Precopy<'_> {
    /// Sends the guest as of the instant after memory is prepared, and lets it run on.
    pub(super) fn snapshot(mut self) -> Result<(), SourceError> {
        self.begin_stream()?;
        self.source.activate()?;
        self.flush()?;
        let (table, blocks) = self.ram.give_up();
        let guest = &self.source.core.guest;
        let access = answer("memory_access", || Ok(guest.memory_access()))?;
        let frozen = Frozen::prepare(table, blocks, access).map_err(SourceError::Protect)?;
        let mut tail = Vec::new();
        let downtime = self.freeze(&frozen, &mut tail)?;
        let helper = frozen.help(self.source.core.clone()).map_err(SourceError::Thread)?;
        while self.send_frozen(&frozen)? {}
        drop(helper);
        drop(frozen);
        self.sender.buffer.bytes.append(&mut tail);
        self.flush()?;
        let Self { source, channel, sender, .. } = self;
        drop(sender);
        if let Ok(channel) = Arc::try_unwrap(channel) {
            channel.finish()?;
        }
        source.run.stats.complete(downtime);
        source.ram = None;
        source.advance(Status::Completed)
    }

    /// Stops the guest, saves what follows memory in the stream to `tail`, protects memory, and
    /// resumes the guest. Returns how long the guest was stopped.
    fn freeze(&mut self, frozen: &Frozen, tail: &mut Vec<u8>) -> Result<Duration, SourceError> {
        let core = self.source.core.clone();
        let running = core.run_lock();
        let before = core.run_state();
        let began = Instant::now();
        if before == RunState::Running {
            // In case that a call of the guest panics while it stands still.
            self.source.stopped_from = Some(before);
            core.halt_holding(&running, RunState::Paused)?;
        }
        self.run_state = before;
        let written = catch_panic(|| self.write_tail(tail)).unwrap_or(Err(SourceError::Panicked));
        let protected = frozen.protect().map_err(SourceError::Protect);
        if before == RunState::Running {
            core.restore_holding(&running, before)?;
            self.source.stopped_from = None;
        }
        written.and(protected)?;
        Ok(if before == RunState::Running { began.elapsed() } else { Duration::ZERO })
    }

    fn write_tail(&mut self, tail: &mut Vec<u8>) -> Result<(), SourceError> {
        let headers = self.write_devices(tail)?;
        section::write_eof(tail);
        let described = headers.iter().map(|(header, length)| (header, *length));
        let text = description::describe(PAGE, &self.configuration, described);
        section::write_description(tail, &text);
        Ok(())
    }

    /// Sends some pages, or returns `false` if none are left. The bandwidth limit does not apply,
    /// because a longer snapshot means more copies.
    fn send_frozen(&mut self, frozen: &Frozen) -> Result<bool, SourceError> {
        self.source.check()?;
        let out = &mut self.sender.buffer.bytes;
        let start = out.len();
        section::write_part(out, RAM);
        let body = out.len();
        let stats = &self.source.run.stats;
        let more = frozen.take(CHUNK, out, stats).map_err(SourceError::Protect)?;
        stats.remaining.set(frozen.remaining());
        if !more {
            out.truncate(start);
            return Ok(false);
        }
        stats.precopy_bytes.add((out.len() - body) as u64);
        frozen.end(out);
        section::write_footer(out, RAM);
        self.flush()?;
        self.sender.pace.measure(&self.source.run.stats);
        Ok(true)
    }
}
