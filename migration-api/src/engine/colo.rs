//! Controls COLO for clients.

use crate::api::COLOStatus;
use crate::engine::Engine;

pub use crate::core::ColoError;

impl Engine {
    /// Reports that the peer is lost, which makes this side continue alone.
    ///
    /// # Errors
    /// The process is not in COLO, a failover is in progress, or feature `colo` is missing.
    pub fn lost_heartbeat(&self) -> Result<(), ColoError> {
        self.core.colo.lose_peer()
    }

    /// Returns the current and the last COLO role.
    ///
    /// # Errors
    /// Feature `colo` is missing.
    pub fn colo_status(&self) -> Result<COLOStatus, ColoError> {
        self.core.colo.status()
    }
}
