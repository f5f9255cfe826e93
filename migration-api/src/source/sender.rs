//! The main channel's writing half in precopy.

use std::sync::Arc;

use super::block::DirtyBlock;
use super::encoder::PendingOutput;
use super::pace::SendPace;
use crate::page::PAGE;
use crate::stats::Stats;
use crate::sys::vectored::Output;
use crate::transport::{Channel, TransportError};

/// The main channel's writing half.
pub(super) struct Sender {
    channel: Arc<Channel>,
    /// Gathered but not sent.
    pub(super) buffer: PendingOutput,
    pub(super) pace: SendPace,
}

impl Sender {
    pub(super) fn new(channel: Arc<Channel>, stats: &Stats) -> Self {
        Self { channel, buffer: PendingOutput::default(), pace: SendPace::new(stats) }
    }

    /// Sends the gathered bytes and pages. The pages belong to `blocks`.
    pub(super) fn flush(
        &mut self,
        blocks: &[DirtyBlock],
        stats: &Stats,
    ) -> Result<(), TransportError> {
        let sent = self.buffer.len();
        match self.in_place(blocks) {
            Some(mut output) => self.channel.write_vectored(&mut output)?,
            None => self.channel.write_all(&self.copied(blocks))?,
        }
        self.buffer.clear();
        stats.transferred.add(sent);
        Ok(())
    }

    /// Builds the output with pages in place, if the channel and all blocks allow it.
    fn in_place<'a>(&'a self, blocks: &'a [DirtyBlock]) -> Option<Output<'a>> {
        let PendingOutput { bytes, pages } = &self.buffer;
        if !self.channel.is_plain() {
            return None;
        }
        let mut output = Output::new(2 * pages.len() + 1);
        let mut done = 0;
        for page in pages {
            output.bytes(&bytes[done..page.at]);
            output.guest(blocks[page.block].ram.memory.host_range(page.offset, PAGE)?);
            done = page.at;
        }
        output.bytes(&bytes[done..]);
        Some(output)
    }

    /// Copies all output into one buffer.
    fn copied(&self, blocks: &[DirtyBlock]) -> Vec<u8> {
        let PendingOutput { bytes, pages } = &self.buffer;
        let mut out = Vec::with_capacity(self.buffer.len() as usize);
        let mut done = 0;
        for page in pages {
            out.extend_from_slice(&bytes[done..page.at]);
            let start = out.len();
            out.resize(start + PAGE as usize, 0);
            blocks[page.block].ram.memory.read(page.offset, &mut out[start..]);
            done = page.at;
        }
        out.extend_from_slice(&bytes[done..]);
        out
    }
}
