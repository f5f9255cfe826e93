//! Snapshots of a guest with two disks in two folders.

mod crashes;
mod formats;
mod links;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::api::{
    JobStatus, JobVerb, MigrationCapability as Capability, MigrationStatus as Status, RunState,
};
use crate::block::{Image, Nodes};
use crate::core::Event;
use crate::core::receiver::EventReceiver;
use crate::engine::Engine;
use crate::guest::{Blocker, Guest};
use crate::guests::{Backing, Machine, MachineConfig};
use crate::settings::Capabilities;
use crate::transport::Address;

/// Time after which a wait fails its test, long enough for a slow host.
const PATIENCE: Duration = Duration::from_secs(60);
const SIZE: u64 = 256 << 10;

struct DiskHost {
    engine: Engine,
    machine: Arc<Machine>,
    notices: Mutex<EventReceiver>,
}

/// Returns the paths of the two disks.
fn disks(folder: &Path) -> [PathBuf; 2] {
    ["a/disk0", "b/disk1"].map(|name| folder.join(name))
}

/// Fills each disk with its own byte.
fn write_disks(folder: &Path, fill: u8) {
    for (disk, number) in disks(folder).iter().zip(1..) {
        std::fs::create_dir_all(disk.parent().unwrap()).unwrap();
        std::fs::write(disk, vec![fill + number; 5000]).unwrap();
    }
}

/// Returns the bytes that fill the disks, less the disks' numbers.
fn fills(folder: &Path) -> [u8; 2] {
    disks(folder).map(|disk| {
        let bytes = std::fs::read(&disk).unwrap();
        let number = if disk.ends_with("disk0") { 1 } else { 2 };
        assert!(
            bytes.len() == 5000 && bytes.iter().all(|&byte| byte == bytes[0]),
            "torn: {}",
            disk.display()
        );
        bytes[0] - number
    })
}

/// Makes an engine with nodes `d0` and `d1` for the named disks, and `null`, which has no image.
fn host(folder: &Path, names: &[&str], blockers: Vec<Blocker>, incoming: bool) -> DiskHost {
    let machine = Machine::new(MachineConfig {
        machine: "none".into(),
        uuid: None,
        block: "ram".into(),
        size: SIZE,
        backing: Backing::Anonymous { shared: false },
        workloads: ["pattern,seed=4,end=64K", "dirty,start=64K,end=128K,rate=20000"]
            .map(|text| text.parse().unwrap())
            .into(),
        incoming,
        devices: Vec::new(),
        blockers,
    });
    let machine = Arc::new(machine.unwrap());
    let mut nodes = Nodes::default();
    nodes.add("null".into(), None);
    for (name, path) in ["d0", "d1"].iter().zip(disks(folder)) {
        if names.contains(name) {
            nodes.add((*name).into(), Some(Image::open(&path).unwrap().unwrap()));
        }
    }
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let engine = Engine::builder(machine.clone())
        .incoming(incoming)
        .nodes(nodes)
        .capabilities(capabilities)
        .build();
    let receive = engine.events();
    DiskHost { engine, machine, notices: Mutex::new(receive) }
}

fn both(folder: &Path) -> DiskHost {
    host(folder, &["d0", "d1"], Vec::new(), false)
}

fn names(devices: &[&str]) -> Vec<String> {
    devices.iter().map(|&name| name.into()).collect()
}

impl DiskHost {
    fn save(&self, tag: &str, vmstate: &str, devices: &[&str]) -> Result<(), String> {
        let started = self.engine.snapshot_save("job", tag.into(), vmstate.into(), names(devices));
        started.unwrap();
        self.outcome().0
    }

    fn load(&self, tag: &str, vmstate: &str, devices: &[&str]) -> Result<(), String> {
        let started = self.engine.snapshot_load("job", tag.into(), vmstate.into(), names(devices));
        started.unwrap();
        self.outcome().0
    }

    fn delete(&self, tag: &str, devices: &[&str]) -> Result<(), String> {
        self.engine.snapshot_delete("job", tag.into(), names(devices)).unwrap();
        self.outcome().0
    }

