//! A guest with two RAM blocks: one that is joined from two regions, and one in huge pages if the
//! host has any. vCPUs dirty each of them.

use super::*;
use crate::guest::{
    BlockId, DeviceSection, DirtyBits, Identity, JoinedRegions, Layout, MemoryAccess, RamBlock,
    Result, StopMode, Vcpu, VcpuThreads,
};
use crate::guests::MachineError;

/// The block in huge pages.
const HUGE: Backing = Backing::Memfd { shared: false, huge: Some(2 << 20) };
const ANONYMOUS: Backing = Backing::Anonymous { shared: false };

/// The size of the first region of the joined block: its dirty bits end within a word.
const FIRST: u64 = SIZE + 5 * 4096;

/// Three machines as one guest, with the memory, vCPU and devices of each. The memory of the first
/// two is one block.
struct Twin([Arc<Machine>; 3]);

impl Twin {
    /// Makes the guest, with its second block in `backing`.
    fn new(
        workloads: &[&str],
        incoming: bool,
        backing: Backing,
    ) -> std::result::Result<Self, MachineError> {
        let make = |block: &str, size, backing| {
            let config =
                MachineConfig { block: block.into(), size, backing, ..config(workloads, incoming) };
            Machine::new(config).map(Arc::new)
        };
        Ok(Self([
            make("low", FIRST, ANONYMOUS)?,
            make("high", SIZE, Backing::Memfd { shared: true, huge: None })?,
            make("other", SIZE, backing)?,
        ]))
    }

    fn memory(&self) -> [Vec<u8>; 3] {
        self.0.each_ref().map(|machine| {
            let memory = &machine.ram()[0].memory;
            let mut bytes = vec![0; memory.size() as usize];
            memory.read(0, &mut bytes);
            bytes
        })
    }

    /// Returns the memory of undisturbed machines whose workloads have got as far.
    fn undisturbed(&self) -> [Vec<u8>; 3] {
        let still = Self::new(&[PATTERN], false, ANONYMOUS).unwrap().memory();
        let mut machines = self.0.iter();
        still.map(|mut bytes| {
            let count = machines.next().map_or(0, |machine| machine.pages_dirtied());
            for step in 0..count {
                let at = (1 << 20) + (step as usize % 256) * 4096;
                bytes[at] = bytes[at].wrapping_add(1);
            }
            bytes
        })
    }
}

impl Guest for Twin {
    fn identity(&self) -> Identity {
        self.0[0].identity()
    }
    fn ram(&self) -> Vec<RamBlock> {
        let [low, high, other] = self.0.each_ref().map(|machine| machine.ram().remove(0));
        let joined = JoinedRegions::new([low.memory.clone(), high.memory]);
        vec![RamBlock { name: "pc.ram".into(), memory: Arc::new(joined), ..low }, other]
    }
    fn memory_access(&self) -> MemoryAccess {
        self.0[0].memory_access()
    }
    fn pause(&self, mode: StopMode) -> Result<()> {
        self.0.iter().try_for_each(|machine| machine.pause(mode))
    }
    fn resume(&self) -> Result<()> {
        self.0.iter().try_for_each(|machine| machine.resume())
    }
    fn throttle(&self, percent: u8) -> Result<()> {
        self.0.iter().try_for_each(|machine| machine.throttle(percent))
    }
    fn start_log(&self) -> Result<()> {
        self.0.iter().try_for_each(|machine| machine.start_log())
    }
    fn sync_log(&self, block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        let [low, high, other] = &self.0;
        let parts = match block.index() {
            0 => vec![(0, low), (FIRST, high)],
            _ => vec![(0, other)],
        };
        for (offset, machine) in parts {
            let size = machine.ram()[0].memory.size();
            let mut words = vec![0; size.div_ceil(64 * 4096) as usize];
            machine.sync_log(BlockId::new(0), &mut DirtyBits::new(&mut words))?;
            dirty.or_at(offset, &words);
        }
        Ok(())
    }
    fn save(&self) -> Result<Vec<DeviceSection>> {
        let mut sections = Vec::new();
        for (instance, machine) in (0..).zip(&self.0) {
            let devices = machine.save()?.into_iter();
            sections.extend(devices.map(|device| device.instance(instance)));
        }
        Ok(sections)
    }
    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        self.0.get(instance as usize)?.layout(name, 0)
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        for (instance, machine) in (0..).zip(&self.0) {
            let own = devices.iter().filter(|device| device.instance == instance);
            machine.load(own.map(|device| device.clone().instance(0)).collect())?;
        }
        Ok(())
    }
    fn vcpu_threads(&self) -> Option<&dyn VcpuThreads> {
        Some(self)
    }
}

