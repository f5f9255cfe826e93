//! Multifd at the destination: one thread per channel stores pages, synchronised with the main
//! channel.

mod barrier;
mod receiver;

use std::sync::Arc;

use super::Failure;
use super::identify;
use super::memory::Memory;
use crate::lifetime::Lifetime;
use crate::stream::multifd::Decoder;
use crate::stream::ram::BlockTable;
use crate::transport::{Channel, TransportError, reason};

use barrier::Barrier;
use receiver::Receiver;

/// Block table and memory for the multifd channels.
pub(super) struct MemoryMap {
    pub(super) blocks: BlockTable,
    pub(super) memory: Arc<[Memory]>,
}

/// The multifd channels of a migration, as the reader of the main channel sees them. Dropping it
/// cuts them.
pub(super) struct MultifdChannels {
    barrier: Arc<Barrier>,
    channels: Vec<Arc<Channel>>,
}

impl MultifdChannels {
    /// Starts to read the channels. A fault on one of them ends the reading of `main`, too.
    ///
    /// # Errors
    /// A decompressor or thread that cannot be had.
    pub(super) fn start(
        accepted: Vec<identify::MultifdChannel>,
        main: Arc<Channel>,
        window: u64,
        lifetime: &Arc<Lifetime>,
    ) -> Result<Self, Failure> {
        let barrier = Arc::new(Barrier::new(accepted.len(), main));
        let mut started = Self { barrier: barrier.clone(), channels: Vec::new() };
        for (id, identify::MultifdChannel { channel, reader }) in accepted.into_iter().enumerate() {
            let channel = Arc::new(channel);
            let decoder = Decoder::with_window(reader.method(), window)?;
            let receiver = Receiver::new(id, channel.clone(), reader, decoder, barrier.clone());
            started.channels.push(channel);
            lifetime
                .spawn(&format!("mig/dst/recv_{id}"), move || receiver.run())
                .map_err(|error| TransportError::Io(reason(&error)))?;
        }
        Ok(started)
    }

    /// Sets the block table and memory, once the block list is complete.
    pub(super) fn set_memory(&self, memory: MemoryMap) {
        self.barrier.set_memory(memory);
    }

    /// Called at a flush record on the main channel: waits for the SYNC of every channel.
    ///
    /// # Errors
    /// A channel has failed or ended before.
    pub(super) fn mark(&self) -> Result<(), Failure> {
        self.barrier.mark()
    }

    /// Returns the error of a failed channel.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.barrier.failure()
    }

    /// Called at the end of the main channel: no more pages may arrive. Drains each channel to EOF:
    /// closing with unread data would send RST and fail the source's last write.
    ///
    /// # Errors
    /// A channel has failed, or is receiving a page.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.barrier.end()?;
        self.channels.clear();
        Ok(())
    }
}

impl Drop for MultifdChannels {
    fn drop(&mut self) {
        // After a success there are none left.
        self.channels.iter().for_each(|channel| channel.shut_down());
        self.barrier.abandon();
    }
}
