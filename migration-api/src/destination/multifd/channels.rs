//! The multifd channels of a migration, as the reader of the main channel sees them.

use std::sync::Arc;

use super::barrier::Barrier;
use super::landing::MemoryMap;
use super::receiver::PacketReceiver;
use crate::destination::failure::LoadFailure;
use crate::destination::identify;
use crate::lifetime::Lifetime;
use crate::stream::multifd::Decoder;
use crate::trace;
use crate::transport::{Channel, TransportError, reason};

/// The multifd channels of a migration. Dropping it cuts them, and waits until no thread stores a
/// page.
pub(in crate::destination) struct MultifdChannels {
    barrier: Arc<Barrier>,
    channels: Vec<Arc<Channel>>,
}

impl MultifdChannels {
    /// Starts to read the channels. A fault on one of them ends the reading of `main`, too.
    ///
    /// # Errors
    /// A decompressor or thread that cannot be had.
    pub(in crate::destination) fn start(
        accepted: Vec<identify::MultifdChannel>,
        main: Arc<Channel>,
        window: u64,
        lifetime: &Arc<Lifetime>,
    ) -> Result<Self, LoadFailure> {
        let barrier = Arc::new(Barrier::new(accepted.len(), main));
        let mut started = Self { barrier: barrier.clone(), channels: Vec::new() };
        for (id, identify::MultifdChannel { channel, reader }) in accepted.into_iter().enumerate() {
            let span = trace::channel("multifd", id, !channel.is_plain());
            let channel = Arc::new(channel);
            let decoder = Decoder::with_window(reader.method(), window)?;
            let receiver =
                PacketReceiver::new(id, channel.clone(), reader, decoder, barrier.clone());
            started.channels.push(channel);
            lifetime
                .spawn(&format!("mig/dst/recv_{id}"), move || span.in_scope(|| receiver.run()))
                .map_err(|error| TransportError::Io(reason(&error)))?;
        }
        Ok(started)
    }

    /// Sets the block table and memory, once the block list is complete.
    pub(in crate::destination) fn set_memory(&self, memory: MemoryMap) {
        self.barrier.set_memory(memory);
    }

    /// Called at a flush record on the main channel: waits for the SYNC of every channel.
    ///
    /// # Errors
    /// A channel has failed or ended before.
    pub(in crate::destination) fn mark(&self) -> Result<(), LoadFailure> {
        self.barrier.mark()
    }

    /// Returns the error of a failed channel.
    pub(in crate::destination) fn failure(&self) -> Option<LoadFailure> {
        self.barrier.failure()
    }

    /// Called at the end of the main channel: no more pages may arrive. Drains each channel to EOF:
    /// closing with unread data would send RST and fail the source's last write.
    ///
    /// # Errors
    /// A channel has failed, or is receiving a page.
    pub(in crate::destination) fn finish(mut self) -> Result<(), LoadFailure> {
        self.barrier.end()?;
        self.channels.clear();
        Ok(())
    }
}

impl Drop for MultifdChannels {
    fn drop(&mut self) {
        // After a success there are none left.
        self.channels.iter().for_each(|channel| channel.abort());
        // Memory may be used for another attempt afterwards.
        self.barrier.abandon();
    }
}
