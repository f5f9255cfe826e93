//! The main channel's writing half in precopy.

use std::sync::Arc;

use super::encoder::Gathered;
use super::pace::Pace;
use super::ram::{PAGE, Pages};
use crate::stats::Stats;
use crate::transport::{Channel, TransportError};

/// The main channel's writing half.
pub(super) struct Sender {
    channel: Arc<Channel>,
    /// What is not sent yet.
    pub(super) buffer: Gathered,
    pub(super) pace: Pace,
}

impl Sender {
    pub(super) fn new(channel: Arc<Channel>, stats: &Stats) -> Self {
        Self { channel, buffer: Gathered::default(), pace: Pace::new(stats) }
    }

    /// Sends what was gathered: pages of `blocks`, and what goes before and behind them.
    pub(super) fn flush(&mut self, blocks: &[Pages], stats: &Stats) -> Result<(), TransportError> {
        let Gathered { bytes, pages } = &mut self.buffer;
        let mut out = Vec::with_capacity(bytes.len() + pages.len() * PAGE as usize);
        let mut done = 0;
        for page in pages.drain(..) {
            out.extend_from_slice(&bytes[done..page.at]);
            done = page.at;
            let start = out.len();
            out.resize(start + PAGE as usize, 0);
            blocks[page.block].ram.memory.read(page.offset, &mut out[start..]);
        }
        out.extend_from_slice(&bytes[done..]);
        self.channel.write_all(&out)?;
        bytes.clear();
        stats.transferred.add(out.len() as u64);
        Ok(())
    }
}
