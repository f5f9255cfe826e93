//! The folder beside an image that holds its snapshots.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FlockOperation, Mode, OFlags, flock, openat, renameat, unlinkat,
};
use rustix::io::Errno;

use super::record::{self, MAX_SIZE, Record, Snapshot};
use super::{SnapshotError, crash};
use crate::block::Image;

/// An image's snapshot folder, locked against other processes. Dropping it removes an empty folder.
#[derive(Debug)]
pub(super) struct Store {
    image: Image,
    folder: PathBuf,
    lock: File,
}

impl Store {
    /// Returns the path of an image's snapshot folder.
    pub(super) fn folder_of(image: &Path) -> PathBuf {
        let mut name = OsString::from(image);
        name.push(".snapshots");
        name.into()
    }

    /// Locks an image's store, with the unfinished operations in it. Returns `None` if the image
    /// has none.
    pub(super) fn lock(image: &Image) -> Result<Option<Self>, SnapshotError> {
        let folder = Self::folder_of(image.path());
        loop {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            let lock = match open_plain(CWD, &folder, flags, Mode::empty()) {
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
            if inode(lock.metadata()) == inode(folder.symlink_metadata()) {
                return Ok(Some(Self { image: image.clone(), folder, lock }));
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
        let host_error = |error: Errno| SnapshotError::file(&self.folder, &error.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.lock).map_err(host_error)? {
            let name = entry.map_err(host_error)?.file_name().to_str().map(str::to_owned);
            names.extend(name.ok().filter(|name| name != "." && name != ".."));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Finds the snapshot with this tag.
    pub(super) fn find(&self, tag: &str) -> Result<Option<Snapshot>, SnapshotError> {
        for name in self.names()? {
            let Some(id) = name.strip_suffix(".json") else { continue };
            let snapshot: Snapshot = self.read_record(&name)?;
            if snapshot.tag == tag {
                return Ok(Some(Snapshot { id: id.into(), ..snapshot }));
            }
        }
        Ok(None)
    }

    /// Opens a file in the store for reading. Refuses symlinks and special files, because a store
    /// may come from elsewhere.
    pub(super) fn read(&self, name: &str) -> Result<File, SnapshotError> {
        open_plain(&self.lock, name, OFlags::RDONLY, Mode::empty())
            .map_err(|error| SnapshotError::file(&self.path(name), &error))
    }

    /// Creates a file in the store, which must not exist.
    pub(super) fn create(&self, name: &str, mode: u32) -> Result<File, SnapshotError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        open_plain(&self.lock, name, flags, Mode::from_raw_mode(mode))
            .map_err(|error| SnapshotError::file(&self.path(name), &error))
    }

    /// Returns true if the store has a regular file of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.read(name).is_ok()
    }

    /// Renames a file in the store, if it exists.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), SnapshotError> {
        crash::point();
        moved(renameat(&self.lock, from, &self.lock, to), &self.path(to))
    }

    /// Replaces the image with a regular file of the store, if that exists.
    pub(super) fn replace_image(&self, with: &str) -> Result<(), SnapshotError> {
        crash::point();
        let image = self.image.path();
        match open_plain(&self.lock, with, OFlags::RDONLY, Mode::empty()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(SnapshotError::file(&self.path(with), &error)),
            Ok(_) => {}
        }
        moved(renameat(&self.lock, with, CWD, image), image)
    }

    /// Reads a record, up to its maximum size.
    pub(super) fn read_record<T: Record>(&self, name: &str) -> Result<T, SnapshotError> {
        let path = self.path(name);
        let mut text = Vec::new();
        let read = self.read(name)?.take(MAX_SIZE as u64 + 1).read_to_end(&mut text);
        read.map_err(|error| SnapshotError::file(&path, &error))?;
        record::parse(&text).map_err(|error| SnapshotError::record(&path, &error))
    }

    /// Writes a record atomically, and syncs it to disk.
    pub(super) fn write_record(
        &self,
        name: &str,
        record: &impl Record,
    ) -> Result<(), SnapshotError> {
        let (path, temporary) = (self.path(name), format!("{name}.tmp"));
        let text = record::write(record).map_err(|error| SnapshotError::record(&path, &error))?;
        crash::point();
        let mut file = self.create(&temporary, 0o666)?;
        let mut write = || {
            crash::point();
            file.write_all(&text)?;
            file.sync_all()?;
            crash::point();
            renameat(&self.lock, &temporary, &self.lock, name).map_err(io::Error::from)
        };
        write().map_err(|error| SnapshotError::file(&path, &error))?;
        crash::point();
        self.sync()
    }

    /// Removes a file, if it exists.
    pub(super) fn remove(&self, name: &str) -> Result<(), SnapshotError> {
        crash::point();
        moved(unlinkat(&self.lock, name, AtFlags::empty()), &self.path(name))
    }

    /// Syncs the folder's entries to disk.
    pub(super) fn sync(&self) -> Result<(), SnapshotError> {
        self.lock.sync_all().map_err(|error| SnapshotError::file(&self.folder, &error))
    }
}

/// Opens a regular file, or with [`OFlags::DIRECTORY`] a folder. Does not follow symlinks.
pub(super) fn open_plain(
    folder: impl AsFd,
    path: impl rustix::path::Arg,
    flags: OFlags,
    mode: Mode,
) -> io::Result<File> {
    // Without NONBLOCK, opening a FIFO would block before it is recognised.
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(folder, path, flags, mode) {
        Ok(fd) => File::from(fd),
        Err(Errno::LOOP) => return Err(io::Error::other("symbolic links are not followed")),
        Err(error) => return Err(error.into()),
    };
    let regular = flags.contains(OFlags::DIRECTORY) || file.metadata()?.is_file();
    regular.then_some(file).ok_or_else(|| io::Error::other("not a regular file"))
}

/// Ignores the error of an operation on a file that does not exist.
fn moved(outcome: rustix::io::Result<()>, path: &Path) -> Result<(), SnapshotError> {
    match outcome {
        Err(error) if error != Errno::NOENT => Err(SnapshotError::file(path, &error.into())),
        _ => Ok(()),
    }
}

/// Returns true for a regular file in a folder, if neither is a symlink.
pub(super) fn is_plain(path: &Path) -> bool {
    let about = |path: &Path| path.symlink_metadata();
    path.parent().is_some_and(|folder| about(folder).is_ok_and(|about| about.is_dir()))
        && about(path).is_ok_and(|about| about.is_file())
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
