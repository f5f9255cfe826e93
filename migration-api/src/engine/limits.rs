//! Limits the dirty rate of vCPUs for clients.

use crate::api::MigrationCapability as Capability;
use crate::dirty_limit::{DirtyLimitError, PERIOD};
use crate::engine::Engine;

impl Engine {
    /// Limits the rate at which a vCPU, or all, may dirty memory, to `limit` MiB per second. 0
    /// removes the limit.
    ///
    /// # Errors
    /// The guest supports no limits, the vCPU does not exist, or a migration uses the limits.
    pub fn limit_dirtying(&self, vcpu: Option<i64>, limit: u64) -> Result<(), DirtyLimitError> {
        let limits = &self.core.dirty_limits;
        limits.check(vcpu)?;
        if self.has_limits_in_use() {
            return Err(DirtyLimitError::Migrating("set"));
        }
        limits.set(vcpu, limit, PERIOD)
    }

    /// Removes the limit of a vCPU, or of all.
    ///
    /// # Errors
    /// The vCPU does not exist, or a migration uses the limits.
    pub fn cancel_dirty_limit(&self, vcpu: Option<i64>) -> Result<(), DirtyLimitError> {
        let limits = &self.core.dirty_limits;
        if !limits.is_possible() {
            return Ok(());
        }
        limits.check(vcpu)?;
        if self.has_limits_in_use() {
            return Err(DirtyLimitError::Migrating("cancel"));
        }
        limits.cancel(vcpu)
    }

    /// Returns true if a migration uses the limits.
    fn has_limits_in_use(&self) -> bool {
        let state = self.core.state();
        let may =
            state.outgoing.machine.is_running() && state.capabilities.has(Capability::DirtyLimit);
        drop(state);
        may && !self.core.dirty_limits.info().is_empty()
    }
}
