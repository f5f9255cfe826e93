//! A guest without a machine of its own: accepts the machine of any source, never runs it, and
//! passes it on unchanged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::backing::{Backing, map};
use super::vcpu::Region;
use crate::api::RunState;
use crate::guest::{
    Blocker, DeviceSection, Guest, GuestError, Layout, MemoryAccess, RamBlock, Vcpu,
};
use crate::page::PAGE;

/// A guest that becomes the machine that is migrated to it.
pub struct Relay {
    uuid: Option<[u8; 16]>,
    held: Mutex<Held>,
}

struct Held {
    machine: String,
    blocks: Vec<(RamBlock, Arc<Region>)>,
    devices: Vec<DeviceSection>,
    state: RunState,
}

impl Relay {
    /// Creates an empty relay. `uuid` is compared by `validate-uuid`.
    pub fn new(uuid: Option<[u8; 16]>) -> Self {
        let held = Held {
            machine: "none".into(),
            blocks: Vec::new(),
            devices: Vec::new(),
            state: RunState::Inmigrate,
        };
        Self { uuid, held: Mutex::new(held) }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest for Relay {
    fn machine(&self) -> String {
        self.held().machine.clone()
    }

    fn uuid(&self) -> Option<[u8; 16]> {
        self.uuid
    }

    fn ram(&self) -> Vec<RamBlock> {
        self.held().blocks.iter().map(|(block, _)| block.clone()).collect()
    }

    /// Its memory is accessed by threads of this process alone, in user mode.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Threads
    }

    fn run_state(&self) -> RunState {
        self.held().state
    }

    /// Enters a run state. [`RunState::Running`] becomes paused, because a relay has no vCPUs.
    fn set_run_state(&self, state: RunState) {
        self.held().state = if state == RunState::Running { RunState::Paused } else { state };
    }

    fn throttle(&self, _percent: u8) {}

    fn vcpus(&self) -> Vec<Vcpu> {
        Vec::new()
    }

    fn vcpu_waits(&self, _vcpu: u32, _waits: bool) {}

    fn start_dirty_log(&self) {
        for (_, region) in &self.held().blocks {
            region.bitmap().reset();
        }
    }

    fn sync_dirty_log(&self, block: usize, dirty: &mut [u64]) {
        if let Some((_, region)) = self.held().blocks.get(block) {
            region.bitmap().take(dirty);
        }
    }

    fn stop_dirty_log(&self) {}

    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        Ok(self.held().devices.clone())
    }

    fn layout(&self, _name: &str, _instance: u32) -> Option<Layout> {
        None
    }

    fn adopt(&self, machine: &str, blocks: &[(String, u64)]) -> Result<(), GuestError> {
        let mapped = blocks.iter().map(|(name, size)| {
            let region = Arc::new(map(name, *size, &Backing::Anonymous { shared: false })?);
            let block = RamBlock {
                name: name.clone(),
                guest_address: 0,
                page_size: PAGE,
                shared: false,
                blank: true,
                memory: region.clone(),
            };
            Ok((block, region))
        });
        let blocks = mapped.collect::<Result<_, GuestError>>()?;
        let mut held = self.held();
        held.machine = machine.into();
        held.blocks = blocks;
        Ok(())
    }

    fn shapeless(&self) -> bool {
        true
    }

    fn left_out(&self, blocks: &[(usize, u64)]) {
        let mut held = self.held();
        for (index, address) in blocks {
            if let Some((block, _)) = held.blocks.get_mut(*index) {
                (block.shared, block.guest_address) = (true, *address);
            }
        }
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        self.held().devices = devices;
        Ok(())
    }

    fn reset(&self) {}

    fn blockers(&self) -> Vec<Blocker> {
        Vec::new()
    }

    fn announce(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_sends_what_it_received() {
        let relay = Relay::new(None);
        relay
            .adopt("pc-i440fx-10.0", &[("pc.ram".into(), 1 << 20), ("pc.bios".into(), 1 << 18)])
            .unwrap();
        let apic =
            DeviceSection { name: "apic".into(), instance: 0, version: 3, body: vec![1, 2, 3] };
        relay.load(vec![apic.clone()]).unwrap();
        relay.set_run_state(RunState::Running);
        assert_eq!(relay.run_state(), RunState::Paused);
        assert_eq!(relay.machine(), "pc-i440fx-10.0");
        assert_eq!(relay.save().unwrap(), [apic]);
        assert_eq!(relay.ram()[1].memory.size(), 1 << 18);
        for size in [0, 5, 1 << 50, 1 << 63] {
            assert!(relay.adopt("pc", &[("pc.ram".into(), size)]).is_err(), "{size}");
        }
    }
}
