//! The [`Guest`] trait, which an embedder implements.

mod check;
mod memory;
mod sections;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use vm_memory::mmap::MmapRegionError;

use crate::api::RunState;
use crate::transport::reason;

pub use crate::sys::host::HostMemory;
use crate::sys::userfault::Accesses;
pub use check::check_ram;
pub use memory::Mapping;
pub(crate) use memory::is_zero;
pub use sections::{DeviceSection, GlobalState, Layout};

/// A virtual machine that the engine can migrate.
///
/// Any thread may call the methods. The engine never calls those that affect running vCPUs
/// ([`set_run_state`](Self::set_run_state), [`load`](Self::load), [`reset`](Self::reset)) from two
/// threads concurrently.
pub trait Guest: Send + Sync + 'static {
    /// Returns the machine type's name in the stream.
    fn machine(&self) -> String;

    /// Returns the machine's UUID, if it has one.
    fn uuid(&self) -> Option<[u8; 16]>;

    /// Returns the RAM blocks to migrate, in the order in which a source sends them.
    fn ram(&self) -> Vec<RamBlock>;

    /// Declares the accesses to guest memory beside those of the engine. Postcopy and background
    /// snapshots depend on it: the kernel has to report accesses to single pages, and an unreported
    /// access would read wrong data or fail.
    ///
    /// Defaults to [`MemoryAccess::Kernel`], which is safe for every guest whose memory no other
    /// process maps.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Kernel
    }

    /// Returns the run state.
    fn run_state(&self) -> RunState;

    /// Enters a run state: vCPUs run in [`RunState::Running`] only. Returns once every vCPU has
    /// started or stopped.
    fn set_run_state(&self, state: RunState);

    /// Throttles the vCPUs: each sleeps for `percent` of its time, 0 to 99.
    fn throttle(&self, percent: u8);

    /// Returns the vCPUs.
    fn vcpus(&self) -> Vec<Vcpu>;

    /// Reports that a vCPU waits for a page missing in postcopy, or that it is about to continue.
    ///
    /// While it waits, it counts as stopped: [`set_run_state`](Self::set_run_state) must not wait
    /// for it, because the page may take long. It must stop as soon as its access is complete.
    /// Called from any thread; must return at once.
    fn vcpu_waits(&self, vcpu: u32, waits: bool);

    /// Starts logging the pages that the guest writes, with an empty log.
    fn start_dirty_log(&self);

    /// Moves the pages of a block that were written since the last call (or since logging was
    /// started) from the log to `dirty`.
    ///
    /// `block` is an index into [`ram`](Self::ram). Bit `i % 64` of word `i / 64` is the page of
    /// 4096 bytes at offset `i` times 4096, whatever the page size of the block.
    fn sync_dirty_log(&self, block: usize, dirty: &mut [u64]);

    /// Stops logging.
    fn stop_dirty_log(&self);

    /// Returns the size of a vCPU's dirty ring in pages; `None` unless dirty pages are logged per
    /// vCPU, as by KVM's dirty rings.
    fn dirty_ring(&self) -> Option<u64> {
        None
    }

    /// Returns the number of pages that a vCPU has put into its dirty ring since the guest was
    /// created. Harvests the rings. Counts only pages written while logging is on.
    fn pages_dirtied(&self, _vcpu: u32) -> u64 {
        0
    }

    /// Makes a vCPU sleep for `pause` whenever its dirty ring is full.
    fn pause_on_full_ring(&self, _vcpu: u32, _pause: Duration) {}

    /// Saves the state of the devices, in loading order. No vCPU runs meanwhile. The engine adds
    /// the section [`GlobalState::NAME`] if it is missing.
    ///
    /// # Errors
    /// A device's state cannot be saved.
    fn save(&self) -> Result<Vec<DeviceSection>, GuestError>;

    /// Returns version and body length of a device section, or `None` if the guest has no such
    /// device. An incoming migration with an unknown device fails.
    ///
    /// The stream does not contain the length of a body, so a destination must know it. Every
    /// source sends a section [`GlobalState::NAME`] with the run state in addition to the guest's
    /// own devices; a guest returns [`GlobalState::LAYOUT`] for it. The engine reads it, and passes
    /// it to [`load`](Self::load) with the others, where it can be ignored.
    fn layout(&self, name: &str, instance: u32) -> Option<Layout>;

    /// Adopts an incoming machine's type and RAM, before the first page arrives.
    ///
    /// The engine has compared names and sizes with [`ram`](Self::ram), unless
    /// [`shapeless`](Self::shapeless) returns true: a guest of fixed shape has nothing to adopt,
    /// which is the default.
    ///
    /// # Errors
    /// Memory is not available.
    fn adopt(&self, _machine: &str, _blocks: &[(String, u64)]) -> Result<(), GuestError> {
        Ok(())
    }

    /// Returns true if the guest adopts its machine type, RAM blocks and devices from the source.
    /// By default it does not.
    fn shapeless(&self) -> bool {
        false
    }

    /// Reports the RAM blocks without pages in the stream, which x-ignore-shared leaves out, with
    /// their guest addresses. `blocks` has indices into [`ram`](Self::ram). Called before
    /// [`load`](Self::load), for a guest that adopted its RAM blocks.
    fn left_out(&self, _blocks: &[(usize, u64)]) {}

    /// Loads the state of the devices. No vCPU runs meanwhile. All memory is present (or, in
    /// postcopy, can be requested).
    ///
    /// # Errors
    /// An invalid section. Either all devices are unchanged, or the run state is
    /// [`RunState::InternalError`], which only a [`reset`](Self::reset) leaves.
    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError>;

    /// Resets the devices and vCPUs to the state at power-on.
    fn reset(&self);

    /// Asks the guest to unplug its primary devices, which cannot be migrated and are replaced by a
    /// standby device (a failover pair). Returns the ids of the devices asked for; by default none.
    fn unplug_primaries(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns true while a primary device that was asked for is still plugged. The migration waits
    /// meanwhile.
    fn primaries_plugged(&self) -> bool {
        false
    }

    /// Plugs the primary devices again, because the migration has failed or was cancelled.
    fn replug_primaries(&self) {}

    /// Returns the current blockers of migration.
    fn blockers(&self) -> Vec<Blocker>;

    /// Announces the guest's new location on the network. Called `announce-rounds` times after an
    /// incoming migration.
    fn announce(&self);
}

