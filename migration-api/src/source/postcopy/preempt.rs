//! The preempt channel: requested pages overtake those sent in the background.
//!
//! The return path thread answers a request here itself, so no other thread has to wake up.

use super::pages::{MissingPages, PageRange};
use crate::stats::Stats;
use crate::stream::ram::RamWriter;
use crate::trace;
use crate::transport::{Channel, TransportError};

/// Number of target pages sent as a unit.
const BATCH: u64 = 16;

/// The sending half of the channel.
pub(in crate::source) struct Preempt {
    channel: Channel,
    writer: RamWriter,
    buffer: Vec<u8>,
    /// Open as long as the channel.
    _span: trace::Span,
}

impl Preempt {
    pub(super) fn new(channel: Channel) -> Self {
        let span = trace::channel("preempt", 0, !channel.is_plain());
        Self { channel, writer: RamWriter::new(), buffer: Vec::new(), _span: span }
    }

    /// Sends those of the requested pages that are not on their way yet. Returns true if there were
    /// any.
    pub(in crate::source) fn send(
        &mut self,
        pages: &MissingPages,
        mut wanted: PageRange,
        stats: &Stats,
    ) -> Result<bool, TransportError> {
        let mut any = false;
        while let Some(taken) = pages.take_wanted(&mut wanted) {
            let mut range = taken;
            while !range.is_empty() {
                pages.write(&mut range, BATCH, &mut self.writer, &mut self.buffer, stats);
                self.channel.write_all(&self.buffer)?;
                stats.transferred.add(self.buffer.len() as u64);
                self.buffer.clear();
            }
            pages.sent(taken);
            any = true;
        }
        Ok(any)
    }
}
