//! A change of several stores that happens in all of them or in none, whatever ends the process meanwhile.
//!
//! On disk, one after the other, each there for good before the next begins:
//!
//! 1. in every store an intent, `OPERATION.intent`: what is to be done once it is decided, and what to remove otherwise;
//! 2. the new files, which do not count yet;
//! 3. in the first store the decision, `OPERATION.decided`: one file, there or not;
//! 4. what the intents say, which can be done again if it was done in part;
//! 5. the intents are removed, and after all of them the decision.
//!
//! Who finds an intent in a store looks for its decision, and does or undoes. The first store has both, wherever it is moved. Where the
//! image is gone beside which another's was to be decided, the decision may have been moved with it: nobody knows, and the intent stays.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::store::{Store, fresh_id, sync_folder};
use super::{SnapshotError, crash};
use crate::block::Image;

const INTENT: &str = ".intent";
const DECIDED: &str = ".decided";
const TEMPORARY: &str = ".tmp";
/// Where the store decides to which an intent belongs, which may be moved with its image.
const HERE: &str = "";

/// One thing to be done in a store. Names are those of files in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A file gets another name.
    Rename { from: String, to: String },
    /// A file takes the image's place.
    Replace(String),
    /// A file goes.
    Remove(String),
}

/// What is to become of one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intent {
    /// What to do once it is decided.
    pub(super) steps: Vec<Step>,
    /// Files to remove if it is not.
    pub(super) orphans: Vec<String>,
}

/// A change under way. Dropped before it was decided, it is undone.
pub(super) struct Transaction<'a> {
    operation: String,
    parts: Vec<(&'a Store, Intent)>,
    decided: bool,
}

impl<'a> Transaction<'a> {
    /// Announces in every store what is meant to happen. The first store takes the decision.
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

    /// Decides, and does what was meant. After an error it is undone, or the next who opens the stores does the rest.
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
            // A decision may be there although it could not be made sure of. As long as it is, nothing may be undone: whoever opens
            // the stores next does the rest.
            let decided = format!("{}{DECIDED}", self.operation);
            let taken_back = |first: &Store| first.remove(&decided).and_then(|()| first.sync());
            if self.parts.first().is_some_and(|(first, _)| taken_back(first).is_err()) {
                return;
            }
            for (store, intent) in &self.parts {
                // What cannot be removed now is removed by the next who opens the store.
                let _ = settle(store, &self.intent(), intent, false);
            }
        }
    }
}

/// Does or undoes what an intent says, and removes it.
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
    /// Takes the step; without effect if it was taken before.
    fn take(&self, store: &Store) -> Result<(), SnapshotError> {
        let rename = |from: &str, to: &Path| {
            crash::point();
            match std::fs::rename(store.path(from), to) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(SnapshotError::file(to, &error))
                }
                _ => Ok(()),
            }
        };
        match self {
            Self::Rename { from, to } => rename(from, &store.path(to)),
            Self::Remove(name) => store.remove(name),
            Self::Replace(with) => {
                let image = store.image().path();
                rename(with, image)?;
                image.parent().map_or(Ok(()), sync_folder)
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

/// Whether this is the name of a file in a store, and no path out of it.
fn is_name(name: &str) -> bool {
    !name.contains('/') && !matches!(name, "" | "." | "..")
}

impl Intent {
    fn write(&self, decision: &Path) -> Result<Value, SnapshotError> {
        let steps: Vec<Value> = self.steps.iter().map(Step::write).collect();
        Ok(json!({"decision": text(decision)?, "steps": steps, "orphans": self.orphans}))
    }

    /// What is meant, and where it is decided.
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

/// Brings to an end what a process left behind in a store. The store is locked: no process is at work in it.
pub(super) fn recover(store: &Store) -> Result<(), SnapshotError> {
    for name in store.names()? {
        if name.ends_with(TEMPORARY) {
            store.remove(&name)?;
        } else if let Some(operation) = name.strip_suffix(INTENT) {
            let (intent, decision) = read_intent(store, &name)?;
            let decided =
                store.path(&format!("{operation}{DECIDED}")).exists() || decision.exists();
            if decided || decision == Path::new(HERE) || is_at_home(&decision) {
                settle(store, &name, &intent, decided)?;
            }
        }
    }
    // Those that were decided here: the other stores first, then the decision can go.
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

/// Whether a decision would be there if it had been made. Its folder may be gone, as empty ones are removed; not so the image.
fn is_at_home(decision: &Path) -> bool {
    let folder = decision.parent();
    folder.is_some_and(|folder| folder.is_dir() || folder.with_extension("").exists())
}

fn read_intent(store: &Store, name: &str) -> Result<(Intent, PathBuf), SnapshotError> {
    let damaged =
        || SnapshotError::file(&store.path(name), &std::io::ErrorKind::InvalidData.into());
    Intent::read(&store.read_json(name)?).ok_or_else(damaged)
}

/// Does what was decided in the store of another image; whether nothing is left to do there.
fn finish_elsewhere(here: &Store, image: &Path, operation: &str) -> Result<bool, SnapshotError> {
    let intent = Store::folder_of(image).join(format!("{operation}{INTENT}"));
    if here.image().path() == image || !intent.exists() {
        return Ok(true);
    }
    // To open it is to bring it to an end, as the decision is there.
    let Some(image) = Image::open(image).ok().flatten() else { return Ok(false) };
    match Store::existing(&image) {
        Ok(_) => Ok(!intent.exists()),
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
            // The process ends.
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
    fn what_cannot_be_known_stays_and_what_is_damaged_is_named() {
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
        // Once the image is seen without the decision, it is known that there was none.
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
