//! Cuts connections that hang.

use super::{Engine, Event};
use crate::api::MigrationStatus as Status;

/// Error that refuses a yank. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YankError {
    /// No connection of this kind exists.
    #[error("Instance not found")]
    NotFound,
}

impl Engine {
    /// Returns true if a migration runs whose connections can be cut.
    pub fn can_yank(&self) -> bool {
        let state = self.core.state();
        let incoming = state.incoming.machine.status();
        state.outgoing.machine.is_running()
            || state.incoming.opening.is_some()
            || (state.incoming.accepted && incoming != Status::Completed)
    }

    /// Cuts the connections of a migration, which makes it fail, or pause in postcopy. Does nothing
    /// without a migration.
    pub fn yank(&self) {
        let state = self.core.state();
        let outgoing = state.outgoing.run.clone().filter(|_| state.outgoing.machine.is_running());
        let incoming = state.incoming.run.clone();
        let opening = state.incoming.opening.clone();
        drop(state);
        if let Some(opening) = opening {
            opening.cut_waits();
        }
        if let Some(run) = outgoing {
            run.cut();
        }
        if let Some(run) = incoming {
            run.cut();
        }
    }

    /// Returns the ids of the character devices that carry monitors.
    pub fn chardevs(&self) -> &[String] {
        &self.core.chardevs
    }

    /// Reports [`Event::Disconnect`] for a character device.
    ///
    /// # Errors
    /// No character device has this id.
    pub fn disconnect(&self, chardev: &str) -> Result<(), YankError> {
        if !self.core.chardevs.iter().any(|known| known == chardev) {
            return Err(YankError::NotFound);
        }
        self.core.notify(Event::Disconnect(chardev.to_owned()));
        Ok(())
    }
}
