//! The preempt channel: pages that are wanted at once pass by those that are sent anyway.
//!
//! The thread that hears a request answers it here itself: nobody has to be woken up.

use super::{Pages, Pieces};
use crate::stats::Stats;
use crate::stream::ram::RamWriter;
use crate::transport::{Channel, TransportError};

/// How many pages of the target go out at once.
const BATCH: u64 = 16;

/// The sending half of the channel.
pub(in crate::source) struct Preempt {
    channel: Channel,
    writer: RamWriter,
    buffer: Vec<u8>,
}

impl Preempt {
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel, writer: RamWriter::new(), buffer: Vec::new() }
    }

    /// Sends what is wanted and not under way yet; whether there was any.
    pub(in crate::source) fn send(
        &mut self,
        pages: &Pages,
        mut wanted: Pieces,
        stats: &Stats,
    ) -> Result<bool, TransportError> {
        let mut any = false;
        while let Some(taken) = pages.take_wanted(&mut wanted) {
            let mut pieces = taken;
            while !pieces.is_empty() {
                pages.write(&mut pieces, BATCH, &mut self.writer, &mut self.buffer, stats);
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
