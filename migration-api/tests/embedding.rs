//! A VMM with memory around a hole, KVM's dirty log, a vhost-user backend, disks and devices with
//! JSON state embeds the engine, migrates its guest, and keeps it where a part of it fails. The
//! parts are stand-ins: they note calls, and fail where a test wants it.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use migration_api::api::{MigrationCapability, MigrationStatus as Status, RunState};
use migration_api::engine::{Engine, Event};
use migration_api::guest::{
    BlockId, DeviceSection, DirtyBits, Guest, GuestError, Identity, PostcopySupport, RamBlock,
    Result, StopMode, Uuid,
};
use migration_api::transport::Address;
use vm_memory::bitmap::AtomicBitmap;
use vm_memory::{Bytes, GuestAddress, GuestMemoryRegion, GuestRegionMmap, MemoryRegionAddress};

type Region = GuestRegionMmap<AtomicBitmap>;

/// KVM, reduced to what a migration asks of it.
#[derive(Default)]
struct Kvm {
    runs: AtomicBool,
}

impl Kvm {
    fn pause(&self) -> std::io::Result<()> {
        self.runs.store(false, Ordering::SeqCst);
        Ok(())
    }
    fn resume(&self) -> std::io::Result<()> {
        self.runs.store(true, Ordering::SeqCst);
        Ok(())
    }
    fn log(&self, _on: bool) -> std::io::Result<()> {
        Ok(())
    }
    /// Returns the dirty log of a memory slot, as `KVM_GET_DIRTY_LOG`.
    fn dirty_log(&self, slot: &Slot<'_>) -> std::io::Result<Vec<u64>> {
        Ok((**slot.region).bitmap().get_and_reset())
    }
}

struct Slot<'a> {
    /// The offset of the slot in its RAM block.
    offset: u64,
    region: &'a Region,
}

/// A vhost-user backend, which may refuse a request.
#[derive(Default)]
struct Backend {
    refuses: AtomicBool,
}

impl Backend {
    fn ask(&self) -> std::io::Result<()> {
        match self.refuses.load(Ordering::SeqCst) {
            true => Err(std::io::Error::other("the vhost-user backend is gone")),
            false => Ok(()),
        }
    }
    fn stop(&self) -> Result<()> {
        Ok(())
    }
    fn start(&self) -> Result<()> {
        Ok(())
    }
    fn set_log_base(&self) -> Result<()> {
        Ok(self.ask()?)
    }
}

/// A serial port.
struct Serial(Mutex<Vec<String>>);

struct Vmm {
    uuid: Uuid,
    kvm: Kvm,
    low: Arc<Region>,
    high: Arc<Region>,
    disks_active: AtomicBool,
    vhost: Vec<Backend>,
    /// The pages that backends have written.
    vhost_log: Mutex<Vec<u64>>,
    serial: Serial,
}

impl Vmm {
    fn boot(incoming: bool, queue: &[&str]) -> std::result::Result<Arc<Self>, Box<dyn Error>> {
        let region = |at, size| Region::from_range(GuestAddress(at), size, None).map(Arc::new);
        Ok(Arc::new(Self {
            uuid: Uuid::from_u128(7),
            kvm: Kvm::default(),
            // The first region ends within a word of dirty bits.
            low: region(0, (1 << 20) + (3 << 12))?,
            high: region(1 << 32, 1 << 20)?,
            disks_active: AtomicBool::new(!incoming),
            vhost: vec![Backend::default()],
            vhost_log: Mutex::default(),
            serial: Serial(Mutex::new(queue.iter().map(|&text| text.into()).collect())),
        }))
    }

    fn slots(&self, _block: BlockId) -> [Slot<'_>; 2] {
        let low = Slot { offset: 0, region: &self.low };
        [low, Slot { offset: self.low.len(), region: &self.high }]
    }
}

