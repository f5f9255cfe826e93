//! Snapshots of the guest and its disks, kept beside the disks' images.
//!
//! Each image `DISK` has a folder `DISK.snapshots` while it has snapshots. A snapshot is there in it as `ID.json` (its tag, whether
//! the guest's state is with it, when it was made), `ID.disk` (the image's bytes as they were) and, beside one of the images,
//! `ID.vmstate` (memory and devices, in the format of a migration). Every folder is complete in itself and can be moved with its
//! image. Operations on several images happen in all of them or in none: see `transaction.rs`.

mod crash;
mod delete;
mod duplicate;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod load;
mod save;
mod store;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::api::{JobType, RunState};
use crate::block::Image;
use crate::engine::{Core, Engine};
use crate::jobs::JobError;
use crate::transport::Stop;
use store::Store;

pub use error::SnapshotError;

impl Engine {
    /// Starts a job that saves the guest and the images of `devices` as a snapshot. Memory and devices go to the node `vmstate`, which must
    /// be one of `devices`. The guest stands still meanwhile.
    ///
    /// # Errors
    /// Those of the job's id; all others are the job's.
    pub fn save_snapshot(
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

    /// Starts a job that takes the guest and the images of `devices` back to a snapshot. The guest runs on if it ran; it stays stopped if
    /// the job fails.
    ///
    /// # Errors
    /// Those of the job's id; all others are the job's.
    pub fn load_snapshot(
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

    /// Starts a job that deletes a snapshot from `devices`.
    ///
    /// # Errors
    /// Those of the job's id; all others are the job's.
    pub fn delete_snapshot(
        &self,
        job: &str,
        tag: String,
        devices: Vec<String>,
    ) -> Result<(), JobError> {
        self.start_job(job, JobType::SnapshotDelete, move |core, _stop| {
            delete::delete(core, &tag, &devices)
        })
    }

    /// Begins with a snapshot of all nodes that can have one, before the guest runs for the first time. Its state is beside whichever of
    /// them has it.
    ///
    /// # Errors
    /// No node that can have snapshots, no such snapshot, or one that does not fit this guest.
    pub fn begin_with_snapshot(&self, tag: &str) -> Result<(), SnapshotError> {
        let stop = Arc::new(Stop::new()?);
        load::begin(&self.core, &stop, tag)
    }

    /// Brings to an end what a process left behind that ended while it worked on snapshots of this engine's images: it is done or undone,
    /// so that nobody sees half of it.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub fn recover_snapshots(&self) -> Result<(), SnapshotError> {
        let state = self.core.state();
        let images: BTreeSet<Image> =
            state.nodes.iter().filter_map(|(_, node)| node.image.clone()).collect();
        drop(state);
        for image in images {
            match Store::existing(&image) {
                // Somebody else is at work there, and alive.
                Ok(_) | Err(SnapshotError::Locked(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The images of nodes, each once, in the order in which they are locked.
fn images(core: &Core, devices: &[String]) -> Result<BTreeSet<Image>, SnapshotError> {
    if devices.is_empty() {
        return Err(SnapshotError::NoDevices);
    }
    // Whoever touches memory that is still coming waits for the source, and everybody else would wait for him.
    if core.state().incoming.is_postcopy() {
        return Err(SnapshotError::Migrating);
    }
    // A guest that is to come, is on its way or is gone has left its disks to another process.
    let gone = matches!(core.guest.run_state(), RunState::FinishMigrate | RunState::Postmigrate);
    let away = core.state().waits_for_incoming || gone;
    let state = core.state();
    let found = devices.iter().map(|device| {
        let node = state.nodes.get(device);
        node.ok_or_else(|| SnapshotError::NoNode(device.clone())).map(|node| (device, node))
    });
    let nodes = found.collect::<Result<Vec<_>, _>>()?;
    let images = nodes.into_iter().map(|(device, node)| {
        let image = node.image.clone().filter(|_| !away);
        image.ok_or_else(|| SnapshotError::Unfit(device.clone()))
    });
    images.collect()
}

/// The store of the node `vmstate`, which must be one of `devices`.
fn store_of<'a>(
    core: &Core,
    stores: &'a [Store],
    vmstate: &str,
    devices: &[String],
) -> Result<&'a Store, SnapshotError> {
    let state = core.state();
    let image = state.nodes.get(vmstate).and_then(|node| node.image.as_ref());
    let image = image.filter(|_| devices.iter().any(|device| device == vmstate));
    let store = image.and_then(|image| stores.iter().find(|store| store.image() == image));
    store.ok_or_else(|| SnapshotError::NoVmState(vmstate.to_owned()))
}
