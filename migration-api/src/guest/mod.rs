//! What the engine migrates: the [`Guest`] that an embedder hands it, and the guests that are built in.
//!
//! [`Machine`] is a guest of its own: mapped memory and vCPU threads that run a [`Workload`]. [`Relay`] takes whatever a source
//! sends, keeps it, and can be migrated on.

mod backing;
mod config;
#[cfg(all(feature = "kvm", target_arch = "x86_64"))]
mod kvm;
mod log;
mod machine;
mod memory;
mod primaries;
mod relay;
mod sections;
mod vcpu;
mod workload;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use vm_memory::mmap::MmapRegionError;

use crate::api::RunState;
use crate::transport::reason;

pub use crate::sys::host::HostMemory;
use crate::sys::userfault::Accesses;
pub use backing::Backing;
pub use config::MachineConfig;
#[cfg(all(feature = "kvm", target_arch = "x86_64"))]
pub use kvm::{KvmConfig, KvmError, KvmGuest, Task};
pub use machine::Machine;
pub use memory::Mapping;
pub(crate) use memory::is_zero;
pub use relay::Relay;
pub use sections::{DeviceSection, GlobalState, Layout};
pub(crate) use workload::PAGE;
pub use workload::{Fill, Rate, Workload, WorkloadError};

/// A virtual machine that the engine can migrate.
///
/// Methods take `&self` and may be called from any thread. Those that change what runs ([`set_run_state`](Self::set_run_state),
/// [`load`](Self::load), [`reset`](Self::reset)) are never called by the engine from two threads at once.
pub trait Guest: Send + Sync + 'static {
    /// The machine type's name, as it stands in the stream.
    fn machine(&self) -> String;

    /// The machine's UUID, if it was given one.
    fn uuid(&self) -> Option<[u8; 16]>;

    /// The RAM blocks that migrate, in the order in which a source sends them.
    fn ram(&self) -> Vec<RamBlock>;

    /// Declares which accesses to guest memory there are beside those of the engine. Postcopy and background snapshots depend on it: they
    /// have the kernel report accesses to single pages, and an access that is not reported would read wrong data or fail.
    ///
    /// By default [`MemoryAccess::Kernel`], which is safe for every guest whose memory no other process maps.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Kernel
    }

    /// Where the vCPUs stand.
    fn run_state(&self) -> RunState;

    /// Enters a run state: vCPUs run in [`RunState::Running`] and in no other. Returns once every vCPU obeys.
    fn set_run_state(&self, state: RunState);

    /// Slows the vCPUs: each spends `percent` of its time asleep, 0 to 99, where 0 is full speed.
    fn throttle(&self, percent: u8);

    /// The vCPUs.
    fn vcpus(&self) -> Vec<Vcpu>;

    /// Says that a vCPU waits for a page that a postcopy has not brought yet, or that it is about to go on.
    ///
    /// While it waits, it counts as obeying: [`set_run_state`](Self::set_run_state) must not wait for it, for the page may take long. It
    /// has to obey as soon as the access is done for which it waits. Called from any thread; must return at once.
    fn vcpu_waits(&self, vcpu: u32, waits: bool);

    /// Begins to log the pages that the guest writes. The log is empty afterwards.
    fn start_dirty_log(&self);

    /// Adds the pages of a block that were written since the last call (or since the start of the log) to `dirty` and
    /// takes them off the log.
    ///
    /// `block` is an index into [`ram`](Self::ram); bit `i % 64` of word `i / 64` stands for the page of 4096 bytes at `i` times 4096,
    /// however large the host's pages behind the block are.
    fn sync_dirty_log(&self, block: usize, dirty: &mut [u64]);

    /// Ends logging.
    fn stop_dirty_log(&self);

    /// How many pages a vCPU can dirty before it has to have its dirty ring emptied; `None` unless writes are counted by vCPU, as
    /// KVM's dirty rings do.
    fn dirty_ring(&self) -> Option<u64> {
        None
    }

    /// How many pages a vCPU has put into its dirty ring since the guest was made. Empties the rings. Only what is written while
    /// the log is on counts.
    fn pages_dirtied(&self, _vcpu: u32) -> u64 {
        0
    }

    /// Has a vCPU sleep for `pause` from now on whenever its dirty ring is full.
    fn pause_on_full_ring(&self, _vcpu: u32, _pause: Duration) {}

    /// The state of the devices, in the order in which it is to be loaded. Called while no vCPU runs. The engine adds the section
    /// [`GlobalState::NAME`] unless it is among them.
    ///
    /// # Errors
    /// A device whose state cannot be saved.
    fn save(&self) -> Result<Vec<DeviceSection>, GuestError>;

    /// The version and the length of the body of a device section, or `None` if the guest has no such device: then an incoming
    /// migration that has it fails.
    ///
    /// The stream does not tell how long a body is, so a destination must know. Every source sends a section of
    /// [`GlobalState::NAME`] beside the guest's own devices, with the run state; for it a guest gives [`GlobalState::LAYOUT`]. The
    /// engine reads it, and passes it to [`load`](Self::load) with the others, where it can be ignored.
    fn layout(&self, name: &str, instance: u32) -> Option<Layout>;

    /// Makes an incoming machine's type and RAM this guest's own, before the first page comes.
    ///
    /// A guest with a fixed shape refuses what it does not have; the engine has compared names and sizes with
    /// [`ram`](Self::ram) unless [`shapeless`](Self::shapeless) says that there is nothing to compare with.
    ///
    /// # Errors
    /// Memory that cannot be had.
    fn adopt(&self, machine: &str, blocks: &[(String, u64)]) -> Result<(), GuestError>;

    /// Whether the guest takes its machine type, RAM blocks and devices from the source.
    fn shapeless(&self) -> bool;

    /// Loads the state of the devices. Called while no vCPU runs, after all memory is there (or, in postcopy, can be had).
    ///
    /// # Errors
    /// A section that does not fit; the guest must not be run then.
    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError>;

    /// Returns the devices and vCPUs to the state of power-on.
    fn reset(&self);

    /// Asks the guest to let go of its primaries: devices that cannot be migrated, and for which a standby device takes over
    /// (a failover pair). Returns the ids of those that were asked for; none, by default.
    fn unplug_primaries(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether the guest still has one of the primaries that it was asked for. The migration waits until it has not.
    fn primaries_plugged(&self) -> bool {
        false
    }

    /// Gives the guest its primaries back: the migration has failed or was cancelled.
    fn replug_primaries(&self) {}

    /// What forbids migration at present.
    fn blockers(&self) -> Vec<Blocker>;

    /// Tells the network where the guest is now; called `announce-rounds` times after a migration came in.
    fn announce(&self);
}

