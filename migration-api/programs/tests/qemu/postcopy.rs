//! Postcopy with QEMU: the guest is migrated before its memory, pauses and resumes, and no page is
//! lost.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::certificates::{Authority, CLIENT, SERVER};
use crate::tls::{Keys, prepare, x509};
use crate::vm::{PATIENCE, Vm};
use crate::{ram, with};

pub const SIZE: usize = 32 << 20;
const PAGE: usize = 4096;

const WAYS: [&[&str]; 2] = [&["postcopy-ram"], &["postcopy-ram", "postcopy-preempt"]];

/// Makes memory whose pages all differ, with every third page zero.
pub fn pattern() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    for (number, page) in bytes.chunks_mut(PAGE).enumerate().filter(|(number, _)| number % 3 != 0) {
        let number = (number as u32).to_ne_bytes();
        page.iter_mut().enumerate().for_each(|(at, byte)| *byte = number[at % 4] ^ at as u8 | 1);
    }
    bytes
}

/// Makes a file in memory, whose pages can be freed one by one. It is deleted on drop.
pub fn in_memory() -> tempfile::NamedTempFile {
    tempfile::NamedTempFile::new_in("/dev/shm").unwrap()
}

pub fn wait_for(vm: &mut Vm, status: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let info = vm.command("query-migrate", json!({}));
        if info["status"] == status {
            return;
        }
        assert!(Instant::now() < end, "{}: not {status} but {info}", vm.name);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Migrates up to the switch to postcopy. Background pages are slow from then on.
pub fn switch(source: &mut Vm, target: &mut Vm, capabilities: &[&str]) {
    source.capabilities(capabilities);
    target.capabilities(capabilities);
    let slow =
        json!({"max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 4 << 20, "downtime-limit": 1});
    source.command("migrate-set-parameters", slow);
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    source.command("migrate", json!({"uri": target.address()}));
    wait_for(source, "active");
    source.command("migrate-start-postcopy", json!({}));
    wait_for(source, "postcopy-active");
    wait_for(target, "postcopy-active");
}

pub fn hurry(source: &mut Vm) {
    source.command("migrate-set-parameters", json!({"max-postcopy-bandwidth": 0}));
}

/// Breaks the connection at one side, and resumes over another one.
fn pause(source: &mut Vm, target: &mut Vm, at_source: bool) {
    let breaking = if at_source { &mut *source } else { &mut *target };
    breaking.command("migrate-pause", json!({}));
    wait_for(source, "postcopy-paused");
    wait_for(target, "postcopy-paused");
    target.command("migrate-recover", json!({"uri": "tcp:127.0.0.1:0"}));
    source.command("migrate", json!({"uri": target.address(), "resume": true}));
    wait_for(source, "postcopy-active");
    wait_for(target, "postcopy-active");
}

/// Starts a destination with a workload in the second half of memory.
fn working(folder: &Path, file: &Path) -> Vm {
    let backend = ram(file);
    let workload = ["-workload", "dirty,start=16M,end=32M,rate=2000", "-incoming", "defer"];
    Vm::engine(folder, "target", &with(&backend, &workload))
}

/// Checks that memory is what was sent, with the pages of its second half dirtied in turn: equally
/// often, or from some page on once less.
fn compare(sent: &[u8], got: &[u8]) {
    let turns: Vec<u8> = (0..SIZE).step_by(PAGE).map(|at| got[at].wrapping_sub(sent[at])).collect();
    let (still, worked) = turns.split_at(turns.len() / 2);
    assert!(still.iter().all(|&turns| turns == 0), "nobody dirties that half");
    let steps = worked.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(
        steps <= 1 && worked[0].wrapping_sub(worked[worked.len() - 1]) == steps as u8,
        "dirtied unevenly"
    );
    let rest = |bytes: &[u8], page: usize| bytes[page * PAGE + 1..][..PAGE - 1].to_vec();
    assert_eq!(
        (0..SIZE / PAGE).find(|&page| rest(sent, page) != rest(got, page)),
        None,
        "a page that differs"
    );
}

/// Migrates in postcopy, with pauses at the given sides.
fn carry(source: &mut Vm, target: &mut Vm, capabilities: &[&str], pauses: &[bool]) {
    switch(source, target, capabilities);
    for &at_source in pauses {
        std::thread::sleep(Duration::from_millis(100));
        pause(source, target, at_source);
    }
    hurry(source);
    source.completes();
    target.completes();
}

/// Migrates from QEMU to the engine, after `prepare` and with pauses, and compares memory.
pub fn to_engine(capabilities: &[&str], pauses: &[bool], prepare: impl Fn(&mut Vm, &mut Vm)) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), in_memory());
    std::fs::write(&from, pattern()).unwrap();
    let backend = ram(&from);
    let mut source = Vm::qemu(folder.path(), "source", &with(&backend, &[]));
    let mut target = working(folder.path(), to.path());
    prepare(&mut source, &mut target);
    carry(&mut source, &mut target, capabilities, pauses);
    target.command("stop", json!({}));
    let sent = source.memory(folder.path(), SIZE as u64);
    compare(&sent, &std::fs::read(to.path()).unwrap());
    let info = source.command("query-migrate", json!({}));
    assert!(info["ram"]["postcopy-requests"].as_u64().unwrap() > 0, "{info}");
}

