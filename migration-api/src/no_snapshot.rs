//! Stands in for snapshots without feature `snapshot`: refuses them.

use crate::engine::Engine;
use crate::engine::jobs::JobError;
use crate::settings::{Feature, NotBuilt};

/// Error of snapshots, which this engine was built without.
pub type SnapshotError = NotBuilt;

const NOT_BUILT: NotBuilt = NotBuilt(Feature::Snapshot);

impl Engine {
    /// Refuses to save a snapshot.
    ///
    /// # Errors
    /// Always.
    pub fn snapshot_save(
        &self,
        _job: &str,
        _tag: String,
        _vmstate: String,
        _devices: Vec<String>,
    ) -> Result<(), JobError> {
        Err(JobError::NotBuilt(NOT_BUILT))
    }

    /// Refuses to load a snapshot.
    ///
    /// # Errors
    /// Always.
    pub fn snapshot_load(
        &self,
        _job: &str,
        _tag: String,
        _vmstate: String,
        _devices: Vec<String>,
    ) -> Result<(), JobError> {
        Err(JobError::NotBuilt(NOT_BUILT))
    }

    /// Refuses to delete a snapshot.
    ///
    /// # Errors
    /// Always.
    pub fn snapshot_delete(
        &self,
        _job: &str,
        _tag: String,
        _devices: Vec<String>,
    ) -> Result<(), JobError> {
        Err(JobError::NotBuilt(NOT_BUILT))
    }

    /// Refuses to load a snapshot.
    ///
    /// # Errors
    /// Always.
    pub fn begin_with_snapshot(&self, _tag: &str) -> Result<(), SnapshotError> {
        Err(NOT_BUILT)
    }

    /// Does nothing: an engine with snapshots recovers those that it has left unfinished.
    ///
    /// # Errors
    /// Never.
    pub fn recover_snapshots(&self) -> Result<(), SnapshotError> {
        Ok(())
    }
}