/// Accesses to guest memory, from the fewest to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryAccess {
    /// Only threads of this process access it, and only in user mode: no KVM vCPU, no vhost, no
    /// system call on it. Postcopy and background snapshots need no privileges.
    Threads,
    /// The kernel accesses it for this process, too. Postcopy and background snapshots need the
    /// privilege to handle page faults of the kernel: `vm.unprivileged_userfaultfd=1`, access to
    /// `/dev/userfaultfd`, or `CAP_SYS_PTRACE`.
    Kernel,
    /// Other processes map it and access it, such as vhost-user backends. The kernel does not
    /// report their accesses, so postcopy to this guest and background snapshots of it are refused.
    Processes,
}

impl MemoryAccess {
    /// Returns the accesses that a userfaultfd has to report.
    pub(crate) fn reported(self) -> Accesses {
        if self == Self::Threads { Accesses::Threads } else { Accesses::Kernel }
    }
}

/// A part of the guest's memory that is migrated under one name.
#[derive(Clone)]
pub struct RamBlock {
    /// The name that identifies the block on both sides, 1 to 255 bytes.
    pub name: String,
    /// Start of the block in the guest's physical address space.
    pub guest_address: u64,
    /// The size in bytes of the host pages behind the block, a power of two.
    pub page_size: u64,
    /// The memory is a file that other processes map, too. `x-ignore-shared` leaves such blocks
    /// out.
    pub shared: bool,
    /// Memory that was not written since the guest was created reads as zeroes, so zero pages need
    /// not be written.
    pub blank: bool,
    /// The memory.
    pub memory: Arc<dyn Mapping>,
}

impl fmt::Debug for RamBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RamBlock")
            .field("name", &self.name)
            .field("size", &self.memory.size())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

/// One of the guest's vCPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vcpu {
    /// Its index, from 0.
    pub index: u32,
    /// The kernel's id of the vCPU thread, if there is one. It identifies the vCPU in page faults
    /// during postcopy.
    pub thread: Option<u32>,
}

