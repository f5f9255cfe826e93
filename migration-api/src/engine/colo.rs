//! Controls COLO for clients.

use crate::api::{COLOMode as Mode, COLOStatus};
use crate::engine::Engine;

/// Error that refuses `x-colo-lost-heartbeat`. `Display` is the text for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColoError {
    /// The process is not in COLO.
    #[error("VM is not in COLO mode")]
    NotInColo,
    /// A failover is in progress already.
    #[error("COLO failover is already activated")]
    FailingOver,
}

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
