//! Multifd at the destination: a thread for each channel puts pages where they belong, in step with the main channel.

mod lane;
mod meeting;

use std::sync::Arc;

use super::Failure;
use super::accept;
use super::memory::Memory;
use crate::stream::multifd::Decoder;
use crate::stream::ram::BlockTable;
use crate::transport::{Channel, TransportError, reason};

use lane::Receiver;
use meeting::Meeting;

/// Where pages go.
pub(super) struct Landing {
    pub(super) blocks: BlockTable,
    pub(super) memory: Arc<[Memory]>,
}

/// The multifd channels of a migration, as the reader of the main channel sees them. When dropped, they are cut.
pub(super) struct Lanes {
    meeting: Arc<Meeting>,
    channels: Vec<Arc<Channel>>,
}

impl Lanes {
    /// Starts to read the channels. A fault on one of them ends the reading of `main`, too.
    ///
    /// # Errors
    /// A decompressor or thread that cannot be had.
    pub(super) fn start(lanes: Vec<accept::Lane>, main: Arc<Channel>) -> Result<Self, Failure> {
        let meeting = Arc::new(Meeting::new(lanes.len(), main));
        let mut started = Self { meeting: meeting.clone(), channels: Vec::new() };
        for (id, accept::Lane { channel, reader }) in lanes.into_iter().enumerate() {
            let channel = Arc::new(channel);
            let decoder = Decoder::new(reader.method())?;
            let receiver = Receiver::new(id, channel.clone(), reader, decoder, meeting.clone());
            started.channels.push(channel);
            let thread = std::thread::Builder::new().name(format!("mig/dst/recv_{id}"));
            thread
                .spawn(move || receiver.run())
                .map_err(|error| TransportError::Io(reason(&error)))?;
        }
        Ok(started)
    }

    /// Tells where pages go: the block list is complete.
    pub(super) fn land(&self, landing: Landing) {
        self.meeting.land(landing);
    }

    /// The main channel is at a mark: waits until every channel is at its counterpart.
    ///
    /// # Errors
    /// A channel with a fault, or one that ended before.
    pub(super) fn mark(&self) -> Result<(), Failure> {
        self.meeting.mark()
    }

    /// What a channel failed of, if one did.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.meeting.failure()
    }

    /// The main channel is at its end, and no page may come any more. The channels are read up to their ends: whoever closed earlier
    /// would have the source's last bytes bounce.
    ///
    /// # Errors
    /// A channel with a fault, or with a page on its way.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.meeting.end()?;
        self.channels.clear();
        Ok(())
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        // After a good end there are none left.
        self.channels.iter().for_each(|channel| channel.shut_down());
        self.meeting.abandon();
    }
}
