//! Snapshots of a guest in its own process, which is killed at any moment: a snapshot is complete
//! or absent.
//!
//! Feature `corpus` adds many more kills.

#[path = "../../../../qemu-stream/tests/common/random.rs"]
mod random;
#[path = "../common/vm.rs"]
#[allow(dead_code, reason = "shared with tests that migrate")]
mod vm;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use random::Random;
use serde_json::{Value, json};
use vm::{PATIENCE, Vm};

const KILLS: usize = if cfg!(feature = "corpus") { 200 } else { 12 };

/// The region that the workload dirties, in bytes.
const BUSY: std::ops::Range<usize> = 1 << 20..2 << 20;
const DISK: usize = 3 << 20;

/// Number of files of a snapshot of two disks: two records, two images, the guest's state.
const FILES: usize = 5;

fn disks(folder: &Path) -> [PathBuf; 2] {
    [folder.join("first/disk0.raw"), folder.join("second/disk1.qcow2")]
}

/// Fills both disks with a byte.
fn write_disks(folder: &Path, fill: u8) {
    for disk in disks(folder) {
        std::fs::create_dir_all(disk.parent().unwrap()).unwrap();
        std::fs::write(&disk, vec![fill; DISK]).unwrap();
    }
}

/// Returns the byte that fills the disks. Both must be complete and equal.
fn fill(folder: &Path) -> u8 {
    let [first, second] = disks(folder).map(|disk| std::fs::read(disk).unwrap());
    assert!(
        first.len() == DISK && first.iter().all(|&byte| byte == first[0]),
        "the first disk is torn"
    );
    assert!(first == second, "the disks are not of one moment: {} and {}", first[0], second[0]);
    first[0]
}

