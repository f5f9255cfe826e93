//! XBZRLE with QEMU: pages that change repeatedly arrive unchanged, both ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use migration_api::api::{MigrationCapability as Capability, MigrationStatus as Status};
use migration_api::engine::{Engine, Event};
use migration_api::guest::{DeviceSection, Guest};
use migration_api::guests::{Backing, Machine, MachineConfig};
use migration_api::settings::Capabilities;
use migration_api::settings::Parameters;
use serde_json::json;

use crate::over::{Hooks, Over};
use crate::vm::{PATIENCE, Vm};
use crate::{PATTERN, SIZE};

/// Makes a disk whose first sector adds 1 to one byte of each of sixteen pages, without end.
fn boot_disk() -> Vec<u8> {
    let mut disk = vec![0; 1 << 20];
    let code = [
        0xb8, 0x00, 0x20, // mov ax, 0x2000
        0x8e, 0xd8, // mov ds, ax
        0x31, 0xdb, // xor bx, bx
        0xfe, 0x07, // again: inc byte [bx]
        0x81, 0xc3, 0x00, 0x10, // add bx, 0x1000
        0xeb, 0xf8, // jmp again
    ];
    disk[..code.len()].copy_from_slice(&code);
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk
}

#[test]
fn a_hot_guest_comes_from_qemu_by_differences() {
    from_qemu();
}

#[test]
fn a_hot_guest_goes_to_qemu_by_differences() {
    to_qemu();
}

/// Migrates a guest that dirties pages from QEMU, through the relay and back.
pub fn from_qemu() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::write(&disk, boot_disk()).unwrap();
    let drive = format!("file={},format=raw,if=ide,snapshot=on", disk.display());
    let pc = ["-machine", "pc", "-accel", "tcg", "-m", "32", "-drive", &drive];
    let waiting: Vec<&str> = pc.iter().chain(&["-incoming", "defer"]).copied().collect();
    let mut first = Vm::qemu(folder.path(), "first", &pc);
    let mut relay =
        Vm::engine(folder.path(), "relay", &["-machine", "relay", "-incoming", "defer"]);
    let mut last = Vm::qemu(folder.path(), "last", &waiting);
    first.capabilities(&["xbzrle", "return-path"]);
    // The rest never fits into a downtime of 0.
    first.command("migrate-set-parameters", json!({"downtime-limit": 0}));
    relay.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    std::thread::sleep(Duration::from_millis(500));
    first.command("migrate", json!({"uri": relay.address()}));
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let info = first.command("query-migrate", json!({}));
        // The migration completes if the guest gets no CPU time.
        if info["status"] == "completed" || info["xbzrle-cache"]["pages"].as_u64() > Some(200) {
            break;
        }
        assert!(std::time::Instant::now() < end, "{info}");
        std::thread::sleep(Duration::from_millis(20));
    }
    first.command("migrate-set-parameters", json!({"downtime-limit": 2000}));
    first.completes();
    relay.completes();
    let sent = first.memory(folder.path(), SIZE);
    last.command("stop", json!({}));
    last.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    relay.command("migrate", json!({"uri": last.address()}));
    relay.completes();
    last.completes();
    assert!(last.memory(folder.path(), SIZE) == sent);
}

/// A guest without devices, as QEMU's machine `none` has none. Its first looks at the dirty log
/// wait until the vCPU has written the last page of its range again, so that pages are sent more
/// than once on a busy host, too.
struct Hot {
    machine: Arc<Machine>,
    looks: AtomicU32,
}

impl Hot {
    fn last_page(&self) -> [u8; 4096] {
        let mut page = [0; 4096];
        self.machine.ram()[0].memory.read((2 << 20) - 4096, &mut page);
        page
    }
}

impl Hooks for Hot {
    fn asked(&self, what: &str) {
        if what != "sync" || self.looks.fetch_add(1, Ordering::Relaxed) >= 6 {
            return;
        }
        let (before, end) = (self.last_page(), Instant::now() + PATIENCE);
        while self.last_page() == before && Instant::now() < end {
            sleep(Duration::from_millis(1));
        }
    }

    fn saved(&self, _: Vec<DeviceSection>) -> Vec<DeviceSection> {
        Vec::new()
    }
}

/// Migrates a guest that dirties pages from the engine to QEMU.
pub fn to_qemu() {
    let folder = tempfile::tempdir().unwrap();
    let mut target =
        Vm::qemu(folder.path(), "target", &["-machine", "none", "-m", "32", "-incoming", "defer"]);
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    let machine = Machine::new(MachineConfig {
        machine: "none".into(),
        uuid: None,
        block: "ram".into(),
        size: SIZE,
        backing: Backing::Anonymous { shared: false },
        workloads: vec![
            PATTERN.parse().unwrap(),
            "dirty,start=1M,end=2M,rate=max".parse().unwrap(),
        ],
        incoming: false,
        devices: Vec::new(),
        blockers: Vec::new(),
    });
    let machine = Arc::new(machine.unwrap());
    let hooks = Hot { machine: machine.clone(), looks: AtomicU32::new(0) };
    let guest = Arc::new(Over { machine, hooks });
    let engine = Engine::builder(guest.clone())
        .capabilities(
            Capabilities::default().with(Capability::Events, true).with(Capability::Xbzrle, true),
        )
        .parameters(Parameters {
            max_bandwidth: 32 << 20,
            downtime_limit: 30,
            ..Parameters::default()
        })
        .build();
    let events = engine.events();
    engine.cont().unwrap();
    engine.migrate(&target.address().parse().unwrap()).unwrap();
    loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            Event::Migration(Status::Completed) => break,
            Event::Migration(Status::Failed) => panic!("failed"),
            _ => {}
        }
    }
    target.completes();
    let deltas = engine.info().xbzrle_cache.unwrap().pages;
    assert!(deltas > 0, "no page was sent as a difference");
    let mut sent = vec![0; SIZE as usize];
    guest.ram()[0].memory.read(0, &mut sent);
    assert!(target.memory(folder.path(), SIZE) == sent);
}
