//! Migrations to and from a real QEMU: memory arrives unchanged over every transport.

mod background;
mod bitmaps;
#[path = "../../../tests/common/certificates.rs"]
mod certificates;
mod huge_pages;
mod matrix;
mod multifd;
mod network;
#[path = "../../../tests/common/over.rs"]
mod over;
mod peer;
mod postcopy;
mod refusals;
#[path = "../common/refusals.rs"]
mod refused;
mod snapshots;
mod tls;
#[path = "../common/vm.rs"]
mod vm;
mod xbzrle;

use std::path::Path;

use migration_api::{guest, guests};
use serde_json::json;
use vm::Vm;

const SIZE: u64 = 32 << 20;
const PATTERN: &str = "pattern,seed=3,zero=30";

/// Lists every transport, with the capabilities that it allows.
fn ways() -> Vec<(&'static str, &'static [&'static str])> {
    let mut ways: Vec<(&str, &[&str])> = vec![("file", &[]), ("exec", &[])];
    for transport in ["tcp", "unix"] {
        ways.extend([(transport, &[][..]), (transport, &["return-path"][..])]);
        ways.push((transport, &["return-path", "switchover-ack"]));
    }
    ways
}

/// Returns the options for RAM in a file, so that a test can read it.
fn ram(file: &Path) -> [String; 4] {
    let object =
        format!("memory-backend-file,id=ram,size=32M,mem-path={},share=on", file.display());
    ["-machine".into(), "none,memory-backend=ram".into(), "-object".into(), object]
}

fn with<'a>(ram: &'a [String; 4], more: &[&'a str]) -> Vec<&'a str> {
    ram.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

/// Migrates from one process to the other.
fn migrate(
    source: &mut Vm,
    target: &mut Vm,
    transport: &str,
    capabilities: &[&str],
    folder: &Path,
) {
    source.capabilities(capabilities);
    target.capabilities(capabilities);
    let path = folder.join("stream").display().to_string();
    match transport {
        "file" | "exec" => {
            let (out, back) = match transport {
                "file" => (format!("file:{path},offset=4096"), format!("file:{path},offset=4096")),
                _ => (format!("exec:cat > {path}"), format!("exec:cat {path}")),
            };
            source.command("migrate", json!({"uri": out}));
            source.completes();
            target.command("migrate-incoming", json!({"uri": back}));
        }
        _ => {
            let uri =
                if transport == "tcp" { "tcp:127.0.0.1:0".into() } else { format!("unix:{path}") };
            target.command("migrate-incoming", json!({"uri": uri}));
            source.command("migrate", json!({"uri": target.address()}));
            source.completes();
        }
    }
    target.completes();
}

/// Migrates from the engine to QEMU, after `prepare`, and compares memory.
fn to_qemu(transport: &str, capabilities: &[&str], prepare: impl Fn(&mut Vm, &mut Vm)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ram");
    let backend = ram(&file);
    let mut source =
        Vm::engine(folder.path(), "source", &with(&backend, &["-S", "-workload", PATTERN]));
    let target = ["-machine", "none", "-m", "32", "-incoming", "defer"];
    let mut target = Vm::qemu(folder.path(), "target", &target);
    prepare(&mut source, &mut target);
    migrate(&mut source, &mut target, transport, capabilities, folder.path());
    let memory = target.memory(folder.path(), SIZE);
    assert!(memory == std::fs::read(&file).unwrap(), "{transport} {capabilities:?}");
    assert_eq!(target.status(), "prelaunch");
}

/// Migrates from QEMU to the engine, after `prepare`, and compares memory.
fn to_engine(transport: &str, capabilities: &[&str], prepare: impl Fn(&mut Vm, &mut Vm)) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let mut bytes = vec![0; SIZE as usize];
    for (number, page) in bytes.chunks_mut(4096).enumerate() {
        page.iter_mut().step_by(64).for_each(|byte| *byte = number as u8);
    }
    std::fs::write(&from, &bytes).unwrap();
    let (sending, receiving) = (ram(&from), ram(&to));
    let mut source = Vm::qemu(folder.path(), "source", &with(&sending, &["-S"]));
    let mut target =
        Vm::engine(folder.path(), "target", &with(&receiving, &["-incoming", "defer"]));
    prepare(&mut source, &mut target);
    migrate(&mut source, &mut target, transport, capabilities, folder.path());
    assert!(std::fs::read(&to).unwrap() == bytes, "{transport} {capabilities:?}");
}

/// Migrates from the engine to QEMU, after `prepare`, and returns the source's error.
fn refused_by(capabilities: &[&str], prepare: impl Fn(&mut Vm, &mut Vm)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Vm::engine(folder.path(), "source", &["-m", "32", "-S"]);
    let target = ["-machine", "none", "-m", "32", "-incoming", "defer"];
    let mut target = Vm::qemu(folder.path(), "target", &target);
    prepare(&mut source, &mut target);
    source.capabilities(capabilities);
    target.capabilities(capabilities);
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    source.command("migrate", json!({"uri": target.address()}));
    let info = source.ends();
    assert_eq!(info["status"], "failed", "{info}");
    info["error-desc"].as_str().unwrap().to_owned()
}

/// Migrates between the engine and QEMU; `suppressed` tells whether the source and the target have
/// `suppress-vmdesc`.
fn undescribed(engine_sends: bool, capabilities: &[&str], suppressed: [bool; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let [out, back] = suppressed.map(|on| if on { "none,suppress-vmdesc=on" } else { "none" });
    let (out, back) =
        (["-machine", out, "-m", "8", "-S"], ["-machine", back, "-m", "8", "-incoming", "defer"]);
    let (mut source, mut target) = if engine_sends {
        (Vm::engine(folder.path(), "source", &out), Vm::qemu(folder.path(), "target", &back))
    } else {
        (Vm::qemu(folder.path(), "source", &out), Vm::engine(folder.path(), "target", &back))
    };
    migrate(&mut source, &mut target, "tcp", capabilities, folder.path());
}

/// Migrates a running machine with firmware and devices into the relay and out of it again, each
/// over a transport with capabilities.
fn passes_through(machine: &str, inward: (&str, &[&str]), onward: (&str, &[&str])) {
    let folder = tempfile::tempdir().unwrap();
    let pc = ["-machine", machine, "-accel", "tcg", "-m", "32"];
    let waiting: Vec<&str> = pc.iter().chain(&["-incoming", "defer"]).copied().collect();
    let mut first = Vm::qemu(folder.path(), "first", &pc);
    let mut relay =
        Vm::engine(folder.path(), "relay", &["-machine", "relay", "-incoming", "defer"]);
    let mut last = Vm::qemu(folder.path(), "last", &waiting);
    migrate(&mut first, &mut relay, inward.0, inward.1, folder.path());
    assert_eq!(relay.status(), "paused");
    let sent = first.memory(folder.path(), SIZE);
    // Stopped on arrival, so that its memory can be compared.
    last.command("stop", json!({}));
    migrate(&mut relay, &mut last, onward.0, onward.1, folder.path());
    assert_eq!(last.status(), "paused");
    assert!(last.memory(folder.path(), SIZE) == sent, "{inward:?}, then {onward:?}");
    last.command("cont", json!({}));
    assert_eq!(last.status(), "running");
}

#[test]
fn the_engine_migrates_to_qemu() {
    for (transport, capabilities) in ways() {
        to_qemu(transport, capabilities, |_, _| {});
    }
}

#[test]
fn qemu_migrates_to_the_engine() {
    for (transport, capabilities) in ways() {
        to_engine(transport, capabilities, |_, _| {});
    }
}

// Uses every transport into the relay, and the next one out of it.
#[test]
fn a_pc_passes_through_the_engine_and_runs_on() {
    let ways = ways();
    for (way, &inward) in ways.iter().enumerate() {
        passes_through("pc", inward, ways[(way + 1) % ways.len()]);
    }
}

#[test]
fn streams_without_configuration_or_footers_are_refused() {
    for (property, reason) in [
        ("send-configuration", "Configuration section missing"),
        ("send-section-footer", "Missing section footer for ram"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let off = format!("migration.{property}=off");
        let pc = ["-machine", "pc", "-accel", "tcg", "-m", "8", "-S", "-global", &off];
        let mut source = Vm::qemu(folder.path(), "source", &pc);
        let mut target =
            Vm::engine(folder.path(), "target", &["-machine", "relay", "-incoming", "defer"]);
        target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
        source.command("migrate", json!({"uri": target.address()}));
        target.process.wait().unwrap();
        assert!(target.log().contains(reason), "{}", target.log());
    }
}
