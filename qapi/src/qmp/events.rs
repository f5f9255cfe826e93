//! Events on their way to the clients.

use crate::Event;

/// Sends events to every client that has negotiated.
#[derive(Debug, Clone, Default)]
pub struct Events {}

impl Events {
    /// Sends an event.
    pub fn emit<E: Event>(&self, event: &E) {
        let _ = event;
    }
}
