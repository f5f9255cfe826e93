//! Background snapshots, in both directions.

use super::*;

#[test]
fn qemu_loads_a_background_snapshot_of_the_engine() {
    for transport in ["file", "tcp"] {
        let folder = tempfile::tempdir().unwrap();
        // Its memory does not change, but the guest counts as running for the snapshot.
        let source = ["-machine", "none", "-m", "32", "-workload", PATTERN];
        let mut source = Vm::engine(folder.path(), "source", &source);
        let target = ["-machine", "none", "-m", "32", "-S", "-incoming", "defer"];
        let mut target = Vm::qemu(folder.path(), "target", &target);
        source.capabilities(&["background-snapshot"]);
        let uri = format!("file:{}", folder.path().join("image").display());
        if transport == "tcp" {
            target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
            source.command("migrate", json!({"uri": target.address()}));
            source.completes();
        } else {
            source.command("migrate", json!({"uri": uri}));
            source.completes();
            target.command("migrate-incoming", json!({"uri": uri}));
        }
        target.completes();
        assert_eq!((source.status().as_str(), target.status().as_str()), ("running", "paused"));
        let file = folder.path().join("ram");
        let backend = ram(&file);
        let _same =
            Vm::engine(folder.path(), "same", &with(&backend, &["-S", "-workload", PATTERN]));
        assert!(target.memory(folder.path(), SIZE) == std::fs::read(&file).unwrap(), "{transport}");
    }
}

#[test]
fn the_engine_loads_a_background_snapshot_of_qemu() {
    let folder = tempfile::tempdir().unwrap();
    let source = ["-machine", "pc", "-accel", "tcg", "-m", "32"];
    let mut source = Vm::qemu(folder.path(), "source", &source);
    let mut relay =
        Vm::engine(folder.path(), "relay", &["-machine", "relay", "-incoming", "defer"]);
    source.capabilities(&["background-snapshot"]);
    let uri = format!("file:{}", folder.path().join("image").display());
    source.command("migrate", json!({"uri": uri}));
    source.completes();
    assert_eq!(source.status(), "running");
    relay.command("migrate-incoming", json!({"uri": uri}));
    relay.completes();
    assert_eq!(relay.status(), "paused");
    // QEMU loads its own snapshot from the relay.
    let pc = ["-machine", "pc", "-accel", "tcg", "-m", "32", "-incoming", "defer"];
    let mut last = Vm::qemu(folder.path(), "last", &pc);
    migrate(&mut relay, &mut last, "tcp", &["return-path"], folder.path());
    last.command("cont", json!({}));
    assert_eq!(last.status(), "running");
}