/// A reason for which a guest cannot be migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Text in `blocked-reasons` of `query-migrate`.
    pub reason: String,
    /// Error of `migrate`.
    pub refusal: String,
}

impl Blocker {
    /// Returns the blocker for a device without migration support.
    pub fn device(name: &str) -> Self {
        Self {
            reason: format!("non-migratable device: {name}"),
            refusal: format!("State blocked by non-migratable device '{name}'"),
        }
    }
}

/// Error of saving, loading or adopting a guest, or of creating a built-in one.
#[derive(Debug)]
#[non_exhaustive]
pub enum GuestError {
    /// Anonymous memory cannot be mapped.
    Memory {
        /// The RAM block.
        block: String,
        /// Cause given by the host.
        error: MmapRegionError,
    },
    /// The file or memfd behind a RAM block cannot be mapped.
    Store {
        /// The RAM block.
        block: String,
        /// Cause given by the host.
        error: MmapRegionError,
    },
    /// The file or memfd behind a RAM block cannot be opened or resized.
    Backing {
        /// The RAM block.
        block: String,
        /// Cause given by the host.
        error: std::io::Error,
    },
    /// A size that is zero or not a multiple of the page size.
    Size {
        /// The RAM block.
        block: String,
        /// The size in bytes.
        size: u64,
        /// The size of a page in bytes.
        page: u64,
    },
    /// The name of a RAM block is empty, longer than 255 bytes, or that of another block.
    BlockName {
        /// The name.
        block: String,
    },
    /// The page size of a RAM block is not a power of two of at least 4096.
    PageSize {
        /// The RAM block.
        block: String,
        /// The page size in bytes.
        page_size: u64,
    },
    /// A workload's region does not lie in the RAM.
    Region {
        /// Start in bytes.
        start: u64,
        /// End in bytes, exclusive.
        end: u64,
        /// The size of the RAM, in bytes.
        size: u64,
    },
    /// A thread cannot be started.
    Thread(std::io::Error),
    /// A device section with an invalid body.
    Section {
        /// The section's name.
        name: String,
        /// The section's instance id.
        instance: u32,
        /// The problem.
        reason: String,
    },
    /// An error of the embedder.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for GuestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { block, error } => {
                write!(f, "cannot set up guest memory '{block}': {}", unmapped(error))
            }
            Self::Store { error, .. } => {
                write!(f, "unable to map backing store for guest RAM: {}", unmapped(error))
            }
            Self::Backing { block, error } => {
                write!(f, "cannot open the backing of '{block}': {}", reason(error))
            }
            Self::Size { block, size, page } => {
                write!(f, "size {size} of '{block}' is not a positive multiple of {page}")
            }
            Self::BlockName { block } => {
                write!(f, "RAM block name '{block}' is empty, too long or used twice")
            }
            Self::PageSize { block, page_size } => {
                write!(
                    f,
                    "page size {page_size} of '{block}' is not a power of two of at least {}",
                    crate::page::PAGE
                )
            }
            Self::Region { start, end, size } => {
                write!(
                    f,
                    "workload region 0x{start:x}..0x{end:x} does not lie page by page in the 0x{size:x} bytes of RAM"
                )
            }
            Self::Thread(error) => write!(f, "cannot start a vCPU thread: {error}"),
            Self::Section { name, instance, reason } => {
                write!(
                    f,
                    "error while loading state for instance 0x{instance:x} of device '{name}': {reason}"
                )
            }
            Self::Other(error) => error.fmt(f),
        }
    }
}

/// Returns the host's text of a mapping error.
fn unmapped(error: &MmapRegionError) -> String {
    match error {
        MmapRegionError::Mmap(error) => reason(error),
        error => error.to_string(),
    }
}

impl std::error::Error for GuestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Memory { error, .. } | Self::Store { error, .. } => Some(error),
            Self::Backing { error, .. } | Self::Thread(error) => Some(error),
            Self::Other(error) => Some(&**error),
            Self::Size { .. }
            | Self::BlockName { .. }
            | Self::PageSize { .. }
            | Self::Region { .. }
            | Self::Section { .. } => None,
        }
    }
}
