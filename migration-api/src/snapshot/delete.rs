//! Deletes a snapshot from all images named, or from none.

use super::SnapshotError;
use super::images::images;
use super::record::{Change, FileName, Step};
use super::store::Store;
use super::transaction::Transaction;
use crate::core::Core;

/// Does the work of `snapshot-delete`. Succeeds if no image has the snapshot.
pub(super) fn delete(core: &Core, tag: &str, devices: &[String]) -> Result<(), SnapshotError> {
    let mut stores = Vec::new();
    for image in images(core, devices)? {
        stores.extend(Store::existing(&image)?);
    }
    let mut parts = Vec::new();
    for store in &stores {
        if let Some(snapshot) = store.find(tag)? {
            let remove = |ending: &str| Step::Remove(FileName::of(&snapshot.id, ending));
            let steps = vec![remove("json"), remove("disk"), remove("vmstate")];
            parts.push((store, Change { steps, orphans: Vec::new() }));
        }
    }
    Transaction::begin(parts)?.commit()
}
