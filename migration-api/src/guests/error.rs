//! The error of creating a built-in guest.

use vm_memory::mmap::MmapRegionError;

use crate::guest::RamError;
use crate::transport::reason;

/// Error of creating a built-in guest, or of a relay that adopts RAM blocks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// Anonymous memory cannot be mapped.
    #[error("cannot set up guest memory '{block}': {}", unmapped(.error))]
    Memory {
        /// The RAM block.
        block: String,
        /// Cause given by the host.
        #[source]
        error: MmapRegionError,
    },
    /// The file or memfd behind a RAM block cannot be mapped.
    #[error("unable to map backing store for guest RAM: {}", unmapped(.error))]
    Store {
        /// The RAM block.
        block: String,
        /// Cause given by the host.
        #[source]
        error: MmapRegionError,
    },
    /// The file or memfd behind a RAM block cannot be opened or resized.
    #[error("cannot open the backing of '{block}': {}", reason(.error))]
    Backing {
        /// The RAM block.
        block: String,
        /// Cause given by the host.
        #[source]
        error: std::io::Error,
    },
    /// A RAM block cannot be migrated.
    #[error(transparent)]
    Ram(#[from] RamError),
    /// A workload's region does not lie in the RAM.
    #[error(
        "workload region 0x{start:x}..0x{end:x} does not lie page by page in the 0x{size:x} bytes of RAM"
    )]
    Region {
        /// Start in bytes.
        start: u64,
        /// End in bytes, exclusive.
        end: u64,
        /// The size of the RAM, in bytes.
        size: u64,
    },
    /// A thread cannot be started.
    #[error("cannot start a vCPU thread: {0}")]
    Thread(#[source] std::io::Error),
}

/// Returns the host's text of a mapping error.
fn unmapped(error: &MmapRegionError) -> String {
    match error {
        MmapRegionError::Mmap(error) => reason(error),
        error => error.to_string(),
    }
}