impl VcpuThreads for Twin {
    fn vcpus(&self) -> Vec<Vcpu> {
        let vcpus = (0..).zip(self.0.iter().flat_map(|machine| machine.vcpus()));
        vcpus.map(|(index, vcpu)| Vcpu { index, ..vcpu }).collect()
    }
    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        self.0[vcpu as usize].vcpu_waits(0, waits);
    }
}

/// The guest with its engine.
struct Side {
    guest: Arc<Twin>,
    /// The engine and its notices, as the other tests have them.
    host: Host,
}

fn side(
    workloads: &[&str],
    incoming: bool,
    backing: Backing,
    capabilities: &[Capability],
    parameters: Parameters,
) -> Option<Side> {
    let guest = Twin::new(workloads, incoming, backing);
    let guest = huge_pages::made_or_missing(guest).map(Arc::new)?;
    let (builder, machine) = (Engine::builder(guest.clone()), guest.0[0].clone());
    Some(Side { guest, host: Host::of(builder, machine, incoming, capabilities, parameters) })
}

/// Migrates a running guest, and compares its memory with that of machines that stayed.
fn migrates(capabilities: &[Capability], postcopy: bool) {
    migrates_in(ANONYMOUS, capabilities, postcopy);
    migrates_in(HUGE, capabilities, postcopy);
}

fn migrates_in(backing: Backing, capabilities: &[Capability], postcopy: bool) {
    let parameters = Parameters {
        max_bandwidth: if postcopy { 1 << 20 } else { 0 },
        downtime_limit: if postcopy { 1 } else { 300 },
        ..Parameters::default()
    };
    let workloads = [PATTERN, DIRTY];
    let source = side(&workloads, false, backing.clone(), capabilities, parameters);
    let target = side(&[], true, backing.clone(), capabilities, Parameters::default());
    let (Some(source), Some(target)) = (source, target) else { return };
    let sizes: Vec<u64> = source.guest.ram().iter().map(|block| block.page_size).collect();
    assert_eq!(sizes, [4096, if backing == HUGE { 2 << 20 } else { 4096 }]);
    source.host.engine.cont().unwrap();
    source.host.engine.migrate(&target.host.listen()).unwrap();
    if postcopy {
        source.host.until(Status::Active);
        source.host.engine.switch_to_postcopy().unwrap();
        source.host.until(Status::PostcopyActive);
    }
    source.host.until(Status::Completed);
    target.host.until(Status::Completed);
    if !capabilities.contains(&Capability::ReleaseRam) {
        assert!(source.guest.memory() == source.guest.undisturbed(), "{capabilities:?}: source");
    }
    assert_eq!(target.host.engine.run_state(), RunState::Running);
    let left = source.guest.0.each_ref().map(|machine| machine.pages_dirtied());
    let end = Instant::now() + PATIENCE;
    while (0..3).any(|index| target.guest.0[index].pages_dirtied() <= left[index]) {
        assert!(Instant::now() < end, "a vCPU does not go on");
        std::thread::sleep(Duration::from_millis(1));
    }
    target.host.engine.stop().unwrap();
    assert!(target.guest.memory() == target.guest.undisturbed(), "{capabilities:?}: target");
}

#[test]
fn both_blocks_arrive_while_the_guest_runs() {
    migrates(&[], false);
    migrates(&[Capability::Multifd], false);
    migrates(&[Capability::Multifd, Capability::ZeroCopySend], false);
    migrates(&[Capability::Xbzrle], false);
}

#[test]
fn both_blocks_arrive_after_the_guest() {
    migrates(&[Capability::PostcopyRam], true);
    migrates(&[Capability::PostcopyRam, Capability::PostcopyPreempt], true);
    migrates(&[Capability::PostcopyRam, Capability::ReleaseRam], true);
}

#[test]
fn both_blocks_arrive_in_a_background_snapshot() {
    let source = side(&[PATTERN, DIRTY], false, ANONYMOUS, &[], Parameters::default()).unwrap();
    let target = side(&[], true, ANONYMOUS, &[], Parameters::default()).unwrap();
    let snapshot = [(Capability::BackgroundSnapshot, true)];
    if let Err(error) = source.host.engine.set_capabilities(snapshot) {
        println!("not tested: {error}");
        return;
    }
    source.host.engine.cont().unwrap();
    source.host.engine.migrate(&target.host.listen()).unwrap();
    source.host.until(Status::Completed);
    target.host.until(Status::Completed);
    assert_eq!(source.host.engine.run_state(), RunState::Running);
    target.host.engine.stop().unwrap();
    assert!(target.guest.memory() == target.guest.undisturbed());
}