    /// Waits for the end of the job. Returns its result and the notices, and dismisses it.
    fn outcome(&self) -> (Result<(), String>, Vec<Event>) {
        let mut seen = Vec::new();
        let notices = self.notices.lock().unwrap();
        while !matches!(
            seen.last(),
            Some(Event::JobStatusChange { status: JobStatus::Concluded, .. })
        ) {
            seen.push(
                notices.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no end after {seen:?}")),
            );
        }
        drop(notices);
        let job = self.engine.jobs().remove(0);
        assert_eq!((job.current_progress, job.total_progress), (1, 1));
        self.engine.ask_job("job", JobVerb::Dismiss).unwrap();
        (job.error.map_or(Ok(()), Err), seen)
    }

    fn memory(&self) -> Vec<u8> {
        let mut bytes = vec![0; SIZE as usize];
        self.machine.ram()[0].memory.read(0, &mut bytes);
        bytes
    }
}

/// Lists all files in the stores of both disks.
fn stored(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for disk in disks(folder) {
        let Ok(entries) = std::fs::read_dir(super::Store::folder_of(&disk)) else { continue };
        files.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
    }
    files.sort_unstable();
    files
}

#[test]
fn a_guest_and_its_disks_go_back_to_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    host.engine.cont().unwrap();
    host.engine.snapshot_save("job", "t".into(), "d1".into(), names(&["d0", "d1", "d0"])).unwrap();
    let (saved, seen) = host.outcome();
    assert_eq!(saved, Ok(()));
    let job = |status| Event::JobStatusChange { id: "job".into(), status };
    assert_eq!(
        seen,
        [
            Event::Resume,
            job(JobStatus::Created),
            job(JobStatus::Running),
            Event::Stop,
            Event::Migration(Status::Setup),
            Event::MigrationPass(1),
            Event::MigrationPass(2),
            Event::Migration(Status::Completed),
            Event::Resume,
            job(JobStatus::Waiting),
            job(JobStatus::Pending),
            job(JobStatus::Concluded),
        ]
    );
    assert_eq!(stored(folder.path()).len(), 5, "two records, two disks, one state");
    let before = host.machine.pages_dirtied();
    while host.machine.pages_dirtied() < before + 500 {
        std::thread::yield_now();
    }
    host.engine.stop().unwrap();
    write_disks(folder.path(), 20);
    host.machine.ram()[0].memory.write(200 << 10, &[9; 4096]);

    assert_eq!(host.load("t", "d1", &["d1", "d0"]), Ok(()));
    assert_eq!(fills(folder.path()), [10, 10]);
    assert_eq!(host.engine.run_state(), RunState::Paused);
    let count = host.machine.pages_dirtied();
    assert!(count < before + 500);
    let mut expected = both(folder.path()).memory();
    for step in 0..count {
        let at = (64 << 10) + (step as usize % 16) * 4096;
        expected[at] = expected[at].wrapping_add(1);
    }
    assert!(host.memory() == expected);

    // Another process starts with it.
    let next = both(folder.path());
    next.engine.begin_with_snapshot("t").unwrap();
    assert!(next.memory() == expected);
    assert_eq!(next.engine.run_state(), RunState::Prelaunch);
    assert_eq!(
        next.engine.begin_with_snapshot("u").unwrap_err().to_string(),
        "Snapshot 'u' does not exist in one or more devices"
    );

    assert_eq!(host.delete("t", &["d1"]), Ok(()));
    assert_eq!(
        host.load("t", "d0", &["d0"]).unwrap_err(),
        super::SnapshotError::DiskOnly.to_string()
    );
    assert_eq!(host.delete("t", &["d1", "d0"]), Ok(()));
    assert_eq!(host.delete("t", &["d1", "d0"]), Ok(()));
    assert!(stored(folder.path()).is_empty());
    assert!(!super::Store::folder_of(&disks(folder.path())[0]).exists());
}

