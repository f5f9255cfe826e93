//! Controls COLO for clients.

use std::fmt;

use crate::api::{COLOMode as Mode, COLOStatus};
use crate::engine::Engine;

/// Error that refuses `x-colo-lost-heartbeat`. `Display` is the text for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColoError {
    /// The process is not in COLO.
    NotInColo,
    /// A failover is in progress already.
    FailingOver,
}

impl fmt::Display for ColoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInColo => "VM is not in COLO mode",
            Self::FailingOver => "COLO failover is already activated",
        })
    }
}

impl std::error::Error for ColoError {}

impl Engine {
    /// Reports that the peer is lost, which makes this side continue alone.
    ///
    /// # Errors
    /// The process is not in COLO, or a failover is in progress.
    pub fn lost_heartbeat(&self) -> Result<(), ColoError> {
        let mut role = self.core.colo.role();
        if role.mode == Mode::None {
            return Err(ColoError::NotInColo);
        }
        if role.failing_over {
            return Err(ColoError::FailingOver);
        }
        role.failing_over = true;
        let stop = role.stop.clone();
        drop(role);
        self.core.colo.changed.notify_all();
        if let Some(stop) = stop {
            stop.stop();
        }
        Ok(())
    }

    /// Returns the current and the last COLO role.
    pub fn colo_status(&self) -> COLOStatus {
        self.core.colo.status()
    }
}
