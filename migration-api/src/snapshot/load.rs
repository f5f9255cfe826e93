//! Loads a snapshot: restores the guest and its images.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::duplicate::{NamedFile, duplicate};
use super::images::{images, store_of};
use super::record::{Change, FileName, Snapshot, Step, fresh_id};
use super::store::Store;
use super::transaction::Transaction;
use super::{SnapshotError, crash};
use crate::api::RunState;
use crate::block::Image;
use crate::core::{Core, Event};
use crate::destination::{LoadFailure, load_saved};
use crate::guest::answer;
use crate::transport::{Channel, Stop};
use crate::unwind::catch_panic;

/// Does the work of `snapshot-load`. A guest that ran stays stopped after an error.
pub(super) fn load(
    core: &Arc<Core>,
    stop: &Arc<Stop>,
    tag: &str,
    vmstate: &str,
    devices: &[String],
) -> Result<(), SnapshotError> {
    let running = core.run_lock_for_job();
    let before = core.run_state();
    if before == RunState::Running {
        core.halt_holding(&running, RunState::RestoreVm)?;
    }
    drop(running);
    let images = images(core, devices)?;
    let found = find(&images, tag)?;
    let (stores, snapshots): (Vec<Store>, Vec<Snapshot>) = found.into_iter().unzip();
    let vm_state = store_of(core, &stores, vmstate, devices)?;
    let vm_state =
        stores.iter().zip(&snapshots).find(|(store, _)| store.image() == vm_state.image());
    let vm_state =
        vm_state.filter(|(_, snapshot)| snapshot.vm_state).ok_or(SnapshotError::DiskOnly)?;
    // QEMU detects this only after it has restored the disks.
    if core.state().outgoing.machine.is_running() {
        return Err(SnapshotError::YankTaken);
    }
    put_back(core, stop, &stores, &snapshots, vm_state)?;
    match before {
        RunState::Running => core.restore_holding(&core.run_lock_for_job(), before)?,
        // The guest is whole again after an earlier load that failed, and can be continued.
        RunState::InternalError => core.enter(&core.run_lock_for_job(), RunState::RestoreVm)?,
        _ => {}
    }
    Ok(())
}

/// Loads a snapshot of every node before the guest runs.
pub(super) fn begin(core: &Arc<Core>, stop: &Arc<Stop>, tag: &str) -> Result<(), SnapshotError> {
    let state = core.state();
    let nodes: Vec<String> = state
        .nodes
        .iter()
        .filter(|(_, node)| node.image.is_some())
        .map(|(name, _)| name.to_owned())
        .collect();
    drop(state);
    if nodes.is_empty() {
        return Err(SnapshotError::NoStore);
    }
    let found = find(&images(core, &nodes)?, tag)?;
    let (stores, snapshots): (Vec<Store>, Vec<Snapshot>) = found.into_iter().unzip();
    let vm_state = stores.iter().zip(&snapshots).find(|(_, snapshot)| snapshot.vm_state);
    put_back(core, stop, &stores, &snapshots, vm_state.ok_or(SnapshotError::DiskOnly)?)
}

/// Finds the snapshot, which every image must have.
fn find(images: &BTreeSet<Image>, tag: &str) -> Result<Vec<(Store, Snapshot)>, SnapshotError> {
    let missing = || SnapshotError::Missing(tag.to_owned());
    let mut found = Vec::new();
    for image in images {
        let store = Store::existing(image)?.ok_or_else(missing)?;
        let snapshot = store.find(tag)?.ok_or_else(missing)?;
        found.push((store, snapshot));
    }
    Ok(found)
}

/// Restores guest and images. The guest must be stopped.
fn put_back(
    core: &Arc<Core>,
    stop: &Arc<Stop>,
    stores: &[Store],
    snapshots: &[Snapshot],
    (vm_state, snapshot): (&Store, &Snapshot),
) -> Result<(), SnapshotError> {
    let content = FileName::of(&fresh_id(), "content");
    let change =
        || Change { steps: vec![Step::Replace(content.clone())], orphans: vec![content.clone()] };
    let transaction = Transaction::begin(stores.iter().map(|store| (store, change())).collect())?;
    for (store, snapshot) in stores.iter().zip(snapshots) {
        let disk = FileName::of(&snapshot.id, "disk");
        crash::point();
        let (from, to) = (store.read(&disk)?, store.create(&content, 0o600)?);
        let (disk, content) = (store.path(&disk), store.path(&content));
        duplicate(NamedFile(&from, &disk), NamedFile(&to, &content), stop)?;
    }
    let file = vm_state.read(&FileName::of(&snapshot.id, "vmstate"))?;
    let channel =
        Channel::descriptor(file.into(), stop).map_err(|_| SnapshotError::Load(-libc::EIO))?;
    if stop.is_stopped() {
        return Err(SnapshotError::Cancelled);
    }

    // From here on the old guest is gone.
    let loaded = catch_panic(|| {
        answer("reset", || core.guest.reset())?;
        load_saved(core, channel)
    });
    let loaded = loaded.unwrap_or(Err(LoadFailure::Panicked)).map_err(|failure| {
        for line in failure.messages() {
            core.notify(Event::Log(line));
        }
        SnapshotError::Load(-failure.errno())
    });
    let done = loaded.and_then(|()| transaction.commit());
    // The images were replaced by others of the same names.
    let reopen = || core.guest.disks().map_or(Ok(()), |disks| disks.reopen());
    let done = done.and_then(|()| Ok(answer("reopen", reopen)?));
    if done.is_err() {
        // Memory and disks do not match, so the guest must not run.
        let stopped = core.enter(&core.run_lock_for_job(), RunState::InternalError);
        core.log_guest_error("stop", stopped);
    }
    done
}