fn stored(folder: &Path) -> Vec<PathBuf> {
    let stores = disks(folder).map(|disk| PathBuf::from(format!("{}.snapshots", disk.display())));
    let entries = stores.iter().filter_map(|store| std::fs::read_dir(store).ok()).flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Starts a working guest, with its memory in a file.
fn start(folder: &Path, name: &str, more: &[&str]) -> Vm {
    let memory = folder.join(format!("{name}.memory"));
    let object =
        format!("memory-backend-file,id=ram,size=4M,mem-path={},share=on", memory.display());
    let [first, second] = disks(folder);
    let nodes = [
        format!("driver=raw,node-name=disk0,file.driver=file,file.filename={}", first.display()),
        json!({"driver": "qcow2", "node-name": "disk1", "file": {"driver": "file", "filename": second}})
            .to_string(),
    ];
    let mut arguments = vec!["-machine", "none,memory-backend=ram", "-object", &object];
    for node in &nodes {
        arguments.extend(["-blockdev", node]);
    }
    for workload in ["pattern,seed=5,zero=40", "dirty,start=1M,end=2M,rate=50000"] {
        arguments.extend(["-workload", workload]);
    }
    arguments.extend(more);
    Vm::start(
        std::process::Command::new(env!("CARGO_BIN_EXE_migration-engine")),
        folder,
        name,
        &arguments,
    )
}

/// Starts a job on both disks.
fn begin(vm: &mut Vm, command: &str, tag: &str) {
    let mut arguments = json!({"job-id": "job", "tag": tag, "devices": ["disk0", "disk1"]});
    if command != "snapshot-delete" {
        arguments["vmstate"] = "disk1".into();
    }
    vm.command(command, arguments);
}

/// Waits for the end of the job. Returns its error.
fn end(vm: &mut Vm) -> Option<String> {
    let limit = Instant::now() + PATIENCE;
    loop {
        let job = vm.command("query-jobs", json!({}))[0].take();
        if job["status"] == "concluded" {
            vm.command("job-dismiss", json!({"id": "job"}));
            return job["error"].as_str().map(str::to_owned);
        }
        assert!(Instant::now() < limit, "{job}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn run(vm: &mut Vm, command: &str, tag: &str) -> Option<String> {
    begin(vm, command, tag);
    end(vm)
}

/// Returns true if memory is the workload's at one instant: pages before a certain one have one
/// increment more than those after it. `first` is the initial memory.
fn is_of_one_instant(memory: &[u8], first: &[u8]) {
    assert!(memory[..BUSY.start] == first[..BUSY.start] && memory[BUSY.end..] == first[BUSY.end..]);
    let raised: Vec<u8> = BUSY.step_by(4096).map(|at| memory[at].wrapping_sub(first[at])).collect();
    let behind = raised[raised.len() - 1];
    let turn = raised.partition_point(|&count| count != behind);
    assert!(raised[..turn].iter().all(|&count| count == behind.wrapping_add(1)), "{raised:?}");
    assert!(raised[turn..].iter().all(|&count| count == behind), "{raised:?}");
}

#[test]
fn a_process_killed_at_any_moment_leaves_nothing_half() {
    let mut random = Random::new(0x5a7e);
    let mut longest = [Duration::ZERO; 3];
    for kill in 0..KILLS {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        write_disks(folder, 1);
        let mut vm = start(folder, "first", &[]);
        assert_eq!(run(&mut vm, "snapshot-save", "base"), None);
        assert_eq!(stored(folder).len(), FILES);
        write_disks(folder, 2);

        let at = kill % 3;
        let (command, tag) =
            [("snapshot-save", "new"), ("snapshot-load", "base"), ("snapshot-delete", "base")][at];
        if longest[at].is_zero() {
            // Runs once without a kill to measure the duration. The kills are spread over it.
            let began = Instant::now();
            assert_eq!(run(&mut vm, command, tag), None);
            longest[at] = began.elapsed();
            continue;
        }
        begin(&mut vm, command, tag);
        let moment = longest[at].as_micros() as usize * 5 / 4;
        std::thread::sleep(Duration::from_micros(random.below(moment) as u64));
        vm.process.kill().unwrap();
        drop(vm);

        // The next process that opens the disks finds the complete snapshot, or none.
        let mut vm = start(folder, "second", &["-S"]);
        let what = format!("kill {kill} in {command}");
        let files = stored(folder);
        assert!(files.len().is_multiple_of(FILES), "{what}: {files:?}");
        match command {
            "snapshot-load" => assert!([1, 2].contains(&fill(folder)), "{what}"),
            _ => assert_eq!(fill(folder), 2, "{what}"),
        }
        let there = |vm: &mut Vm, tag: &str, content: u8| match run(vm, "snapshot-load", tag) {
            None => {
                assert_eq!(fill(folder), content, "{what}: {tag}");
                1
            }
            Some(error) => {
                let missing = format!("Snapshot '{tag}' does not exist in one or more devices");
                assert_eq!(error, missing, "{what}: {tag}");
                0
            }
        };
        let count = there(&mut vm, "new", 2) + there(&mut vm, "base", 1);
        assert_eq!(files.len(), count * FILES, "{what}");
        assert!(count > 0 || command == "snapshot-delete", "{what}: the other snapshot is lost");
        for tag in ["new", "base"] {
            assert_eq!(run(&mut vm, "snapshot-delete", tag), None, "{what}");
        }
        assert!(stored(folder).is_empty(), "{what}");
    }
}

#[test]
fn a_guest_begins_with_a_snapshot() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    write_disks(folder, 1);
    let mut vm = start(folder, "source", &["-S"]);
    let first = std::fs::read(folder.join("source.memory")).unwrap();
    vm.command("cont", json!({}));
    while std::fs::read(folder.join("source.memory")).unwrap() == first {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(run(&mut vm, "snapshot-save", "t"), None);
    assert_eq!(vm.status(), "running");
    drop(vm);
    write_disks(folder, 2);

    let mut vm = start(folder, "paused", &["-S", "-loadvm", "t"]);
    assert_eq!(vm.status(), "prelaunch");
    assert_eq!(vm.command("query-migrate", json!({})), Value::Object(Default::default()));
    assert_eq!(fill(folder), 1);
    let saved = std::fs::read(folder.join("paused.memory")).unwrap();
    is_of_one_instant(&saved, &first);
    assert!(saved != first);
    drop(vm);
    let mut vm = start(folder, "running", &["-loadvm", "t"]);
    assert_eq!(vm.status(), "running");
    vm.command("stop", json!({}));
    is_of_one_instant(&std::fs::read(folder.join("running.memory")).unwrap(), &first);
}

#[test]
fn a_snapshot_that_is_not_there_begins_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    write_disks(temporary.path(), 1);
    let [disk, _] = disks(temporary.path());
    let node = format!("driver=file,node-name=d,filename={}", disk.display());
    for (arguments, reason) in [
        (
            &["-blockdev", &node, "-loadvm", "t"][..],
            "Snapshot 't' does not exist in one or more devices",
        ),
        (&["-loadvm", "t"], "no block device can store vmstate for snapshot"),
        (
            &["-loadvm", "t", "-incoming", "defer"],
            "'incoming' and 'loadvm' options are mutually exclusive",
        ),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_migration-engine"));
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            format!("migration-engine: {reason}\n")
        );
    }
}
