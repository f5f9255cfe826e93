//! Changes several stores atomically, even if the process ends in between.
//!
//! On disk, in this order, each synced before the next:
//!
//! 1. in every store an intent, `OPERATION.intent`: the steps to do after the decision, and the
//!    files to remove without it;
//! 2. the new files, which do not count yet;
//! 3. in the first store the decision, `OPERATION.decided`, whose existence decides;
//! 4. the steps of the intents, which can be repeated;
//! 5. the removal of the intents, and finally of the decision.
//!
//! On opening a store, an intent is completed or undone according to its decision. The first store
//! has both, so it can be moved. If the image whose store holds the decision is missing, the
//! outcome is unknown, so the intent is kept.
//!
//! The file system must provide the following. ext4, XFS and btrfs do, on disks that obey flushes;
//! a network file system may not.
//!
//! - `rename` is atomic, within a store and from a store to the image in its parent folder: after a
//!   crash, the new name leads to the old file or to the new one.
//! - `fsync` of a file returns once its content and size are on disk.
//! - `fsync` of a folder returns once all changes of its entries so far are on disk, and so before
//!   all later changes. Nothing is assumed of the order of changes that no `fsync` separates.
//! - `flock` excludes the other processes that use the store.

use std::io;
use std::path::{Path, PathBuf};

use super::SnapshotError;
use super::record::{Change, Decision, Intent, Step, fresh_id};
use super::store::{Store, is_plain, sync_folder};
use crate::block::Image;

const INTENT: &str = ".intent";
const DECIDED: &str = ".decided";
const TEMPORARY: &str = ".tmp";
/// Place of the decision if it is in the same store, which may be moved with its image.
const HERE: &str = "";

/// A change in progress. Dropping it before the decision undoes it.
pub(super) struct Transaction<'a> {
    operation: String,
    parts: Vec<(&'a Store, Change)>,
    decided: bool,
}

impl<'a> Transaction<'a> {
    /// Writes the intents to all stores. The first store gets the decision.
    pub(super) fn begin(parts: Vec<(&'a Store, Change)>) -> Result<Self, SnapshotError> {
        let transaction = Self { operation: fresh_id(), parts, decided: false };
        let Some((first, _)) = transaction.parts.first() else { return Ok(transaction) };
        let decision = transaction.decision(first);
        for (number, (store, change)) in transaction.parts.iter().enumerate() {
            let decision = if number == 0 { HERE.into() } else { decision.clone() };
            let intent = Intent { decision, change: change.clone() };
            store.write_record(&transaction.intent(), &intent)?;
            // The folder itself may be new.
            store.image().path().parent().map_or(Ok(()), sync_folder)?;
        }
        Ok(transaction)
    }

    fn intent(&self) -> String {
        format!("{}{INTENT}", self.operation)
    }

    fn decision(&self, store: &Store) -> PathBuf {
        store.path(&format!("{}{DECIDED}", self.operation))
    }

    /// Makes the decision and does the steps. After an error, the change is undone now or completed
    /// when the stores are opened next.
    pub(super) fn commit(mut self) -> Result<(), SnapshotError> {
        let Some((first, _)) = self.parts.first() else { return Ok(()) };
        for (store, _) in &self.parts {
            store.sync()?;
        }
        let images = self.parts.iter().map(|(store, _)| store.image().path().to_owned());
        let decided = format!("{}{DECIDED}", self.operation);
        first.write_record(&decided, &Decision { images: images.collect() })?;
        self.decided = true;
        for (store, change) in &self.parts {
            settle(store, &self.intent(), change, true)?;
        }
        first.remove(&decided)?;
        first.sync()
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.decided {
            // The decision may be on disk although it could not be synced. While it exists, nothing
            // may be undone. The change is completed when the stores are opened next.
            let decided = format!("{}{DECIDED}", self.operation);
            let taken_back = |first: &Store| first.remove(&decided).and_then(|()| first.sync());
            if self.parts.first().is_some_and(|(first, _)| taken_back(first).is_err()) {
                return;
            }
            for (store, change) in &self.parts {
                // Files that cannot be removed now are removed when the store is opened next.
                let _ = settle(store, &self.intent(), change, false);
            }
        }
    }
}

/// Completes or undoes an intent, and removes it.
fn settle(store: &Store, name: &str, change: &Change, decided: bool) -> Result<(), SnapshotError> {
    if decided {
        for step in &change.steps {
            step.take(store)?;
        }
    } else {
        for orphan in &change.orphans {
            store.remove(orphan)?;
        }
    }
    store.sync()?;
    store.remove(name)?;
    store.sync()
}

impl Step {
    /// Does the step. Has no effect if it was done before.
    fn take(&self, store: &Store) -> Result<(), SnapshotError> {
        match self {
            Self::Rename { from, to } => store.rename(from, to),
            Self::Remove(name) => store.remove(name),
            Self::Replace(with) => {
                store.replace_image(with)?;
                store.image().path().parent().map_or(Ok(()), sync_folder)
            }
        }
    }
}

impl Store {
    /// Opens an image's store, and completes or undoes unfinished operations in it. Returns `None`
    /// if the image has none.
    pub(super) fn existing(image: &Image) -> Result<Option<Self>, SnapshotError> {
        let store = Self::lock(image)?;
        store.as_ref().map_or(Ok(()), recover)?;
        Ok(store)
    }

