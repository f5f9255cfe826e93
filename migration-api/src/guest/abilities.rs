//! Abilities that only some guests have. [`Guest`](super::Guest) has a method for each that returns
//! `None` by default.

use std::time::Duration;

use super::{BlockId, RamBlock, Result};

/// Hooks for disk images that both sides open.
///
/// Called by the thread that moves the guest, while no vCPU runs. In this order:
///
/// | side | calls |
/// |---|---|
/// | source, before the last part of the stream | `flush`, [`hand_over`], `inactivate` |
/// | source, if the guest stays or comes back | [`take_back`], `reopen` |
/// | destination, before the guest runs | [`take_back`], `reopen` |
/// | `snapshot-save`, before the images are copied | `flush` |
/// | `snapshot-load`, after the images were replaced | `reopen` |
///
/// [`hand_over`]: super::Guest::hand_over
/// [`take_back`]: super::Guest::take_back
pub trait Disks: Send + Sync {
    /// Writes all data that the guest has written to its images, and waits for requests in flight.
    ///
    /// # Errors
    /// The operation fails, and the guest keeps its disks.
    fn flush(&self) -> Result<()>;

    /// Gives up the images: no further write, no lock, no cached metadata.
    ///
    /// # Errors
    /// As for [`hand_over`](super::Guest::hand_over).
    fn inactivate(&self) -> Result<()>;

    /// Opens the images again, by their paths: another process may have written to them, and a
    /// loaded snapshot has replaced them by rename, so that open descriptors refer to the old
    /// files. Also called for images that are open and unchanged.
    ///
    /// # Errors
    /// The guest stays stopped, in run state `paused`; `cont` tries again.
    fn reopen(&self) -> Result<()>;
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

/// Attributes page faults in postcopy to vCPUs: for `postcopy-blocktime`, and so that
/// [`pause`](super::Guest::pause) in [`StopMode::MayBeAsleep`](super::StopMode::MayBeAsleep) knows
/// the vCPUs that sleep.
pub trait VcpuThreads: Send + Sync {
    /// Returns the vCPUs. Called by any thread; must not change during a migration.
    fn vcpus(&self) -> Vec<Vcpu>;

    /// Reports that a vCPU begins to wait for a page, or that it is about to continue. Called by
    /// the thread that serves page faults, with a lock held: must return at once, and neither call
    /// the engine nor access guest memory. Has no effect by default.
    ///
    /// With an interrupt controller in the kernel, KVM may wait for a page in a worker thread. Such
    /// a wait is not reported, and does not keep the vCPU from leaving `KVM_RUN`.
    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        let _ = (vcpu, waits);
    }
}

/// Limits the dirty rate of single vCPUs, as with KVM's dirty rings. For capability `dirty-limit`,
/// `set-vcpu-dirty-limit` and `calc-dirty-rate` in mode `dirty-ring`.
///
/// Called by a thread of its own, and by commands.
pub trait VcpuLimits: Send + Sync {
    /// Returns the indices of the vCPUs, from 0. Must not change.
    fn limited_vcpus(&self) -> Vec<u32>;

    /// Returns the size of a vCPU's dirty ring in pages. Must not change.
    fn ring_size(&self) -> u64;

    /// Returns the number of pages that a vCPU has put into its dirty ring since the guest was
    /// created. Harvests the rings. Counts only pages written while logging is on.
    ///
    /// # Errors
    /// Limits end, and a measurement fails.
    fn pages_dirtied(&self, vcpu: u32) -> Result<u64>;

    /// Makes a vCPU sleep for `pause` whenever its dirty ring is full; zero ends that. A call from
    /// within that cancels the limit takes effect: the engine ends the pause when this returns.
    ///
    /// # Errors
    /// Limits end. Ignored where they end already.
    fn pause_on_full_ring(&self, vcpu: u32, pause: Duration) -> Result<()>;
}

/// Primary devices, which cannot be migrated and are replaced by a standby device (a failover
/// pair). Called by the migration thread.
pub trait Primaries: Send + Sync {
    /// Asks the guest to unplug its primary devices. Returns the ids of the devices asked for.
    ///
    /// # Errors
    /// The migration fails.
    fn unplug(&self) -> Result<Vec<String>>;

    /// Returns true while a device that was asked for is still plugged. The migration waits
    /// meanwhile.
    ///
    /// # Errors
    /// The migration fails.
    fn are_plugged(&self) -> Result<bool>;

    /// Plugs the devices again, because the migration has failed or was cancelled.
    ///
    /// # Errors
    /// Logged.
    fn replug(&self) -> Result<()>;
}

/// Adopts machine type, RAM blocks and devices of any source, for a guest without a shape of its
/// own. Called by the thread that loads a migration. The engine never reports such a guest as
/// running: it is paused once it has arrived.
///
/// Its devices have fixed layouts, whose lengths the engine takes from the stream's description if
/// [`layout`](super::Guest::layout) returns `None`. The section `globalstate` is among the devices
/// that it loads and saves.
pub trait Adopts: Send + Sync {
    /// Adopts an incoming machine's type and RAM, before the first page arrives. Returns the
    /// blocks, in the order of `blocks`, which has names and sizes in bytes.
    ///
    /// # Errors
    /// The migration fails.
    fn adopt(&self, machine: &str, blocks: &[(String, u64)]) -> Result<Vec<RamBlock>>;

    /// Reports the RAM blocks without pages in the stream, which x-ignore-shared leaves out, with
    /// their guest addresses. Called before [`load`](super::Guest::load). Has no effect by default.
    fn left_out(&self, blocks: &[(BlockId, u64)]) {
        let _ = blocks;
    }
}
