//! A guest without a machine of its own: accepts the machine of any source, never runs it, and
//! passes it on unchanged.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use uuid::Uuid;

use super::backing::map_all;
use super::vcpu::Region;
use crate::guest::{
    Adopts, BlockId, DeviceSection, DirtyBits, Guest, Identity, Layout, MemoryAccess, RamBlock,
    Result, StopMode,
};
use crate::sync::IgnorePoison;

/// A guest that becomes the machine that is migrated to it.
pub struct Relay {
    uuid: Option<Uuid>,
    held: Mutex<AdoptedMachine>,
}

struct AdoptedMachine {
    machine: String,
    blocks: Vec<(RamBlock, Arc<Region>)>,
    devices: Vec<DeviceSection>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("uuid", &self.uuid).finish_non_exhaustive()
    }
}

impl Relay {
    /// Creates an empty relay. `uuid` is compared by `validate-uuid`.
    pub fn new(uuid: Option<Uuid>) -> Self {
        let held =
            AdoptedMachine { machine: "none".into(), blocks: Vec::new(), devices: Vec::new() };
        Self { uuid, held: Mutex::new(held) }
    }

    fn held(&self) -> MutexGuard<'_, AdoptedMachine> {
        self.held.lock().ignore_poison()
    }
}

impl Guest for Relay {
    fn identity(&self) -> Identity {
        Identity { machine: self.held().machine.clone(), uuid: self.uuid }
    }

    fn ram(&self) -> Vec<RamBlock> {
        self.held().blocks.iter().map(|(block, _)| block.clone()).collect()
    }

    /// Its memory is accessed by threads of this process alone, in user mode.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Threads
    }

    fn pause(&self, _mode: StopMode) -> Result<()> {
        Ok(())
    }

    /// Does nothing, because a relay has no vCPUs.
    fn resume(&self) -> Result<()> {
        Ok(())
    }

    fn start_log(&self) -> Result<()> {
        for (_, region) in &self.held().blocks {
            region.bitmap().reset();
        }
        Ok(())
    }

    fn sync_log(&self, block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        if let Some((_, region)) = self.held().blocks.get(block.index()) {
            region.bitmap().take(dirty.words());
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<DeviceSection>> {
        Ok(self.held().devices.clone())
    }

    fn layout(&self, _name: &str, _instance: u32) -> Option<Layout> {
        None
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        self.held().devices = devices;
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        Ok(())
    }

    fn adopts(&self) -> Option<&dyn Adopts> {
        Some(self)
    }
}

impl Adopts for Relay {
    fn adopt(&self, machine: &str, blocks: &[(String, u64)]) -> Result<Vec<RamBlock>> {
        let regions = map_all(blocks)?.into_iter().map(Arc::new);
        let blocks = blocks
            .iter()
            .zip(regions)
            .map(|((name, _), region)| (RamBlock::new(name, &region).blank(true), region));
        let blocks = blocks.collect();
        let mut held = self.held();
        held.machine = machine.into();
        held.blocks = blocks;
        Ok(held.blocks.iter().map(|(block, _)| block.clone()).collect())
    }

    fn left_out(&self, blocks: &[(BlockId, u64)]) {
        let mut held = self.held();
        for (block, address) in blocks {
            if let Some((block, _)) = held.blocks.get_mut(block.index()) {
                (block.shared, block.guest_address) = (true, *address);
            }
        }
    }
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
        assert_eq!(relay.identity().machine, "pc-i440fx-10.0");
        assert_eq!(relay.save().unwrap(), [apic]);
        assert_eq!(relay.ram()[1].memory.size(), 1 << 18);
        for size in [0, 5, 1 << 50, 1 << 63] {
            assert!(relay.adopt("pc", &[("pc.ram".into(), size)]).is_err(), "{size}");
        }
    }
}
