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

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::SnapshotError;
use super::store::{Store, fresh_id, is_plain, sync_folder};
use crate::block::Image;

const INTENT: &str = ".intent";
const DECIDED: &str = ".decided";
const TEMPORARY: &str = ".tmp";
/// Place of the decision if it is in the same store, which may be moved with its image.
const HERE: &str = "";

/// A step in a store. Names are those of files in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Renames a file.
    Rename { from: String, to: String },
    /// Replaces the image with a file.
    Replace(String),
    /// Removes a file.
    Remove(String),
}

/// The planned change of one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intent {
    /// Steps to do after the decision.
    pub(super) steps: Vec<Step>,
    /// Files to remove without a decision.
    pub(super) orphans: Vec<String>,
}

/// A change in progress. Dropping it before the decision undoes it.
pub(super) struct Transaction<'a> {
    operation: String,
    parts: Vec<(&'a Store, Intent)>,
    decided: bool,
}

impl<'a> Transaction<'a> {
    /// Writes the intents to all stores. The first store gets the decision.
    pub(super) fn begin(parts: Vec<(&'a Store, Intent)>) -> Result<Self, SnapshotError> {
        let transaction = Self { operation: fresh_id(), parts, decided: false };
        let Some((first, _)) = transaction.parts.first() else { return Ok(transaction) };
        let decision = transaction.decision(first);
        for (number, (store, intent)) in transaction.parts.iter().enumerate() {
            let decision = if number == 0 { Path::new(HERE) } else { &decision };
            store.write_json(&transaction.intent(), &intent.write(decision)?)?;
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
        let others = self.parts.iter().map(|(store, _)| text(store.image().path()));
        let others = others.collect::<Result<Vec<_>, _>>()?;
        let decided = format!("{}{DECIDED}", self.operation);
        first.write_json(&decided, &json!(others))?;
        self.decided = true;
        for (store, intent) in &self.parts {
            settle(store, &self.intent(), intent, true)?;
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
            for (store, intent) in &self.parts {
                // Files that cannot be removed now are removed when the store is opened next.
                let _ = settle(store, &self.intent(), intent, false);
            }
        }
    }
}

/// Completes or undoes an intent, and removes it.
fn settle(store: &Store, name: &str, intent: &Intent, decided: bool) -> Result<(), SnapshotError> {
    if decided {
        for step in &intent.steps {
            step.take(store)?;
        }
    } else {
        for orphan in &intent.orphans {
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

    fn write(&self) -> Value {
        match self {
            Self::Rename { from, to } => json!(["rename", from, to]),
            Self::Replace(with) => json!(["replace", with]),
            Self::Remove(name) => json!(["remove", name]),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        let words: Vec<&str> =
            value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        let step = match words[..] {
            ["rename", from, to] => Self::Rename { from: from.into(), to: to.into() },
            ["replace", with] => Self::Replace(with.into()),
            ["remove", name] => Self::Remove(name.into()),
            _ => return None,
        };
        words[1..].iter().all(|name| is_name(name)).then_some(step)
    }
}

/// Returns true if this is a plain file name, which cannot lead out of the store.
fn is_name(name: &str) -> bool {
    !name.contains('/') && !matches!(name, "" | "." | "..")
}

impl Intent {
    fn write(&self, decision: &Path) -> Result<Value, SnapshotError> {
        let steps: Vec<Value> = self.steps.iter().map(Step::write).collect();
        Ok(json!({"decision": text(decision)?, "steps": steps, "orphans": self.orphans}))
    }

    /// Parses an intent and the place of its decision.
    fn read(value: &Value) -> Option<(Self, PathBuf)> {
        let orphan = |name: &Value| name.as_str().filter(|name| is_name(name)).map(str::to_owned);
        let steps = value["steps"].as_array()?.iter().map(Step::read).collect::<Option<_>>()?;
        let orphans = value["orphans"].as_array()?.iter().map(orphan).collect::<Option<_>>()?;
        Some((Self { steps, orphans }, value["decision"].as_str()?.into()))
    }
}

fn text(path: &Path) -> Result<&str, SnapshotError> {
    path.to_str()
        .ok_or_else(|| SnapshotError::file(path, &std::io::ErrorKind::InvalidFilename.into()))
}

/// Completes or undoes the unfinished operations in a store. It is locked, so no process works in
/// it.
pub(super) fn recover(store: &Store) -> Result<(), SnapshotError> {
    for name in store.names()? {
        if name.ends_with(TEMPORARY) {
            store.remove(&name)?;
        } else if let Some(operation) = name.strip_suffix(INTENT) {
            let (intent, decision) = read_intent(store, &name)?;
            let decided = store.has(&format!("{operation}{DECIDED}")) || is_plain(&decision);
            if decided || decision == Path::new(HERE) || is_at_home(&decision) {
                settle(store, &name, &intent, decided)?;
            }
        }
    }
    // For decisions in this store: complete the other stores, then remove the decision.
    for name in store.names()? {
        if let Some(operation) = name.strip_suffix(DECIDED) {
            let value = store.read_json(&name)?;
            let others = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            let done = others.map(|image| finish_elsewhere(store, Path::new(image), operation));
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

fn read_intent(store: &Store, name: &str) -> Result<(Intent, PathBuf), SnapshotError> {
    let damaged =
        || SnapshotError::file(&store.path(name), &std::io::ErrorKind::InvalidData.into());
    Intent::read(&store.read_json(name)?).ok_or_else(damaged)
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
    use super::*;

    #[test]
    fn intents_name_files_of_their_store_only() {
        let steps = vec![
            Step::Rename { from: "a".into(), to: "b".into() },
            Step::Replace("c".into()),
            Step::Remove("d".into()),
        ];
        let intent = Intent { steps, orphans: vec!["e".into()] };
        let decision = PathBuf::from("/x/disk.snapshots/o.decided");
        let written = intent.write(&decision).unwrap();
        assert_eq!(Intent::read(&written), Some((intent, decision)));
        for wrong in [
            json!({"decision": "/d", "steps": [["remove", "../disk"]], "orphans": []}),
            json!({"decision": "/d", "steps": [["rename", "a", "/etc/x"]], "orphans": []}),
            json!({"decision": "/d", "steps": [["burn", "a"]], "orphans": []}),
            json!({"decision": "/d", "steps": [], "orphans": [".."]}),
            json!({"decision": 1, "steps": [], "orphans": []}),
            json!([]),
        ] {
            assert_eq!(Intent::read(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_store_that_was_moved_knows_its_own_decisions() {
        for decided in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (disk, moved) = (folder.path().join("disk"), folder.path().join("elsewhere"));
            std::fs::write(&disk, b"disk").unwrap();
            let image = Image::open(&disk).unwrap().unwrap();
            let store = Store::open(&image).unwrap();
            let steps = vec![Step::Rename { from: "new".into(), to: "there".into() }];
            let intent = Intent { steps, orphans: vec!["new".into()] };
            let transaction = Transaction::begin(vec![(&store, intent)]).unwrap();
            std::fs::write(store.path("new"), b"x").unwrap();
            if decided {
                store
                    .write_json(&format!("{}{DECIDED}", transaction.operation), &json!([]))
                    .unwrap();
            }
            // Simulates the end of the process.
            std::mem::forget(transaction);
            drop(store);
            std::fs::rename(&disk, &moved).unwrap();
            std::fs::rename(Store::folder_of(&disk), Store::folder_of(&moved)).unwrap();
            let image = Image::open(&moved).unwrap().unwrap();
            drop(Store::existing(&image).unwrap());
            assert_eq!(Store::folder_of(&moved).join("there").exists(), decided);
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
        let intent = Intent { steps: Vec::new(), orphans: vec!["x.disk".into()] };
        let away = folder.path().join("away/disk.snapshots/o.decided");
        store.write_json("o.intent", &intent.write(&away).unwrap()).unwrap();
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
        store.write_json("o.intent", &json!({"steps": 1})).unwrap();
        drop(store);
        let error = Store::existing(&image).unwrap_err().to_string();
        assert!(error.contains("o.intent': invalid data"), "{error}");
    }
}