/// Migrates from the engine to QEMU, after `prepare` and with pauses, and compares memory.
pub fn to_qemu(capabilities: &[&str], pauses: &[bool], prepare: impl Fn(&mut Vm, &mut Vm)) {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from");
    std::fs::write(&from, pattern()).unwrap();
    let backend = ram(&from);
    let mut source = Vm::engine(folder.path(), "source", &with(&backend, &[]));
    let waiting = ["-machine", "none", "-m", "32", "-incoming", "defer"];
    let mut target = Vm::qemu(folder.path(), "target", &waiting);
    prepare(&mut source, &mut target);
    carry(&mut source, &mut target, capabilities, pauses);
    assert!(target.memory(folder.path(), SIZE as u64) == pattern(), "{capabilities:?}");
}

#[test]
fn a_guest_of_qemu_runs_in_the_engine_while_its_memory_comes() {
    for capabilities in WAYS {
        to_engine(capabilities, &[false, true, true, false], |_, _| {});
    }
}

#[test]
fn a_guest_of_the_engine_goes_over_to_qemu_before_its_memory_does() {
    for capabilities in WAYS {
        to_qemu(capabilities, &[false, true], |_, _| {});
    }
}

/// Migrates both ways with TLS and a pause, after which the sessions are new.
fn over_tls(credentials: &Value) {
    let none = json!({});
    let keys = Keys { client: credentials, server: credentials, parameters: [&none, &none] };
    for capabilities in WAYS {
        to_engine(capabilities, &[false, true], |source, target| prepare(source, target, keys));
        to_qemu(capabilities, &[false, true], |source, target| prepare(source, target, keys));
    }
}

#[test]
fn over_anonymous_tls() {
    over_tls(&json!({"qom-type": "tls-creds-anon"}));
}

#[test]
fn over_tls_with_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    authority.issue(folder.path(), SERVER);
    authority.issue(folder.path(), CLIENT);
    over_tls(&x509(folder.path()));
}

#[test]
fn a_pc_passes_through_the_engine_in_postcopy_and_runs_on() {
    for capabilities in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let pc = ["-machine", "pc", "-accel", "tcg", "-m", "32"];
        let waiting: Vec<&str> = pc.iter().chain(&["-incoming", "defer"]).copied().collect();
        let mut first = Vm::qemu(folder.path(), "first", &pc);
        let mut relay =
            Vm::engine(folder.path(), "relay", &["-machine", "relay", "-incoming", "defer"]);
        let mut last = Vm::qemu(folder.path(), "last", &waiting);
        first.capabilities(capabilities);
        relay.capabilities(capabilities);
        // Zero pages need few bytes, so the bandwidth must be very low.
        first.command(
            "migrate-set-parameters",
            json!({"max-bandwidth": 50_000, "downtime-limit": 1}),
        );
        relay.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
        first.command("migrate", json!({"uri": relay.address()}));
        wait_for(&mut first, "active");
        first.command("migrate-start-postcopy", json!({}));
        first.completes();
        relay.completes();
        assert_eq!(relay.status(), "paused");
        let info = first.command("query-migrate", json!({}));
        assert!(info["ram"]["postcopy-bytes"].as_u64().unwrap() > 0, "{info}");

        last.capabilities(&["postcopy-ram"]);
        last.command("stop", json!({}));
        last.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
        relay.command("migrate", json!({"uri": last.address()}));
        relay.completes();
        last.completes();
        let sent = first.memory(folder.path(), SIZE as u64);
        assert!(last.memory(folder.path(), SIZE as u64) == sent, "{capabilities:?}");
        last.command("cont", json!({}));
        assert_eq!(last.status(), "running");
    }
}
