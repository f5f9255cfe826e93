//! Errors of saving, loading and deleting snapshots.

use std::io;
use std::path::{Path, PathBuf};

use super::record::RecordError;
use crate::guest::GuestError;
use crate::lifetime::ENGINE_ENDED;
use crate::source::SourceError;
use crate::transport::reason;

/// Error of a snapshot job. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A blocker forbids to save the guest.
    #[error("{0}")]
    Blocked(String),
    /// The guest cannot be stopped or run, or its disks cannot be flushed or opened again.
    #[error("{0}")]
    Guest(String),
    /// An empty list of nodes.
    #[error("At least one device is required for snapshot")]
    NoDevices,
    /// The node does not exist.
    #[error("No block device node '{0}'")]
    NoNode(String),
    /// The node has no writable image of this guest.
    #[error("Device '{0}' is writable but does not support snapshots")]
    Unfit(String),
    /// A snapshot with this tag exists.
    #[error("Snapshot '{0}' already exists in one or more devices")]
    Exists(String),
    /// No snapshot with this tag exists.
    #[error("Snapshot '{0}' does not exist in one or more devices")]
    Missing(String),
    /// The node for the guest's state is not among those given.
    #[error("vmstate block device '{0}' does not exist")]
    NoVmState(String),
    /// No node can have snapshots.
    #[error("no block device can store vmstate for snapshot")]
    NoStore,
    /// The snapshot lacks the guest's state.
    // The two blanks are QEMU's.
    #[error("This is a disk-only snapshot. Revert to it  offline using qemu-img")]
    DiskOnly,
    /// A migration is running.
    #[error("There's a migration process in progress")]
    Migrating,
    /// A migration is running while a snapshot is to be loaded. QEMU reports that two users
    /// register for `yank`.
    #[error("duplicate yank instance")]
    YankTaken,
    /// The guest cannot be saved.
    #[error("Error while writing VM state: {0}")]
    Save(String),
    /// The guest's state cannot be loaded: an error number.
    #[error("Error {0} while loading VM state")]
    Load(i32),
    /// Another process uses the snapshots of this image.
    #[error("Failed to get \"write\" lock: is another process using the image [{}]?", .0.display())]
    Locked(PathBuf),
    /// A file of a snapshot cannot be read or written.
    #[error("Could not access '{}': {reason}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Cause given by the host.
        reason: String,
    },
    /// The host has no more file descriptors.
    #[error("{0}")]
    Host(String),
    /// The job was cancelled.
    #[error("Operation canceled")]
    Cancelled,
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

impl SnapshotError {
    /// Makes an error about a file.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: reason(error) }
    }

    /// Makes an error about the content of a file.
    pub(super) fn record(path: &Path, error: &RecordError) -> Self {
        Self::File { path: path.to_owned(), reason: error.to_string() }
    }
}

impl From<io::Error> for SnapshotError {
    fn from(error: io::Error) -> Self {
        Self::Host(reason(&error))
    }
}

impl From<GuestError> for SnapshotError {
    fn from(error: GuestError) -> Self {
        Self::Guest(error.to_string())
    }
}

impl From<SourceError> for SnapshotError {
    fn from(failure: SourceError) -> Self {
        match failure {
            SourceError::Cancelled => Self::Cancelled,
            other => Self::Save(other.to_string()),
        }
    }
}
