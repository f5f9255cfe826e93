//! The state of a snapshot is a migration's stream.

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
    source.command("snapshot-save", json!({"job-id": "j", "tag": "t", "vmstate": "d", "devices": ["d"]}));
    // It waits until the job is done.
    source.command("job-dismiss", json!({"id": "j"}));
    let store = std::fs::read_dir(format!("{}.snapshots", disk.display())).unwrap();
    let state = store.map(|entry| entry.unwrap().path());
    let state = state.into_iter().find(|path| path.extension().is_some_and(|name| name == "vmstate"));
    let mut target =
        Vm::qemu(folder.path(), "target", &["-machine", "none", "-m", "32", "-S", "-incoming", "defer"]);
    target.command("migrate-incoming", json!({"uri": format!("file:{}", state.unwrap().display())}));
    target.completes();
    assert_eq!(target.status(), "paused");
    assert!(target.memory(folder.path(), SIZE) == std::fs::read(&file).unwrap());
}
