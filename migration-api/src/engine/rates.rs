//! Measures and limits the rate at which the guest dirties memory.

use crate::api::{DirtyLimitInfo, DirtyRateInfo, MigrationCapability as Capability, TimeUnit};
use crate::dirty_limit::{DirtyLimitError, PERIOD};
use crate::dirty_rate::{DirtyRateError, DirtyRateRequest};
use crate::engine::Engine;

impl Engine {
    /// Starts to measure the rate at which the guest dirties memory, in the background.
    ///
    /// # Errors
    /// A measurement runs, or the request is out of range or unsupported by the guest.
    pub fn measure_dirty_rate(&self, request: DirtyRateRequest) -> Result<(), DirtyRateError> {
        self.core.dirty_rate.measure(request)
    }

    /// Returns the last measurement, with times in `unit`.
    pub fn dirty_rate(&self, unit: TimeUnit) -> DirtyRateInfo {
        self.core.dirty_rate.info(unit)
    }

    /// Limits the rate at which a vCPU, or all, may dirty memory, to `limit` MiB per second. 0
    /// removes the limit.
    ///
    /// # Errors
    /// The guest supports no limits, the vCPU does not exist, or a migration uses the limits.
    pub fn set_vcpu_dirty_limit(
        &self,
        vcpu: Option<i64>,
        limit: u64,
    ) -> Result<(), DirtyLimitError> {
        self.core.lifetime.check(DirtyLimitError::Ended)?;
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
    pub fn cancel_vcpu_dirty_limit(&self, vcpu: Option<i64>) -> Result<(), DirtyLimitError> {
        self.core.lifetime.check(DirtyLimitError::Ended)?;
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

    /// Returns the limits of the vCPUs that have one.
    pub fn vcpu_dirty_limits(&self) -> Vec<DirtyLimitInfo> {
        self.core.dirty_limits.info()
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
