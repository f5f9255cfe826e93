//! A guest that wraps a machine and changes some of its methods.

use std::sync::Arc;

use super::guest::{
    Adopts, BlockId, Blocker, DeviceSection, DirtyBits, Disks, Guest, GuestEnd, Identity, Layout,
    MemoryAccess, PostcopySupport, Primaries, RamBlock, Result, StopMode, Vcpu, VcpuLimits,
    VcpuThreads,
};
use super::guests::Machine;

/// The changes.
pub trait Hooks: Send + Sync + 'static {
    /// Called when the guest's method of this name is called.
    fn asked(&self, _what: &str) {}

    /// Decides if the guest's method of this name fails, where it can.
    fn fails(&self, _what: &str) -> Result<()> {
        Ok(())
    }

    /// Replaces what the machine says of accesses to its memory.
    fn memory_access(&self, access: MemoryAccess) -> MemoryAccess {
        access
    }

    /// Replaces what the machine says of postcopy.
    fn postcopy(&self) -> PostcopySupport {
        PostcopySupport::Supported
    }

    /// Replaces the RAM blocks of the machine.
    fn blocks(&self, ram: Vec<RamBlock>) -> Vec<RamBlock> {
        ram
    }

    /// Replaces the devices that the machine saves.
    fn saved(&self, devices: Vec<DeviceSection>) -> Vec<DeviceSection> {
        devices
    }

    /// Replaces the layout of a device.
    fn layout(&self, _name: &str, layout: Option<Layout>) -> Option<Layout> {
        layout
    }

    /// Looks at the devices that are loaded. Returns those for the machine.
    fn loaded(&self, devices: Vec<DeviceSection>) -> Vec<DeviceSection> {
        devices
    }

    /// Returns disks, for a guest that has some.
    fn disks(&self) -> Option<&dyn Disks> {
        None
    }

    /// Called when the guest is paused.
    fn paused(&self, _mode: StopMode) {}

    /// Returns the state that the guest has entered by itself.
    fn ended(&self) -> Option<GuestEnd> {
        None
    }
}

/// A machine with changes.
pub struct Over<H> {
    pub machine: Arc<Machine>,
    pub hooks: H,
}

impl<H: Hooks> Over<H> {
    fn asked(&self, what: &str) -> Result<()> {
        self.hooks.asked(what);
        self.hooks.fails(what)
    }
}

impl<H: Hooks> Guest for Over<H> {
    fn identity(&self) -> Identity {
        self.hooks.asked("identity");
        self.machine.identity()
    }
    fn ram(&self) -> Vec<RamBlock> {
        self.hooks.asked("ram");
        self.hooks.blocks(self.machine.ram())
    }
    fn migration_begins(&self) -> Result<()> {
        self.asked("migration_begins")
    }
    fn migration_ends(&self) {
        self.hooks.asked("migration_ends");
    }
    fn memory_access(&self) -> MemoryAccess {
        self.hooks.asked("memory_access");
        self.hooks.memory_access(self.machine.memory_access())
    }
    fn postcopy(&self) -> PostcopySupport {
        self.hooks.asked("postcopy");
        self.hooks.postcopy()
    }
    fn pause(&self, mode: StopMode) -> Result<()> {
        self.asked("pause")?;
        self.hooks.paused(mode);
        self.machine.pause(mode)
    }
    fn resume(&self) -> Result<()> {
        self.asked("resume")?;
        self.machine.resume()
    }
    fn hand_over(&self) -> Result<()> {
        self.asked("hand_over")
    }
    fn take_back(&self) -> Result<()> {
        self.asked("take_back")
    }
    fn reset(&self) -> Result<()> {
        self.asked("reset")?;
        self.machine.reset()
    }
    fn ended(&self) -> Option<GuestEnd> {
        self.hooks.asked("ended");
        self.hooks.ended()
    }
    fn throttle(&self, percent: u8) -> Result<()> {
        self.asked("throttle")?;
        self.machine.throttle(percent)
    }
    fn start_log(&self) -> Result<()> {
        self.asked("start_log")?;
        self.machine.start_log()
    }
    fn sync_log(&self, block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        self.asked("sync")?;
        self.machine.sync_log(block, dirty)
    }
    fn stop_log(&self) -> Result<()> {
        self.asked("stop_log")?;
        self.machine.stop_log()
    }
    fn save(&self) -> Result<Vec<DeviceSection>> {
        self.asked("save")?;
        self.machine.save().map(|devices| self.hooks.saved(devices))
    }
    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        self.hooks.asked("layout");
        self.hooks.layout(name, self.machine.layout(name, instance))
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        self.asked("load")?;
        self.machine.load(self.hooks.loaded(devices))
    }
    fn blockers(&self) -> Vec<Blocker> {
        self.hooks.asked("blockers");
        self.machine.blockers()
    }
    fn announce(&self) -> Result<()> {
        self.asked("announce")?;
        self.machine.announce()
    }
    fn disks(&self) -> Option<&dyn Disks> {
        self.hooks.asked("disks");
        self.hooks.disks()
    }
    fn vcpu_threads(&self) -> Option<&dyn VcpuThreads> {
        Some(self)
    }
    fn vcpu_limits(&self) -> Option<&dyn VcpuLimits> {
        self.hooks.asked("vcpu_limits");
        self.machine.vcpu_limits()
    }
    fn primaries(&self) -> Option<&dyn Primaries> {
        Some(self)
    }
    fn adopts(&self) -> Option<&dyn Adopts> {
        self.hooks.asked("adopts");
        self.machine.adopts()
    }
}

impl<H: Hooks> VcpuThreads for Over<H> {
    fn vcpus(&self) -> Vec<Vcpu> {
        self.hooks.asked("vcpus");
        self.machine.vcpus()
    }
    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        self.hooks.asked(if waits { "wait" } else { "go on" });
        self.machine.vcpu_waits(vcpu, waits);
    }
}

impl<H: Hooks> Primaries for Over<H> {
    fn unplug(&self) -> Result<Vec<String>> {
        self.asked("unplug")?;
        self.machine.unplug()
    }
    fn are_plugged(&self) -> Result<bool> {
        self.asked("are_plugged")?;
        self.machine.are_plugged()
    }
    fn replug(&self) -> Result<()> {
        self.asked("replug")?;
        self.machine.replug()
    }
}
