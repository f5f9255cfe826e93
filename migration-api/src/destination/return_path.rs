//! What the destination tells its source, backwards on the main channel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::stream::return_path::Message;
use crate::transport::{Channel, TransportError};

/// The return path, open or not. Several threads may speak; messages stay whole.
#[derive(Default)]
pub(super) struct ReturnPath(Mutex<Option<Arc<Channel>>>);

impl ReturnPath {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Channel>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Speaks over `channel` from now on, if the other side can hear anything there.
    pub(super) fn open(&self, channel: &Arc<Channel>) {
        *self.lock() = channel.is_duplex().then(|| channel.clone());
    }

    /// Whether there is anybody to speak to.
    pub(super) fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    /// Says something, if there is anybody to hear it.
    ///
    /// # Errors
    /// A connection that is gone.
    pub(super) fn say(&self, message: &Message) -> Result<(), TransportError> {
        // The lock is this path's own: who waits for it has to wait for the channel anyway.
        let channel = self.lock();
        let Some(channel) = &*channel else { return Ok(()) };
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        channel.write_all(&bytes)
    }
}