    /// Opens an image's store, and creates it if necessary.
    pub(super) fn open(image: &Image) -> Result<Self, SnapshotError> {
        let folder = Self::folder_of(image.path());
        loop {
            match std::fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(SnapshotError::file(&folder, &error));
                }
                _ => {}
            }
            if let Some(store) = Self::existing(image)? {
                return Ok(store);
            }
        }
    }
}

/// Completes or undoes the unfinished operations in a store. It is locked, so no process works in
/// it.
fn recover(store: &Store) -> Result<(), SnapshotError> {
    for name in store.names()? {
        if name.ends_with(TEMPORARY) {
            store.remove(&name)?;
        } else if let Some(operation) = name.strip_suffix(INTENT) {
            let Intent { decision, change } = store.read_record(&name)?;
            let decided = store.has(&format!("{operation}{DECIDED}")) || is_plain(&decision);
            if decided || decision == Path::new(HERE) || is_at_home(&decision) {
                settle(store, &name, &change, decided)?;
            }
        }
    }
    // For decisions in this store: complete the other stores, then remove the decision.
    for name in store.names()? {
        if let Some(operation) = name.strip_suffix(DECIDED) {
            let Decision { images } = store.read_record(&name)?;
            let done = images.iter().map(|image| finish_elsewhere(store, image, operation));
            if done.collect::<Result<Vec<bool>, _>>()?.into_iter().all(|done| done) {
                store.remove(&name)?;
                store.sync()?;
            }
        }
    }
    Ok(())
}

/// Returns true if the decision would exist if it had been made. Empty folders are removed, but not
/// the image.
fn is_at_home(decision: &Path) -> bool {
    let folder = decision.parent();
    folder.is_some_and(|folder| folder.is_dir() || folder.with_extension("").exists())
}

/// Completes a decided operation in the store of another image. Returns true if nothing is left to
/// do.
fn finish_elsewhere(here: &Store, image: &Path, operation: &str) -> Result<bool, SnapshotError> {
    let intent = Store::folder_of(image).join(format!("{operation}{INTENT}"));
    if here.image().path() == image || !is_plain(&intent) {
        return Ok(true);
    }
    // Opening the store completes the operation, because the decision exists.
    let Some(image) = Image::open(image).ok().flatten() else { return Ok(false) };
    match Store::existing(&image) {
        Ok(_) => Ok(!is_plain(&intent)),
        Err(SnapshotError::Locked(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::FileName;
    use super::*;

    #[test]
    fn a_store_that_was_moved_knows_its_own_decisions() {
        for decided in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (disk, moved) = (folder.path().join("disk"), folder.path().join("elsewhere"));
            std::fs::write(&disk, b"disk").unwrap();
            let image = Image::open(&disk).unwrap().unwrap();
            let store = Store::open(&image).unwrap();
            let (new, there) = (FileName::of("x", "new"), FileName::of("x", "there"));
            let steps = vec![Step::Rename { from: new.clone(), to: there.clone() }];
            let change = Change { steps, orphans: vec![new.clone()] };
            let transaction = Transaction::begin(vec![(&store, change)]).unwrap();
            std::fs::write(store.path(&new), b"x").unwrap();
            if decided {
                let name = format!("{}{DECIDED}", transaction.operation);
                store.write_record(&name, &Decision { images: Vec::new() }).unwrap();
            }
            // Simulates the end of the process.
            std::mem::forget(transaction);
            drop(store);
            std::fs::rename(&disk, &moved).unwrap();
            std::fs::rename(Store::folder_of(&disk), Store::folder_of(&moved)).unwrap();
            let image = Image::open(&moved).unwrap().unwrap();
            drop(Store::existing(&image).unwrap());
            assert_eq!(Store::folder_of(&moved).join(&*there).exists(), decided);
            assert_eq!(Store::folder_of(&moved).exists(), decided, "nothing else is left");
        }
    }

    #[test]
    fn undecided_intents_are_kept_and_damaged_ones_named() {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        std::fs::write(&disk, b"disk").unwrap();
        let image = Image::open(&disk).unwrap().unwrap();
        let store = Store::open(&image).unwrap();
        let change = Change { steps: Vec::new(), orphans: vec![FileName::of("x", "disk")] };
        let decision = folder.path().join("away/disk.snapshots/o.decided");
        store.write_record("o.intent", &Intent { decision, change }).unwrap();
        std::fs::write(store.path("x.disk"), b"x").unwrap();
        drop(store);
        drop(Store::existing(&image).unwrap());
        assert!(Store::folder_of(&disk).join("x.disk").exists());
        // If the image is found without the decision, there was none.
        std::fs::create_dir(folder.path().join("away")).unwrap();
        std::fs::write(folder.path().join("away/disk"), b"").unwrap();
        drop(Store::existing(&image).unwrap());
        assert!(!Store::folder_of(&disk).exists());

        let store = Store::open(&image).unwrap();
        std::fs::write(store.path("o.intent"), r#"{"format": 1, "steps": 1}"#).unwrap();
        drop(store);
        let error = Store::existing(&image).unwrap_err().to_string();
        assert!(error.ends_with("o.intent': missing field `decision`"), "{error}");
    }
}
