//! The folder beside an image that holds its snapshots.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde_json::{Value, json};

use super::{SnapshotError, crash, transaction};
use crate::block::Image;

/// An image's snapshot folder, locked against other processes. Dropping it removes an empty folder.
#[derive(Debug)]
pub(super) struct Store {
    image: Image,
    folder: PathBuf,
    lock: File,
}

/// A complete snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) tag: String,
    /// The snapshot includes the guest's state.
    pub(super) vm_state: bool,
}

/// Generates a name that no other snapshot or operation has.
pub(super) fn fresh_id() -> String {
    // Each hasher has its own random keys.
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

impl Store {
    /// Returns the path of an image's snapshot folder.
    pub(super) fn folder_of(image: &Path) -> PathBuf {
        let mut name = OsString::from(image);
        name.push(".snapshots");
        name.into()
    }

    /// Opens an image's store, and completes or undoes unfinished operations in it. Returns `None`
    /// if the image has none.
    pub(super) fn existing(image: &Image) -> Result<Option<Self>, SnapshotError> {
        let folder = Self::folder_of(image.path());
        loop {
            let lock = match File::open(&folder) {
                Ok(lock) => lock,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(SnapshotError::file(&folder, &error)),
            };
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Err(SnapshotError::Locked(image.path().into())),
                Err(error) => return Err(SnapshotError::file(&folder, &error.into())),
            }
            // The process that held the lock may have removed the folder.
            let inode = |about: io::Result<std::fs::Metadata>| about.map(|about| about.ino()).ok();
            if inode(lock.metadata()) == inode(folder.metadata()) {
                let store = Self { image: image.clone(), folder, lock };
                transaction::recover(&store)?;
                return Ok(Some(store));
            }
        }
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

    pub(super) fn image(&self) -> &Image {
        &self.image
    }

    /// Returns the path of a file in the store.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Lists the names of the files in the store. Skips names that are not UTF-8, which this engine
    /// never creates.
    pub(super) fn names(&self) -> Result<Vec<String>, SnapshotError> {
        let told = |error: io::Error| SnapshotError::file(&self.folder, &error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(told)? {
            names.extend(entry.map_err(told)?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Finds the snapshot with this tag.
    pub(super) fn find(&self, tag: &str) -> Result<Option<Record>, SnapshotError> {
        for name in self.names()? {
            let Some(id) = name.strip_suffix(".json") else { continue };
            let value = self.read_json(&name)?;
            if value["tag"] == tag {
                let vm_state = value["vm-state"] == true;
                return Ok(Some(Record { id: id.into(), tag: tag.into(), vm_state }));
            }
        }
        Ok(None)
    }

    /// Writes a record under a temporary name, which keeps it from counting as a snapshot.
    pub(super) fn write_record(&self, name: &str, record: &Record) -> Result<(), SnapshotError> {
        let made = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.write_json(
            name,
            &json!({"tag": record.tag, "vm-state": record.vm_state, "date-sec": made}),
        )
    }

    pub(super) fn read_json(&self, name: &str) -> Result<Value, SnapshotError> {
        let path = self.path(name);
        let text = std::fs::read(&path).map_err(|error| SnapshotError::file(&path, &error))?;
        serde_json::from_slice(&text)
            .map_err(|error| SnapshotError::file(&path, &io::Error::other(error.to_string())))
    }

    /// Writes a file atomically, and syncs it to disk.
    pub(super) fn write_json(&self, name: &str, value: &Value) -> Result<(), SnapshotError> {
        let (path, temporary) = (self.path(name), self.path(&format!("{name}.tmp")));
        let write = || {
            crash::point();
            let mut file = File::create(&temporary)?;
            crash::point();
            file.write_all(value.to_string().as_bytes())?;
            file.sync_all()?;
            crash::point();
            std::fs::rename(&temporary, &path)
        };
        write().map_err(|error| SnapshotError::file(&path, &error))?;
        crash::point();
        self.sync()
    }

    /// Removes a file, if it exists.
    pub(super) fn remove(&self, name: &str) -> Result<(), SnapshotError> {
        let path = self.path(name);
        crash::point();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SnapshotError::file(&path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Syncs the folder's entries to disk.
    pub(super) fn sync(&self) -> Result<(), SnapshotError> {
        sync_folder(&self.folder)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Fails as long as there are snapshots.
        let _ = std::fs::remove_dir(&self.folder);
        // A child process that is being started may hold the descriptor for a moment.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// Syncs a folder's entries to disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), SnapshotError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| SnapshotError::file(folder, &error))
}
