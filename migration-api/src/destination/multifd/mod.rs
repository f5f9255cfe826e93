//! Multifd at the destination: one thread per channel stores pages, synchronised with the main
//! channel.

mod lane;
mod meeting;

use std::sync::Arc;

use super::Failure;
use super::accept;
use super::memory::Memory;
use crate::lifetime::Lifetime;
use crate::stream::multifd::Decoder;
use crate::stream::ram::BlockTable;
use crate::transport::{Channel, TransportError, reason};

use lane::Receiver;
use meeting::Meeting;

/// Block table and memory for the multifd channels.
pub(super) struct Landing {
    pub(super) blocks: BlockTable,
    pub(super) memory: Arc<[Memory]>,
}

/// The multifd channels of a migration, as the reader of the main channel sees them. Dropping it
/// cuts them.
pub(super) struct Lanes {
    meeting: Arc<Meeting>,
    channels: Vec<Arc<Channel>>,
}

impl Lanes {
    /// Starts to read the channels. A fault on one of them ends the reading of `main`, too.
    ///
    /// # Errors
    /// A decompressor or thread that cannot be had.
    pub(super) fn start(
        lanes: Vec<accept::Lane>,
        main: Arc<Channel>,
        window: u64,
        lifetime: &Arc<Lifetime>,
    ) -> Result<Self, Failure> {
        let meeting = Arc::new(Meeting::new(lanes.len(), main));
        let mut started = Self { meeting: meeting.clone(), channels: Vec::new() };
        for (id, accept::Lane { channel, reader }) in lanes.into_iter().enumerate() {
            let channel = Arc::new(channel);
            let decoder = Decoder::with_window(reader.method(), window)?;
            let receiver = Receiver::new(id, channel.clone(), reader, decoder, meeting.clone());
            started.channels.push(channel);
            lifetime
                .spawn(&format!("mig/dst/recv_{id}"), move || receiver.run())
                .map_err(|error| TransportError::Io(reason(&error)))?;
        }
        Ok(started)
    }

    /// Sets the block table and memory, once the block list is complete.
    pub(super) fn land(&self, landing: Landing) {
        self.meeting.land(landing);
    }

    /// Called at a flush record on the main channel: waits for the SYNC of every channel.
    ///
    /// # Errors
    /// A channel has failed or ended before.
    pub(super) fn mark(&self) -> Result<(), Failure> {
        self.meeting.mark()
    }

    /// Returns the error of a failed channel.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.meeting.failure()
    }

    /// Called at the end of the main channel: no more pages may arrive. Drains each channel to EOF:
    /// closing with unread data would send RST and fail the source's last write.
    ///
    /// # Errors
    /// A channel has failed, or is receiving a page.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.meeting.end()?;
        self.channels.clear();
        Ok(())
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        // After a success there are none left.
        self.channels.iter().for_each(|channel| channel.shut_down());
        self.meeting.abandon();
    }
}