impl Guest for Vmm {
    // A: machine type and UUID.
    fn identity(&self) -> Identity {
        Identity::new("myvmm-1").uuid(self.uuid)
    }
    // B: one block of two regions.
    fn ram(&self) -> Vec<RamBlock> {
        vec![RamBlock::joined("pc.ram", [&self.low, &self.high])]
    }
    // C: each method can fail.
    fn pause(&self, _: StopMode) -> Result<()> {
        self.kvm.pause()?;
        self.vhost.iter().try_for_each(Backend::stop)
    }
    fn resume(&self) -> Result<()> {
        self.vhost.iter().try_for_each(Backend::start)?;
        Ok(self.kvm.resume()?)
    }
    // D: disks are handed over and taken back.
    fn hand_over(&self) -> Result<()> {
        self.disks_active.store(false, Ordering::SeqCst);
        Ok(())
    }
    fn take_back(&self) -> Result<()> {
        self.disks_active.store(true, Ordering::SeqCst);
        Ok(())
    }
    fn start_log(&self) -> Result<()> {
        self.kvm.log(true)?;
        self.vhost.iter().try_for_each(Backend::set_log_base)
    }
    fn sync_log(&self, block: BlockId, dirty: &mut DirtyBits) -> Result<()> {
        for slot in self.slots(block) {
            dirty.or_at(slot.offset, &self.kvm.dirty_log(&slot)?);
        }
        dirty.or(&std::mem::take(&mut *self.vhost_log.lock().unwrap()));
        Ok(())
    }
    fn stop_log(&self) -> Result<()> {
        Ok(self.kvm.log(false)?)
    }
    // E: states of any length.
    fn save(&self) -> Result<Vec<DeviceSection>> {
        let state = serde_json::to_vec(&*self.serial.0.lock().unwrap())?;
        Ok(vec![DeviceSection::new("serial", 1, state)])
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        for device in devices {
            match device.name.as_str() {
                "serial" => {
                    *self.serial.0.lock().unwrap() = serde_json::from_slice(&device.body)?;
                }
                name => return Err(GuestError::new(format!("there is no device '{name}'"))),
            }
        }
        Ok(())
    }
    // F: postcopy is refused with a reason, and precopy is not.
    fn postcopy(&self) -> PostcopySupport {
        PostcopySupport::refused("vhost-user backend without postcopy")
    }
}

/// Migrates from one VMM to another. Returns the final status of the source.
fn migrate(from: &Engine, to: &Engine) -> std::result::Result<Status, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    // I: an address from a text.
    let address: Address = format!("unix:{}", folder.path().join("socket").display()).parse()?;
    to.incoming(&address)?;
    let events = from.events();
    from.migrate(&address)?;
    for event in events.iter() {
        if let Event::Migration(status @ (Status::Completed | Status::Failed)) = event {
            return Ok(status);
        }
    }
    Err("the engine has ended".into())
}

#[test]
fn a_vmm_migrates_with_all_its_parts() -> std::result::Result<(), Box<dyn Error>> {
    let (here, there) = (Vmm::boot(false, &["a", "longer line"])?, Vmm::boot(true, &[])?);
    // G: an engine from a builder, with a receiver of events.
    let source = Engine::builder(here.clone()).build();
    let target = Engine::builder(there.clone()).incoming(true).build();
    let arrived = target.events();
    // H: parameters without QMP.
    source.set_parameters(|parameters| parameters.downtime_limit = 200)?;
    let refused = target.set_capabilities([(MigrationCapability::PostcopyRam, true)]);
    let words = "Postcopy is not supported: vhost-user backend without postcopy";
    assert_eq!(refused.unwrap_err().to_string(), words);
    source.cont()?;
    let last = MemoryRegionAddress(here.low.len() - 5);
    here.low.write_slice(b"lower", last)?;
    here.high.write_slice(b"upper", MemoryRegionAddress(0))?;

    // C: a part that fails ends the migration, and the guest stays.
    here.vhost[0].refuses.store(true, Ordering::SeqCst);
    let other = Engine::builder(Vmm::boot(true, &[])?).incoming(true).build();
    assert_eq!(migrate(&source, &other)?, Status::Failed);
    let reason = source.info().error_desc;
    assert_eq!(reason.as_deref(), Some("the vhost-user backend is gone"));
    assert!(here.kvm.runs.load(Ordering::SeqCst) && here.disks_active.load(Ordering::SeqCst));

    here.vhost[0].refuses.store(false, Ordering::SeqCst);
    assert_eq!(migrate(&source, &target)?, Status::Completed);
    let is_end = |event: &Event| matches!(event, Event::Migration(Status::Completed));
    assert!(arrived.iter().any(|event| is_end(&event)));
    let (mut lower, mut upper) = ([0; 5], [0; 5]);
    there.low.read_slice(&mut lower, last)?;
    there.high.read_slice(&mut upper, MemoryRegionAddress(0))?;
    assert_eq!((&lower, &upper), (b"lower", b"upper"));
    assert_eq!(*there.serial.0.lock().unwrap(), ["a", "longer line"]);
    assert_eq!(
        (source.run_state(), target.run_state()),
        (RunState::Postmigrate, RunState::Running)
    );
    // D: the disks are the destination's.
    let runs =
        |vmm: &Vmm| (vmm.kvm.runs.load(Ordering::SeqCst), vmm.disks_active.load(Ordering::SeqCst));
    assert_eq!((runs(&here), runs(&there)), ((false, false), (true, true)));

    // J: after the end no thread uses the guest.
    source.shutdown().join();
    drop(source);
    assert_eq!(Arc::strong_count(&here), 1);
    Ok(())
}
