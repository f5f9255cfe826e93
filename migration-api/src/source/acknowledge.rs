//! The wait for the destination's acknowledgement of the switchover.

use std::time::{Duration, Instant};

use super::error::SourceError;
use super::iterate::Precopy;
use super::lifecycle::Peer;
use crate::api::{MigrationCapability as Capability, RunState};

/// Longest wait for an acknowledgement, once the destination has answered on the return path and
/// nothing else is missing. A destination of the same kind as this source acknowledges before its
/// first answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Precopy<'_> {
    /// Returns true if the destination has acknowledged the switchover, or need not.
    pub(super) fn acknowledged(&self) -> bool {
        let core = &self.source.core;
        let needed = self.return_path
            && self.source.capabilities.has(Capability::SwitchoverAck)
            && core.generation.acknowledges_once(&self.configuration.machine)
            && core.run_state() == RunState::Running;
        !needed || self.source.run.look().heard() == Peer::Acknowledged
    }

    /// Called while only the acknowledgement is missing.
    ///
    /// # Errors
    /// It is not going to come.
    pub(super) fn check_acknowledgement(&mut self) -> Result<(), SourceError> {
        if self.source.run.look().heard() == Peer::Silent {
            return Ok(());
        }
        let since = *self.unacknowledged.get_or_insert_with(Instant::now);
        if since.elapsed() < PATIENCE {
            Ok(())
        } else {
            Err(SourceError::NotAcknowledged(PATIENCE))
        }
    }
}