/// The accesses to guest memory that there may be, from the fewest to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryAccess {
    /// Only threads of this process access it, and only in user mode: no KVM vCPU, no vhost, no system call that is given its addresses.
    /// Postcopy and background snapshots need no privileges then.
    Threads,
    /// The kernel accesses it for this process, too. Postcopy and background snapshots need the privilege to handle page faults of the
    /// kernel: `vm.unprivileged_userfaultfd=1`, access to `/dev/userfaultfd`, or `CAP_SYS_PTRACE`.
    Kernel,
    /// Other processes map it and access it, as vhost-user backends do. The kernel does not report their accesses, so postcopy to
    /// this guest and background snapshots of it are refused.
    Processes,
}

impl MemoryAccess {
    /// The accesses that a userfaultfd has to report.
    pub(crate) fn reported(self) -> Accesses {
        if self == Self::Threads { Accesses::Threads } else { Accesses::Kernel }
    }
}

/// A piece of the guest's memory that migrates under one name.
#[derive(Clone)]
pub struct RamBlock {
    /// The name that identifies the block on both sides, 1 to 255 bytes.
    pub name: String,
    /// Where the block lies in the guest's physical address space.
    pub guest_address: u64,
    /// The size in bytes of the host pages behind the block: a power of two.
    pub page_size: u64,
    /// Whether the memory is a file that other processes map too. `x-ignore-shared` leaves such blocks out.
    pub shared: bool,
    /// Whether the memory reads as zeroes where nobody has written to it since the guest was made. Zero pages need not be
    /// written there.
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

/// One of the guest's processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vcpu {
    /// Its index, from 0.
    pub index: u32,
    /// The kernel's id of the thread that runs it, if there is one: who waits for a page in postcopy is known by it.
    pub thread: Option<u32>,
}

/// A reason for which a guest cannot be migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// As `query-migrate` lists it among the blocked reasons.
    pub reason: String,
    /// As `migrate` refuses for it.
    pub refusal: String,
}

impl Blocker {
    /// The blocker that a device without migration support is.
    pub fn device(name: &str) -> Self {
        Self {
            reason: format!("non-migratable device: {name}"),
            refusal: format!("State blocked by non-migratable device '{name}'"),
        }
    }
}

/// Why a guest could not save, load or adopt what it was asked to.
#[derive(Debug)]
#[non_exhaustive]
pub enum GuestError {
    /// Anonymous memory could not be mapped.
    Memory {
        /// The RAM block.
        block: String,
        /// What the host said.
        error: MmapRegionError,
    },
    /// The file or memfd behind a RAM block could not be mapped.
    Store {
        /// The RAM block.
        block: String,
        /// What the host said.
        error: MmapRegionError,
    },
    /// The file or memfd behind a RAM block could not be opened or sized.
    Backing {
        /// The RAM block.
        block: String,
        /// What the host said.
        error: std::io::Error,
    },
    /// A size that is zero or not a whole number of pages.
    Size {
        /// The RAM block.
        block: String,
        /// The size in bytes.
        size: u64,
        /// The size of a page in bytes.
        page: u64,
    },
    /// A workload's region does not lie in the RAM.
    Region {
        /// Where it starts, in bytes.
        start: u64,
        /// Where it ends, in bytes, itself not included.
        end: u64,
        /// The size of the RAM, in bytes.
        size: u64,
    },
    /// A thread could not be started.
    Thread(std::io::Error),
    /// A device section whose body cannot be loaded.
    Section {
        /// The section's name.
        name: String,
        /// The section's instance id.
        instance: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// The embedder's own.
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

/// What the host said, in its own words.
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
            Self::Size { .. } | Self::Region { .. } | Self::Section { .. } => None,
        }
    }
}
