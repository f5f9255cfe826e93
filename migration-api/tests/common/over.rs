//! A guest that wraps a machine and changes some of its methods.

use std::sync::Arc;

use super::api::RunState;
use super::guest::{
    Blocker, DeviceSection, Guest, GuestError, Layout, MemoryAccess, RamBlock, Vcpu,
};
use super::guests::Machine;

/// The changes.
pub trait Hooks: Send + Sync + 'static {
    /// Called when the guest's method of this name is called.
    fn asked(&self, _what: &str) {}

    /// Replaces what the machine says of accesses to its memory.
    fn memory_access(&self, access: MemoryAccess) -> MemoryAccess {
        access
    }

    /// Replaces the RAM blocks of the machine.
    fn blocks(&self, ram: Vec<RamBlock>) -> Vec<RamBlock> {
        ram
    }

    /// Replaces the devices that the machine saves.
    fn saved(&self, devices: Vec<DeviceSection>) -> Vec<DeviceSection> {
        devices
    }
}

/// A machine with changes.
pub struct Over<H> {
    pub machine: Arc<Machine>,
    pub hooks: H,
}

impl<H: Hooks> Guest for Over<H> {
    fn machine(&self) -> String {
        self.hooks.asked("machine");
        self.machine.machine()
    }
    fn uuid(&self) -> Option<[u8; 16]> {
        self.hooks.asked("uuid");
        self.machine.uuid()
    }
    fn ram(&self) -> Vec<RamBlock> {
        self.hooks.asked("ram");
        self.hooks.blocks(self.machine.ram())
    }
    fn memory_access(&self) -> MemoryAccess {
        self.hooks.asked("memory_access");
        self.hooks.memory_access(self.machine.memory_access())
    }
    fn run_state(&self) -> RunState {
        self.hooks.asked("run_state");
        self.machine.run_state()
    }
    fn set_run_state(&self, state: RunState) {
        self.hooks.asked("set_run_state");
        self.machine.set_run_state(state);
    }
    fn throttle(&self, percent: u8) {
        self.hooks.asked("throttle");
        self.machine.throttle(percent);
    }
    fn vcpus(&self) -> Vec<Vcpu> {
        self.hooks.asked("vcpus");
        self.machine.vcpus()
    }
    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        self.hooks.asked(if waits { "wait" } else { "go on" });
        self.machine.vcpu_waits(vcpu, waits);
    }
    fn start_dirty_log(&self) {
        self.hooks.asked("start_dirty_log");
        self.machine.start_dirty_log();
    }
    fn sync_dirty_log(&self, block: usize, dirty: &mut [u64]) {
        self.hooks.asked("sync");
        self.machine.sync_dirty_log(block, dirty);
    }
    fn stop_dirty_log(&self) {
        self.hooks.asked("stop_dirty_log");
        self.machine.stop_dirty_log();
    }
    fn dirty_ring(&self) -> Option<u64> {
        self.hooks.asked("dirty_ring");
        self.machine.dirty_ring()
    }
    fn pages_dirtied(&self, vcpu: u32) -> u64 {
        self.hooks.asked("pages_dirtied");
        Guest::pages_dirtied(&*self.machine, vcpu)
    }
    fn pause_on_full_ring(&self, vcpu: u32, pause: std::time::Duration) {
        self.hooks.asked("pause_on_full_ring");
        self.machine.pause_on_full_ring(vcpu, pause);
    }
    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        self.hooks.asked("save");
        self.machine.save().map(|devices| self.hooks.saved(devices))
    }
    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        self.hooks.asked("layout");
        self.machine.layout(name, instance)
    }
    fn adopt(&self, machine: &str, blocks: &[(String, u64)]) -> Result<(), GuestError> {
        self.hooks.asked("adopt");
        self.machine.adopt(machine, blocks)
    }
    fn shapeless(&self) -> bool {
        self.hooks.asked("shapeless");
        self.machine.shapeless()
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        self.hooks.asked("load");
        self.machine.load(devices)
    }
    fn reset(&self) {
        self.hooks.asked("reset");
        self.machine.reset();
    }
    fn unplug_primaries(&self) -> Vec<String> {
        self.hooks.asked("unplug");
        self.machine.unplug_primaries()
    }
    fn primaries_plugged(&self) -> bool {
        self.hooks.asked("primaries_plugged");
        self.machine.primaries_plugged()
    }
    fn replug_primaries(&self) {
        self.hooks.asked("replug_primaries");
        self.machine.replug_primaries();
    }
    fn blockers(&self) -> Vec<Blocker> {
        self.hooks.asked("blockers");
        self.machine.blockers()
    }
    fn announce(&self) {
        self.hooks.asked("announce");
        self.machine.announce();
    }
}
