//! The [`Guest`] trait, which a VMM implements, and the types in its methods.

mod abilities;
mod bits;
mod check;
mod error;
mod identity;
mod joined;
mod memory;
mod ram;
mod sections;

use crate::api::RunState;
use crate::sys::userfault::Accesses;

pub use crate::sys::host::HostMemory;
pub use abilities::{Adopts, Disks, Primaries, Vcpu, VcpuLimits, VcpuThreads};
pub use bits::DirtyBits;
pub use check::{RamError, check_ram};
pub(crate) use error::answer;
pub use error::{GuestError, Result};
pub use identity::{Blocker, GuestEnd, Identity, MemoryAccess, PostcopySupport, StopMode};
pub use joined::JoinedRegions;
pub(crate) use memory::{HostPart, is_zero};
pub use memory::{HostRegion, Mapping};
pub use ram::{BlockId, RamBlock};
pub use sections::{DeviceSection, GlobalState, Layout, SectionError};
pub use uuid::Uuid;

/// A virtual machine that the engine can migrate.
///
/// # Threads, locks and errors
/// The engine calls the methods from threads of its own, most of them named `mig/...` or `job/...`,
/// and from threads that call the engine. While it does, it holds no lock that a call of [`Engine`]
/// from within the method needs, except for one: in [`pause`](Self::pause),
/// [`resume`](Self::resume), [`hand_over`](Self::hand_over), [`take_back`](Self::take_back),
/// [`reset`](Self::reset), [`load`](Self::load), [`save`](Self::save) and those of
/// [`disks`](Self::disks), calls that run, stop or reset the guest or start a job fail, and
/// [`Engine::shutdown`] does not wait for the end.
/// In every method, [`Shutdown::join`] returns at once, since it would wait for the method itself.
/// The engine never calls two of the first six concurrently. All others may run concurrently with
/// them and with each other, except for the three of the dirty log, which are serialised.
///
/// An error ends the operation that called the method, and its text becomes the reason: a migration
/// fails and the guest continues where it was, a command is refused. Exceptions stand at the
/// method. A panic counts as an error without a text.
///
/// # Equal on both sides
/// | what | if it differs |
/// |---|---|
/// | [`Identity::machine`] | the destination refuses the stream |
/// | [`Identity::uuid`] | refused with capability `validate-uuid` |
/// | names and sizes of the [RAM blocks](RamBlock) | refused |
/// | [`RamBlock::page_size`] | refused in postcopy |
/// | [`RamBlock::guest_address`] | refused with capability `x-ignore-shared` |
/// | order of the blocks, and the regions of a [joined](RamBlock::joined) one | may differ |
/// | [`RamBlock::shared`], [`RamBlock::blank`] | may differ |
/// | [`memory_access`](Self::memory_access) | may differ |
/// | capability `return-path` | may differ; only the source [needs it](#return-path) |
/// | devices that only the source has | refused by [`layout`] or [`load`], or [adopted](Adopts) |
/// | devices that only the destination has | accepted, unless [`load`] finds them missing |
/// | kind of each device's [`Layout`], and a fixed length | the stream cannot be [read](Layout) |
/// | versions of the devices | each must lie in the destination's range |
/// | number of vCPUs | the embedder's devices have to fit |
///
/// # Return path
/// A source must switch capability `return-path` on to learn that the destination has refused the
/// guest. Without it, which is the default as in QEMU, status `completed` at the source means only
/// that all was sent, and a refused guest runs nowhere: see [`Engine::migrate`].
///
/// [`layout`]: Self::layout
/// [`load`]: Self::load
/// [`Engine::migrate`]: crate::engine::Engine::migrate
/// [`Engine`]: crate::engine::Engine
/// [`Engine::shutdown`]: crate::engine::Engine::shutdown
/// [`Shutdown::join`]: crate::engine::Shutdown::join
pub trait Guest: Send + Sync + 'static {
    /// Returns machine type and UUID. Called by any thread; must not change.
    fn identity(&self) -> Identity;

    /// Returns the RAM blocks to migrate, in the order in which a source sends them.
    ///
    /// Called once per migration, after [`migration_begins`](Self::migration_begins); from then on
    /// a block is named by its [`BlockId`]. Also called by checks before a migration, such as for
    /// capability `postcopy-ram`.
    fn ram(&self) -> Vec<RamBlock>;

    /// Announces that from now on the RAM blocks must stay as they are: memory hotplug has to be
    /// refused until [`migration_ends`](Self::migration_ends), which always follows. Called before
    /// a migration in either direction, a snapshot, or a measurement of the dirty log; once if
    /// several of them overlap.
    ///
    /// # Errors
    /// The operation fails. `migration_ends` does not follow.
    fn migration_begins(&self) -> Result<()> {
        Ok(())
    }

    /// Announces the end of what [`migration_begins`](Self::migration_begins) has begun, however it
    /// ended.
    fn migration_ends(&self) {}

    /// Stops all vCPUs, and the devices that write to guest memory. Returns once they have stopped.
    ///
    /// # Errors
    /// The guest is [resumed](Self::resume) if it ran, and the operation fails.
    fn pause(&self, mode: StopMode) -> Result<()>;

    /// Lets vCPUs and devices run. Called for a stopped guest, or after an error of
    /// [`pause`](Self::pause).
    ///
    /// # Errors
    /// The guest stays stopped, in run state `paused`; `cont` tries again. A migration that has
    /// arrived, or that has failed before, ends as it would otherwise.
    fn resume(&self) -> Result<()>;

    /// Gives up what only one side may have, such as locks of disk images: the guest was stopped
    /// and is about to run at the destination. Called by a source before the last part of the
    /// stream.
    ///
    /// # Errors
    /// The migration fails. [`take_back`](Self::take_back) is called as if it had succeeded.
    fn hand_over(&self) -> Result<()> {
        Ok(())
    }

    /// Takes what only one side may have: at a source what [`hand_over`](Self::hand_over) gave up,
    /// because the migration has failed or a client continues a migrated guest here; at a
    /// destination before the guest that has arrived runs for the first time.
    ///
    /// # Errors
    /// The guest stays stopped; `cont` tries again.
    fn take_back(&self) -> Result<()> {
        Ok(())
    }

    /// Resets devices and vCPUs to the state at power-on. No vCPU runs meanwhile.
    ///
    /// # Errors
    /// `system_reset` or `snapshot-load` fails. By default resets are not supported.
    fn reset(&self) -> Result<()> {
        Err(GuestError::new("this guest cannot be reset"))
    }

    /// Returns the state that the guest has entered by itself, which only a [reset](Self::reset)
    /// leaves. Called by any thread, also by queries.
    fn ended(&self) -> Option<GuestEnd> {
        None
    }

    /// Makes each vCPU sleep for `percent` of its time, 0 to 99. Called by the migration thread for
    /// capability `auto-converge`, and with 0 at its end. Has no effect by default.
    ///
    /// # Errors
    /// The migration fails. At its end, an error is logged.
    fn throttle(&self, percent: u8) -> Result<()> {
        let _ = percent;
        Ok(())
    }

    /// Starts logging the pages that the guest writes, with an empty log: vCPUs, and devices such
    /// as vhost backends. Called while the guest runs or is stopped; a stopped guest may be resumed
    /// meanwhile.
    ///
    /// # Errors
    /// The operation fails. [`stop_log`](Self::stop_log) follows nevertheless.
    fn start_log(&self) -> Result<()>;

    /// Moves the pages of a block that were written since the last call (or since
    /// [`start_log`](Self::start_log)) from the log to `dirty`, whose other bits stay.
    ///
    /// # Errors
    /// The operation fails, and so do all others that use the log: pages may be off it that the
    /// engine did not see. The log can be started again after them.
    fn sync_log(&self, block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()>;

    /// Stops logging. Has no effect by default.
    ///
    /// # Errors
    /// Ignored: the log is not read any more.
    fn stop_log(&self) -> Result<()> {
        Ok(())
    }

    /// Saves the state of the devices, in loading order. No vCPU runs meanwhile.
    ///
    /// # Errors
    /// The operation fails.
    fn save(&self) -> Result<Vec<DeviceSection>>;

    /// Returns the layout of a device's state, or `None` if the guest has no such device. Called by
    /// both sides: a source that finds a section with [`Layout::UpTo`] writes its length before it,
    /// and a destination reads it. An incoming migration with an unknown device fails.
    ///
    /// By default every device has a state of variable length, in any version and of any length
    /// that the engine's [`Limits`](crate::stream::Limits) allow; [`load`](Self::load) refuses
    /// those that the guest does not have.
    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        let _ = (name, instance);
        Some(Layout::any())
    }

    /// Loads the state of the devices. No vCPU runs meanwhile. All memory is present, or in
    /// postcopy requested as it is accessed.
    ///
    /// `devices` has the sections of the stream, in its order. The engine does not know the devices
    /// of this guest: `load` must return an error if one is missing, or has an unknown name.
    ///
    /// # Errors
    /// The migration or command fails. Where some devices may have changed already,
    /// [`ended`](Self::ended) has to return [`GuestEnd::InternalError`] until the next reset or the
    /// next `load` that succeeds.
    fn load(&self, devices: Vec<DeviceSection>) -> Result<()>;

    /// Declares the accesses to guest memory beside those of the engine. Postcopy and background
    /// snapshots depend on it: the kernel has to report accesses to single pages, and an unreported
    /// access would read wrong data or fail.
    ///
    /// Defaults to [`MemoryAccess::Kernel`], which is safe for every guest whose memory no other
    /// process maps.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Kernel
    }

    /// Returns a reason for which the guest cannot be the destination of a postcopy, such as a
    /// vhost-user backend that does not support it. There is none by default.
    fn postcopy(&self) -> PostcopySupport {
        PostcopySupport::Supported
    }

    /// Returns the current blockers of migration; none by default. Called without a lock by the
    /// commands that start a migration, and by queries.
    fn blockers(&self) -> Vec<Blocker> {
        Vec::new()
    }

    /// Announces the guest's new location on the network. Called `announce-rounds` times after an
    /// incoming migration. Has no effect by default.
    ///
    /// # Errors
    /// Logged; no further announcement follows.
    fn announce(&self) -> Result<()> {
        Ok(())
    }

    /// Returns the hooks for disk images, if the guest has any.
    fn disks(&self) -> Option<&dyn Disks> {
        None
    }

    /// Returns the vCPU threads, if page faults shall be attributed to vCPUs.
    fn vcpu_threads(&self) -> Option<&dyn VcpuThreads> {
        None
    }

    /// Returns the means to limit the dirty rate of single vCPUs, if the guest has them.
    fn vcpu_limits(&self) -> Option<&dyn VcpuLimits> {
        None
    }

    /// Returns the primary devices of failover pairs, if the guest has any.
    fn primaries(&self) -> Option<&dyn Primaries> {
        None
    }

    /// Returns the means to adopt any source's machine, for a guest without a shape of its own.
    fn adopts(&self) -> Option<&dyn Adopts> {
        None
    }
}

impl From<GuestEnd> for RunState {
    fn from(end: GuestEnd) -> Self {
        match end {
            GuestEnd::Shutdown => Self::Shutdown,
            GuestEnd::InternalError => Self::InternalError,
            GuestEnd::Panicked => Self::GuestPanicked,
        }
    }
}

impl MemoryAccess {
    /// Returns the accesses that a userfaultfd has to report.
    pub(crate) fn reported(self) -> Accesses {
        if self == Self::Threads { Accesses::Threads } else { Accesses::Kernel }
    }
}
