//! Snapshots of the guest and its disks, stored beside the disks' images.
//!
//! Each image `DISK` has a folder `DISK.snapshots` while it has snapshots. A snapshot consists of
//! `ID.json` (its tag, a flag for the guest's state, the time), `ID.disk` (the image's bytes) and,
//! beside one of the images, `ID.vmstate` (memory and devices, in the format of a migration). Every
//! folder is complete in itself and can be moved with its image. Operations on several images
//! happen in all of them or in none: see `transaction.rs`. `record.rs` defines the JSON files.
//!
//! A guest with snapshots implements [`Guest::disks`](crate::guest::Guest::disks), whose hooks are
//! called around the copies, and [`Guest::reset`](crate::guest::Guest::reset), which
//! `snapshot_load` calls before it loads devices.
//!
//! ```
//! use std::path::Path;
//!
//! use migration_api::api::{JobStatus, JobVerb};
//! use migration_api::block::{Image, Nodes};
//! use migration_api::engine::{Engine, Event};
//!
//! # fn f(guest: std::sync::Arc<dyn migration_api::guest::Guest>)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let mut nodes = Nodes::default();
//! nodes.add("disk0".into(), Image::open(Path::new("disk.qcow2"))?);
//! let engine = Engine::builder(guest).nodes(nodes).build();
//! engine.recover_snapshots()?;
//! let events = engine.events();
//! engine.snapshot_save("save1", "before-update".into(), "disk0".into(), vec!["disk0".into()])?;
//! let concluded = Event::JobStatusChange { id: "save1".into(), status: JobStatus::Concluded };
//! while events.recv()? != concluded {}
//! let job = engine.jobs().into_iter().find(|job| job.id == "save1");
//! engine.ask_job("save1", JobVerb::Dismiss)?;
//! if let Some(error) = job.and_then(|job| job.error) {
//!     return Err(error.into());
//! }
//! # Ok(())
//! # }
//! ```

mod crash;
mod delete;
mod duplicate;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod images;
mod load;
mod record;
mod save;
mod store;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::BTreeSet;

use crate::api::JobType;
use crate::block::Image;
use crate::engine::Engine;
use crate::engine::jobs::JobError;
use store::Store;

pub use error::SnapshotError;

impl Engine {
    /// Starts a job that saves the guest and the images of `devices` as a snapshot. Memory and
    /// devices go to the node `vmstate`, which must be one of `devices`. The guest is stopped
    /// meanwhile. The id stays taken, also after a failure, until the concluded job is
    /// [dismissed](Self::ask_job).
    ///
    /// # Errors
    /// The job's id cannot be used. All other errors are the job's.
    pub fn snapshot_save(
        &self,
        job: &str,
        tag: String,
        vmstate: String,
        devices: Vec<String>,
    ) -> Result<(), JobError> {
        self.start_job(job, JobType::SnapshotSave, move |core, stop| {
            save::save(core, stop, &tag, &vmstate, &devices)
        })
    }

    /// Starts a job that restores the guest and the images of `devices` from a snapshot. A guest
    /// that ran runs again, but stays stopped if the job fails. The id stays taken until the
    /// concluded job is [dismissed](Self::ask_job).
    ///
    /// If the job fails after it has begun to load, the run state is [`RunState::InternalError`],
    /// and the guest needs a [`reset`](Self::reset) or a load that succeeds before
    /// [`cont`](Self::cont). (QEMU 10.0.2 runs a guest that is loaded in part.) The guest's reason
    /// is in an [`Event::Log`](crate::engine::Event::Log); the job's error has QEMU's words.
    ///
    /// [`RunState::InternalError`]: crate::api::RunState::InternalError
    ///
    /// # Errors
    /// The job's id cannot be used. All other errors are the job's.
    pub fn snapshot_load(
        &self,
        job: &str,
        tag: String,
        vmstate: String,
        devices: Vec<String>,
    ) -> Result<(), JobError> {
        self.start_job(job, JobType::SnapshotLoad, move |core, stop| {
            load::load(core, stop, &tag, &vmstate, &devices)
        })
    }

    /// Starts a job that deletes a snapshot from `devices`. The id stays taken until the concluded
    /// job is [dismissed](Self::ask_job).
    ///
    /// # Errors
    /// The job's id cannot be used. All other errors are the job's.
    pub fn snapshot_delete(
        &self,
        job: &str,
        tag: String,
        devices: Vec<String>,
    ) -> Result<(), JobError> {
        self.start_job(job, JobType::SnapshotDelete, move |core, _stop| {
            delete::delete(core, &tag, &devices)
        })
    }

    /// Loads a snapshot of all nodes that can have one, before the guest runs for the first time.
    /// Finds the guest's state beside any of them.
    ///
    /// # Errors
    /// No node can have snapshots, the snapshot does not exist, or it does not fit this guest.
    pub fn begin_with_snapshot(&self, tag: &str) -> Result<(), SnapshotError> {
        self.core.lifetime.check(SnapshotError::Ended)?;
        let stop = self.core.lifetime.switch()?;
        load::begin(&self.core, &stop, tag)
    }

    /// Completes or undoes operations on this engine's images that another process left unfinished
    /// when it ended.
    ///
    /// # Errors
    /// A folder cannot be read or written.
    pub fn recover_snapshots(&self) -> Result<(), SnapshotError> {
        let state = self.core.state();
        let images: BTreeSet<Image> =
            state.nodes.iter().filter_map(|(_, node)| node.image.clone()).collect();
        drop(state);
        for image in images {
            match Store::existing(&image) {
                // A running process holds the lock, so the operation is not abandoned.
                Ok(_) | Err(SnapshotError::Locked(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