#[test]
fn invalid_requests_are_refused_in_order() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let one = host(folder.path(), &["d0"], Vec::new(), false);
    let refused = |outcome: Result<(), String>| outcome.unwrap_err();
    assert_eq!(refused(one.save("t", "d0", &[])), "At least one device is required for snapshot");
    assert_eq!(refused(one.save("t", "d0", &["null", "d9"])), "No block device node 'd9'");
    assert_eq!(
        refused(one.save("t", "d0", &["d0", "null"])),
        "Device 'null' is writable but does not support snapshots"
    );
    assert_eq!(
        refused(one.save("t", "null", &["d0"])),
        "vmstate block device 'null' does not exist"
    );
    assert_eq!(refused(one.save("t", "d1", &["d0"])), "vmstate block device 'd1' does not exist");
    assert!(
        !super::Store::folder_of(&disks(folder.path())[0]).exists(),
        "nothing is left of a refusal"
    );
    assert_eq!(one.save("", "d0", &["d0"]), Ok(()));
    assert_eq!(
        refused(one.save("", "d9", &["d0"])),
        "Snapshot '' already exists in one or more devices"
    );
    let two = both(folder.path());
    assert_eq!(
        refused(two.load("", "d0", &["d0", "d1"])),
        "Snapshot '' does not exist in one or more devices"
    );
    assert_eq!(refused(two.load("", "d1", &["d0"])), "vmstate block device 'd1' does not exist");
    assert_eq!(
        refused(two.delete("", &["null"])),
        "Device 'null' is writable but does not support snapshots"
    );
    assert_eq!(two.engine.run_state(), RunState::Prelaunch);
    let blocked = host(folder.path(), &["d0"], vec![Blocker::device("x")], false);
    assert_eq!(refused(blocked.save("t", "d9", &[])), "State blocked by non-migratable device 'x'");
    let waiting = host(folder.path(), &["d0"], Vec::new(), true);
    assert_eq!(
        refused(waiting.load("", "d0", &["d0"])),
        "Device 'd0' is writable but does not support snapshots"
    );
}

#[test]
fn disks_of_a_guest_that_leaves_or_has_left_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    host.save("t", "d0", &["d0", "d1"]).unwrap();
    let before = stored(folder.path());
    write_disks(folder.path(), 20);
    let left_alone = || {
        let refused = Err("Device 'd0' is writable but does not support snapshots".to_owned());
        assert_eq!(host.delete("t", &["d0", "d1"]), refused);
        assert_eq!(host.save("u", "d0", &["d0", "d1"]), refused);
        assert_eq!(host.load("t", "d0", &["d0", "d1"]), refused);
        assert_eq!((stored(folder.path()), fills(folder.path())), (before.clone(), [20, 20]));
    };
    let until = |status| {
        let notices = host.notices.lock().unwrap();
        while notices.recv_timeout(PATIENCE).unwrap() != Event::Migration(status) {}
    };
    let address =
        Address::File { path: folder.path().join("stream").display().to_string(), offset: 0 };
    host.engine.set_capabilities([(Capability::PauseBeforeSwitchover, true)]).unwrap();
    host.engine.migrate(&address).unwrap();
    until(Status::PreSwitchover);
    assert_eq!(host.engine.run_state(), RunState::FinishMigrate);
    left_alone();
    host.engine.proceed(Status::PreSwitchover).unwrap();
    until(Status::Completed);
    assert_eq!(host.engine.run_state(), RunState::Postmigrate);
    left_alone();
    // Running the guest here claims the disks for this process.
    host.engine.cont().unwrap();
    assert_eq!(host.delete("t", &["d0", "d1"]), Ok(()));
    assert!(stored(folder.path()).is_empty());
}

