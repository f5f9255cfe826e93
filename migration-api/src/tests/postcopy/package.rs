//! Devices whose state no destination takes in one piece: postcopy does not begin.

use super::*;
use crate::guest::{Blocker, DeviceSection, GuestError, Layout, RamBlock, Vcpu};

/// A guest with a device that has as much state as it is told.
struct Laden(Arc<Machine>, usize);

impl Guest for Laden {
    fn machine(&self) -> String {
        self.0.machine()
    }
    fn uuid(&self) -> Option<[u8; 16]> {
        self.0.uuid()
    }
    fn ram(&self) -> Vec<RamBlock> {
        self.0.ram()
    }
    fn run_state(&self) -> RunState {
        self.0.run_state()
    }
    fn set_run_state(&self, state: RunState) {
        self.0.set_run_state(state);
    }
    fn throttle(&self, percent: u8) {
        self.0.throttle(percent);
    }
    fn vcpus(&self) -> Vec<Vcpu> {
        self.0.vcpus()
    }
    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        self.0.vcpu_waits(vcpu, waits);
    }
    fn start_dirty_log(&self) {
        self.0.start_dirty_log();
    }
    fn sync_dirty_log(&self, block: usize, dirty: &mut [u64]) {
        self.0.sync_dirty_log(block, dirty);
    }
    fn stop_dirty_log(&self) {
        self.0.stop_dirty_log();
    }
    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        let mut devices = self.0.save()?;
        devices.push(DeviceSection { name: "disk".into(), instance: 0, version: 1, body: vec![0; self.1] });
        Ok(devices)
    }
    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        self.0.layout(name, instance)
    }
    fn adopt(&self, machine: &str, blocks: &[(String, u64)]) -> Result<(), GuestError> {
        self.0.adopt(machine, blocks)
    }
    fn shapeless(&self) -> bool {
        self.0.shapeless()
    }
    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        self.0.load(devices)
    }
    fn reset(&self) {
        self.0.reset();
    }
    fn blockers(&self) -> Vec<Blocker> {
        self.0.blockers()
    }
    fn announce(&self) {
        self.0.announce();
    }
}

#[test]
fn more_state_than_a_destination_takes_leaves_the_guest_where_it_is() {
    let machine = machine(&[PATTERN, DIRTY], false);
    let (send, receive) = channel();
    let setup = Setup {
        autostart: true,
        capabilities: Capabilities::default()
            .with(Capability::Events, true)
            .with(Capability::PostcopyRam, true),
        // Slow enough that the switch comes in the first pass.
        parameters: Parameters { max_bandwidth: 1 << 20, downtime_limit: 1, ..Parameters::default() },
        ..Setup::default()
    };
    let most = crate::stream::Limits::default().package as usize;
    let guest = Arc::new(Laden(machine.clone(), most));
    let engine = Engine::new(guest, setup, Box::new(move |notice| drop(send.send(notice))));
    let source = Host { engine, machine, notices: Mutex::new(receive) };
    source.engine.cont().unwrap();
    let mut peer = Peer::new(&source, false);
    source.engine.migrate(peer.address(), false).unwrap();
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| peer.serve(&source.engine, None, |_| Vec::new()));
        let seen = statuses(&source.until(Status::Failed));
        assert_eq!(seen.last(), Some(&Status::Failed));
        assert!(!seen.contains(&Status::PostcopyActive), "{seen:?}");
        assert_eq!(serving.join().unwrap(), End::Cut);
    });
    assert!(
        source.error().unwrap().ends_with("bytes, which is too much for postcopy"),
        "{:?}",
        source.error()
    );
    assert_eq!(source.machine.run_state(), RunState::Running);
    source.engine.stop();
    assert!(source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied()));
}
