//! The images that an operation names, and the store of the guest's state among theirs.

use std::collections::BTreeSet;

use super::SnapshotError;
use super::store::Store;
use crate::api::RunState;
use crate::block::Image;
use crate::core::Core;

/// Returns the images of nodes without duplicates, in the order in which they are locked.
pub(super) fn images(core: &Core, devices: &[String]) -> Result<BTreeSet<Image>, SnapshotError> {
    if devices.is_empty() {
        return Err(SnapshotError::NoDevices);
    }
    // Memory that is still arriving would block the job until the source sends it, and all commands
    // with it.
    if core.state().incoming.is_postcopy() {
        return Err(SnapshotError::Migrating);
    }
    // Before it arrives and after it has left, the guest's disks belong to another process.
    let gone = matches!(core.run_state(), RunState::FinishMigrate | RunState::Postmigrate);
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

/// Returns the store of the node `vmstate`, which must be one of `devices`.
pub(super) fn store_of<'a>(
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