#[test]
fn a_failed_load_leaves_a_guest_that_ran_stopped() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    host.engine.cont().unwrap();
    assert!(host.load("t", "d0", &["d0"]).is_err());
    assert_eq!(host.engine.run_state(), RunState::RestoreVm);
    host.engine.cont().unwrap();
    assert_eq!(host.save("t", "d0", &["d0"]), Ok(()));
    let state = stored(folder.path()).into_iter().find(|name| name.ends_with(".vmstate")).unwrap();
    let state = super::Store::folder_of(&disks(folder.path())[0]).join(state);
    let bytes = std::fs::read(&state).unwrap();
    std::fs::write(&state, &bytes[..bytes.len() / 2]).unwrap();
    write_disks(folder.path(), 20);
    assert_eq!(host.load("t", "d0", &["d0"]).unwrap_err(), "Error -5 while loading VM state");
    // A half loaded guest must not run, and its disks are unchanged.
    assert_eq!(host.engine.run_state(), RunState::InternalError);
    let refused = host.engine.cont().unwrap_err().to_string();
    assert_eq!(refused, "Resetting the Virtual Machine is required");
    assert_eq!(fills(folder.path()), [20, 20]);
    assert_eq!(stored(folder.path()).len(), 3);
    // A load that succeeds resets the guest itself.
    std::fs::write(&state, bytes).unwrap();
    assert_eq!(host.load("t", "d0", &["d0"]), Ok(()));
    assert_eq!(host.engine.run_state(), RunState::RestoreVm);
    host.engine.cont().unwrap();
    assert_eq!(host.engine.run_state(), RunState::Running);
}

#[test]
fn jobs_take_no_id_twice_and_only_what_their_status_allows() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    let delete = |id: &str| host.engine.snapshot_delete(id, "t".into(), names(&["d0"]));
    assert_eq!(delete("0").unwrap_err().to_string(), "Invalid job ID '0'");
    assert_eq!(delete("").unwrap_err().to_string(), "Invalid job ID ''");
    delete("a").unwrap();
    assert_eq!(delete("a").unwrap_err().to_string(), "Job ID 'a' already in use");
    let refused = |id: &str, verb| host.engine.ask_job(id, verb).unwrap_err().to_string();
    for (verb, name) in [
        (JobVerb::Pause, "pause"),
        (JobVerb::Complete, "complete"),
        (JobVerb::Finalize, "finalize"),
        (JobVerb::Cancel, "cancel"),
    ] {
        let text = format!("Job 'a' in state 'concluded' cannot accept command verb '{name}'");
        assert_eq!(refused("a", verb), text);
    }
    assert_eq!(refused("a", JobVerb::Resume), "Can't resume a job that was not paused");
    delete("b").unwrap();
    assert_eq!(
        host.engine.jobs().iter().map(|job| job.id.as_str()).collect::<Vec<_>>(),
        ["b", "a"]
    );
    host.engine.ask_job("a", JobVerb::Dismiss).unwrap();
    assert_eq!(refused("a", JobVerb::Dismiss), "Job not found");
}

#[test]
fn a_cancelled_save_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    host.engine.cont().unwrap();
    for tag in ["a", "b", "c"] {
        host.engine.snapshot_save("job", tag.into(), "d0".into(), names(&["d0", "d1"])).unwrap();
        let cancelled = host.engine.ask_job("job", JobVerb::Cancel);
        match host.outcome().0 {
            // The job was done before it could be cancelled.
            Ok(()) => host.delete(tag, &["d0", "d1"]).unwrap(),
            Err(error) => {
                assert_eq!((cancelled, error.as_str()), (Ok(()), "Operation canceled"));
                assert_eq!(host.engine.run_state(), RunState::Running);
            }
        }
        assert!(stored(folder.path()).is_empty());
    }
}

#[test]
fn images_in_use_by_another_process_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    let image = Image::open(&disks(folder.path())[1]).unwrap().unwrap();
    let store = super::Store::open(&image).unwrap();
    let refused = host.save("t", "d0", &["d0", "d1"]).unwrap_err();
    assert!(refused.starts_with("Failed to get \"write\" lock"), "{refused}");
    drop(store);
    assert_eq!(host.save("t", "d0", &["d0", "d1"]), Ok(()));
}
