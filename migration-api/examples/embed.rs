//! Migrates a guest without vCPUs from one engine to another. The README shows it, too.
//!
//! ```text
//! cargo run -p migration-api --example embed
//! ```

use std::sync::{Arc, Mutex};

use migration_api::api::{MigrationCapability, MigrationStatus};
use migration_api::engine::{Engine, Event};
use migration_api::guest::{
    BlockId, DeviceSection, DirtyBits, Guest, GuestError, Identity, RamBlock, Result, StopMode,
};
use migration_api::transport::Address;
use migration_api::vm_memory::bitmap::AtomicBitmap;
use migration_api::vm_memory::{Bytes, GuestAddress, GuestRegionMmap, MemoryRegionAddress};

/// A VMM with a MiB of memory and a device whose state is JSON.
pub(crate) struct Vmm {
    memory: Arc<GuestRegionMmap<AtomicBitmap>>,
    lamps: Mutex<Vec<String>>,
}

impl Guest for Vmm {
    fn identity(&self) -> Identity {
        Identity::new("myvmm-1")
    }
    fn ram(&self) -> Vec<RamBlock> {
        vec![RamBlock::new("ram", &self.memory)]
    }
    fn pause(&self, _: StopMode) -> Result<()> {
        Ok(()) // Here the vCPUs stop before this returns.
    }
    fn resume(&self) -> Result<()> {
        Ok(())
    }
    fn start_log(&self) -> Result<()> {
        self.memory.bitmap().reset();
        Ok(())
    }
    fn sync_log(&self, _: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        dirty.or(&self.memory.bitmap().get_and_reset());
        Ok(())
    }
    fn save(&self) -> Result<Vec<DeviceSection>> {
        let state = serde_json::to_vec(&*self.lamps.lock().unwrap())?;
        Ok(vec![DeviceSection::new("lamps", 1, state)])
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        match &devices[..] {
            [device] if device.name == "lamps" => {
                *self.lamps.lock().unwrap() = serde_json::from_slice(&device.body)?;
                Ok(())
            }
            _ => Err(GuestError::new("expected the device 'lamps' alone")),
        }
    }
}

/// Creates a guest.
pub(crate) fn vmm(lamps: &[&str]) -> Result<Arc<Vmm>> {
    let memory = Arc::new(GuestRegionMmap::from_range(GuestAddress(0), 1 << 20, None)?);
    let lamps = lamps.iter().map(|&lamp| lamp.to_owned()).collect();
    Ok(Arc::new(Vmm { memory, lamps: Mutex::new(lamps) }))
}

fn main() -> Result<()> {
    let (source, destination) = (vmm(&["red", "green"])?, vmm(&[])?);
    source.memory.write_slice(b"hello", MemoryRegionAddress(4096))?;

    // An engine for each; a real source and destination are two processes.
    let receives = Engine::builder(destination.clone()).incoming(true).build();
    let sends = Engine::builder(source.clone()).build();
    let events = receives.events();
    // `completed` at the source then means that the guest has arrived.
    sends.set_capabilities([(MigrationCapability::ReturnPath, true)])?;
    sends.cont()?;

    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("socket");
    let address: Address = format!("unix:{}", socket.display()).parse()?;
    receives.incoming(&address)?;
    sends.migrate(&address)?;
    for event in events.iter() {
        println!("{event:?}");
        match event {
            Event::Migration(MigrationStatus::Completed) => break,
            Event::IncomingFailed(reasons) => return Err(GuestError::new(reasons.join("\n"))),
            _ => {}
        }
    }

    let mut bytes = [0; 5];
    destination.memory.read_slice(&mut bytes, MemoryRegionAddress(4096))?;
    assert_eq!(
        (&bytes, &destination.lamps.lock().unwrap()[..]),
        (b"hello", &["red".into(), "green".into()][..])
    );
    Ok(())
}
