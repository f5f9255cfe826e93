//! A guest with two RAM blocks, one of them in huge pages, each of which a vCPU dirties.

use super::*;
use crate::guest::{
    Blocker, DeviceSection, GlobalState, GuestError, Layout, MemoryAccess, RamBlock, Vcpu,
};

/// The block in huge pages.
const HUGE: Backing = Backing::Memfd { shared: false, huge: Some(2 << 20) };

/// Two machines as one guest: a block, a vCPU and devices of each.
struct Twin([Arc<Machine>; 2]);

impl Twin {
    /// Makes the guest. Fails on a host without huge pages to spare.
    fn new(workloads: &[&str], incoming: bool) -> Result<Self, GuestError> {
        let make = |block: &str, backing| {
            let config =
                MachineConfig { block: block.into(), backing, ..config(workloads, incoming) };
            Machine::new(config).map(Arc::new)
        };
        let small = make("small", Backing::Anonymous { shared: false })?;
        Ok(Self([small, make("huge", HUGE)?]))
    }

    fn memory(&self) -> [Vec<u8>; 2] {
        self.0.each_ref().map(|machine| {
            let mut bytes = vec![0; SIZE as usize];
            machine.ram()[0].memory.read(0, &mut bytes);
            bytes
        })
    }

    /// Returns the memory of two undisturbed machines whose workloads have got as far.
    fn undisturbed(&self) -> [Vec<u8>; 2] {
        let each = self.0.each_ref();
        each.map(|machine| undisturbed(&[PATTERN], 1 << 20, 256, machine.pages_dirtied()))
    }
}

impl Guest for Twin {
    fn machine(&self) -> String {
        self.0[0].machine()
    }
    fn uuid(&self) -> Option<[u8; 16]> {
        None
    }
    fn ram(&self) -> Vec<RamBlock> {
        self.0.iter().flat_map(|machine| machine.ram()).collect()
    }
    fn memory_access(&self) -> MemoryAccess {
        self.0[0].memory_access()
    }
    fn run_state(&self) -> RunState {
        self.0[0].run_state()
    }
    fn set_run_state(&self, state: RunState) {
        self.0.iter().for_each(|machine| machine.set_run_state(state));
    }
    fn throttle(&self, percent: u8) {
        self.0.iter().for_each(|machine| machine.throttle(percent));
    }
    fn vcpus(&self) -> Vec<Vcpu> {
        let vcpus = (0..).zip(self.0.iter().flat_map(|machine| machine.vcpus()));
        vcpus.map(|(index, vcpu)| Vcpu { index, ..vcpu }).collect()
    }
    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        self.0[vcpu as usize].vcpu_waits(0, waits);
    }
    fn start_dirty_log(&self) {
        self.0.iter().for_each(|machine| machine.start_dirty_log());
    }
    fn sync_dirty_log(&self, block: usize, dirty: &mut [u64]) {
        self.0[block].sync_dirty_log(0, dirty);
    }
    fn stop_dirty_log(&self) {
        self.0.iter().for_each(|machine| machine.stop_dirty_log());
    }
    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        let mut sections = Vec::new();
        for (instance, machine) in (0..).zip(&self.0) {
            let devices = machine.save()?.into_iter();
            sections.extend(devices.map(|device| DeviceSection { instance, ..device }));
        }
        Ok(sections)
    }
    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        match name {
            GlobalState::NAME => self.0[0].layout(name, instance),
            _ => self.0.get(instance as usize)?.layout(name, 0),
        }
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        for (instance, machine) in (0..).zip(&self.0) {
            let own = devices.iter().filter(|device| device.instance == instance);
            let own = own.map(|device| DeviceSection { instance: 0, ..device.clone() });
            machine.load(own.collect())?;
        }
        Ok(())
    }
    fn reset(&self) {
        self.0.iter().for_each(|machine| machine.reset());
    }
    fn blockers(&self) -> Vec<Blocker> {
        Vec::new()
    }
    fn announce(&self) {}
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
    capabilities: &[Capability],
    parameters: Parameters,
) -> Option<Side> {
    let guest = huge_pages::made_or_missing(Twin::new(workloads, incoming)).map(Arc::new)?;
    let (send, receive) = channel();
    let on = Capabilities::default().with(Capability::Events, true);
    let capabilities = capabilities.iter().fold(on, |set, &capability| set.with(capability, true));
    let setup = Setup { incoming, autostart: true, capabilities, parameters, ..Setup::default() };
    let engine = Engine::new(guest.clone(), setup, Box::new(move |notice| drop(send.send(notice))));
    let machine = guest.0[0].clone();
    Some(Side { guest, host: Host { engine, machine, notices: Mutex::new(receive) } })
}

/// Migrates a running guest, and compares both blocks with those of machines that stayed.
fn migrates(capabilities: &[Capability], postcopy: bool) {
    let parameters = Parameters {
        max_bandwidth: if postcopy { 1 << 20 } else { 0 },
        downtime_limit: if postcopy { 1 } else { 300 },
        ..Parameters::default()
    };
    let workloads = [PATTERN, DIRTY];
    let Some(source) = side(&workloads, false, capabilities, parameters) else { return };
    let Some(target) = side(&[], true, capabilities, Parameters::default()) else { return };
    let sizes: Vec<u64> = source.guest.ram().iter().map(|block| block.page_size).collect();
    assert_eq!(sizes, [4096, 2 << 20]);
    source.host.engine.cont().unwrap();
    source.host.engine.migrate(target.host.listen(), false).unwrap();
    if postcopy {
        source.host.until(Status::Active);
        source.host.engine.start_postcopy().unwrap();
        source.host.until(Status::PostcopyActive);
    }
    source.host.until(Status::Completed);
    target.host.until(Status::Completed);
    if !capabilities.contains(&Capability::ReleaseRam) {
        assert!(source.guest.memory() == source.guest.undisturbed(), "{capabilities:?}: source");
    }
    assert_eq!(target.guest.run_state(), RunState::Running);
    let left = source.guest.0.each_ref().map(|machine| machine.pages_dirtied());
    let end = Instant::now() + PATIENCE;
    while (0..2).any(|index| target.guest.0[index].pages_dirtied() <= left[index]) {
        assert!(Instant::now() < end, "a vCPU does not go on");
        std::thread::sleep(Duration::from_millis(1));
    }
    target.host.engine.stop();
    assert!(target.guest.memory() == target.guest.undisturbed(), "{capabilities:?}: target");
}

#[test]
fn both_blocks_arrive_while_the_guest_runs() {
    migrates(&[], false);
    migrates(&[Capability::Multifd], false);
    migrates(&[Capability::Xbzrle], false);
}

#[test]
fn both_blocks_arrive_after_the_guest() {
    migrates(&[Capability::PostcopyRam], true);
    migrates(&[Capability::PostcopyRam, Capability::PostcopyPreempt], true);
    migrates(&[Capability::PostcopyRam, Capability::ReleaseRam], true);
}
