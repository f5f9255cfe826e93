//! Why a snapshot is not saved, loaded or deleted.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::source::Failure;
use crate::transport::reason;

/// Why a snapshot is not saved, loaded or deleted. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Something forbids to save the guest.
    Blocked(String),
    /// An empty list of nodes.
    NoDevices,
    /// No such node.
    NoNode(String),
    /// A node without an image of this guest that can be written.
    Unfit(String),
    /// A snapshot of that tag is there.
    Exists(String),
    /// No snapshot of that tag.
    Missing(String),
    /// The node for the guest's state is none of those given.
    NoVmState(String),
    /// No node at all can have snapshots.
    NoStore,
    /// The snapshot is there without the guest's state.
    DiskOnly,
    /// A migration is under way.
    Migrating,
    /// The same, when a snapshot is to be loaded: QEMU complains of the second one who registers for `yank`.
    YankTaken,
    /// The guest could not be saved.
    Save(String),
    /// The guest's state could not be loaded: an error number.
    Load(i32),
    /// Another process works on the snapshots of this image.
    Locked(PathBuf),
    /// A file of a snapshot cannot be read or written.
    File {
        /// Its path.
        path: PathBuf,
        /// What the host said.
        reason: String,
    },
    /// The host has no more descriptors.
    Host(String),
    /// It was cancelled.
    Cancelled,
}

impl SnapshotError {
    /// An error with a file.
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
