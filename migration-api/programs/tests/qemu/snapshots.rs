//! The state of a snapshot is a migration stream.

use super::*;

#[test]
fn qemu_takes_the_state_of_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, file) = (folder.path().join("disk"), folder.path().join("ram"));
    std::fs::write(&disk, b"disk").unwrap();
    let backend = ram(&file);
    let node = format!("driver=file,node-name=d,filename={}", disk.display());
    let source = with(&backend, &["-workload", PATTERN, "-blockdev", &node]);
    let mut source = Vm::engine(folder.path(), "source", &source);
    source.command(
        "snapshot-save",
        json!({"job-id": "j", "tag": "t", "vmstate": "d", "devices": ["d"]}),
    );
    // Waits until the job is done.
    source.command("job-dismiss", json!({"id": "j"}));
    let store = std::fs::read_dir(format!("{}.snapshots", disk.display())).unwrap();
    let state = store.map(|entry| entry.unwrap().path());
    let state =
        state.into_iter().find(|path| path.extension().is_some_and(|name| name == "vmstate"));
    let mut target = Vm::qemu(
        folder.path(),
        "target",
        &["-machine", "none", "-m", "32", "-S", "-incoming", "defer"],
    );
    target
        .command("migrate-incoming", json!({"uri": format!("file:{}", state.unwrap().display())}));
    target.completes();
    assert_eq!(target.status(), "paused");
    assert!(target.memory(folder.path(), SIZE) == std::fs::read(&file).unwrap());
}

#[test]
fn a_pc_is_kept_in_a_snapshot_and_runs_on() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::write(&disk, b"disk").unwrap();
    let node = format!("driver=file,node-name=d,filename={}", disk.display());
    let pc = ["-machine", "pc", "-accel", "tcg", "-m", "32"];
    let mut first = Vm::qemu(folder.path(), "first", &pc);
    let relay = ["-machine", "relay", "-blockdev", &node];
    let incoming = [&relay[..], &["-incoming", "defer"]].concat();
    let mut keeper = Vm::engine(folder.path(), "keeper", &incoming);
    migrate(&mut first, &mut keeper, "tcp", &["return-path"], folder.path());
    keeper.command(
        "snapshot-save",
        json!({"job-id": "j", "tag": "t", "vmstate": "d", "devices": ["d"]}),
    );
    keeper.command("job-dismiss", json!({"id": "j"}));
    drop(keeper);
    let loading = [&relay[..], &["-loadvm", "t"]].concat();
    let mut keeper = Vm::engine(folder.path(), "again", &loading);
    assert_eq!(keeper.status(), "paused");
    let waiting: Vec<&str> = pc.iter().chain(&["-incoming", "defer"]).copied().collect();
    let mut last = Vm::qemu(folder.path(), "last", &waiting);
    last.command("stop", json!({}));
    migrate(&mut keeper, &mut last, "unix", &["return-path"], folder.path());
    assert!(last.memory(folder.path(), SIZE) == first.memory(folder.path(), SIZE));
    last.command("cont", json!({}));
    assert_eq!(last.status(), "running");
}
