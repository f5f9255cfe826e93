//! Errors of saving, loading and deleting snapshots.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::source::Failure;
use crate::transport::reason;

/// Error of a snapshot job. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A blocker forbids to save the guest.
    Blocked(String),
    /// An empty list of nodes.
    NoDevices,
    /// The node does not exist.
    NoNode(String),
    /// The node has no writable image of this guest.
    Unfit(String),
    /// A snapshot with this tag exists.
    Exists(String),
    /// No snapshot with this tag exists.
    Missing(String),
    /// The node for the guest's state is not among those given.
    NoVmState(String),
    /// No node can have snapshots.
    NoStore,
    /// The snapshot lacks the guest's state.
    DiskOnly,
    /// A migration is running.
    Migrating,
    /// A migration is running while a snapshot is to be loaded. QEMU reports that two users
    /// register for `yank`.
    YankTaken,
    /// The guest cannot be saved.
    Save(String),
    /// The guest's state cannot be loaded: an error number.
    Load(i32),
    /// Another process uses the snapshots of this image.
    Locked(PathBuf),
    /// A file of a snapshot cannot be read or written.
    File {
        /// Path of the file.
        path: PathBuf,
        /// Cause given by the host.
        reason: String,
    },
    /// The host has no more file descriptors.
    Host(String),
    /// The job was cancelled.
    Cancelled,
}

impl SnapshotError {
    /// Makes an error about a file.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: reason(error) }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked(refusal) => f.write_str(refusal),
            Self::NoDevices => f.write_str("At least one device is required for snapshot"),
            Self::NoNode(node) => write!(f, "No block device node '{node}'"),
            Self::Unfit(node) => {
                write!(f, "Device '{node}' is writable but does not support snapshots")
            }
            Self::Exists(tag) => {
                write!(f, "Snapshot '{tag}' already exists in one or more devices")
            }
            Self::Missing(tag) => {
                write!(f, "Snapshot '{tag}' does not exist in one or more devices")
            }
            Self::NoVmState(node) => write!(f, "vmstate block device '{node}' does not exist"),
            Self::NoStore => f.write_str("no block device can store vmstate for snapshot"),
            // The two blanks are QEMU's.
            Self::DiskOnly => {
                f.write_str("This is a disk-only snapshot. Revert to it  offline using qemu-img")
            }
            Self::Migrating => f.write_str("There's a migration process in progress"),
            Self::YankTaken => f.write_str("duplicate yank instance"),
            Self::Save(error) => write!(f, "Error while writing VM state: {error}"),
            Self::Load(errno) => write!(f, "Error {errno} while loading VM state"),
            Self::Locked(image) => write!(
                f,
                "Failed to get \"write\" lock: is another process using the image [{}]?",
                image.display()
            ),
            Self::File { path, reason } => {
                write!(f, "Could not access '{}': {reason}", path.display())
            }
            Self::Host(reason) => f.write_str(reason),
            Self::Cancelled => f.write_str("Operation canceled"),
        }
    }
}

impl std::error::Error for SnapshotError {}

impl From<io::Error> for SnapshotError {
    fn from(error: io::Error) -> Self {
        Self::Host(reason(&error))
    }
}

impl From<Failure> for SnapshotError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Cancelled => Self::Cancelled,
            other => Self::Save(other.to_string()),
        }
    }
}
