//! Huge pages, to QEMU and back, in precopy and in postcopy, where each is placed as a whole.

use std::process::Command;

use crate::postcopy::{hurry, switch};
use crate::vm::Vm;
use crate::{PATTERN, migrate};

const SIZE: u64 = 16 << 20;
/// Number of huge pages that two guests need.
const NEEDED: u64 = (2 * SIZE) >> 21;
const RAM: &str = "memory-backend-memfd,id=ram,size=16M,hugetlb=on,hugetlbsize=2M,share=on";

/// Checks that the host has enough huge pages for two guests, as `.ci/run` reserves them.
fn check_host() {
    let free = std::fs::read_to_string("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
    let free = free.ok().and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(0);
    assert!(free >= NEEDED, "{free} huge pages of 2 MiB to spare, but {NEEDED} are needed");
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["-machine", "none,memory-backend=ram", "-object", RAM], more].concat()
}

/// Migrates the guest from one process to the next.
fn passes_on(source: &mut Vm, target: &mut Vm, postcopy: bool, folder: &std::path::Path) {
    if postcopy {
        switch(source, target, &["postcopy-ram"]);
        hurry(source);
        source.completes();
        target.completes();
    } else {
        migrate(source, target, "tcp", &[], folder);
    }
}

#[test]
fn huge_pages_go_to_qemu_and_come_back() {
    check_host();
    for postcopy in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let waiting = arguments(&["-incoming", "defer"]);
        let mut first = Vm::engine(folder, "first", &arguments(&["-S", "-workload", PATTERN]));
        let mut qemu = Vm::qemu(folder, "qemu", &waiting);
        passes_on(&mut first, &mut qemu, postcopy, folder);
        drop(first);
        let memory = qemu.memory(folder, SIZE);
        assert!(memory.iter().any(|&byte| byte != 0));
        let mut second = Vm::engine(folder, "second", &waiting);
        passes_on(&mut qemu, &mut second, postcopy, folder);
        drop(qemu);
        let mut last = Vm::qemu(folder, "last", &waiting);
        passes_on(&mut second, &mut last, postcopy, folder);
        assert!(last.memory(folder, SIZE) == memory, "postcopy: {postcopy}");
    }
}

#[test]
fn a_host_without_enough_says_so_at_the_start() {
    let more = RAM.replace("16M", "64T");
    let refused = Command::new(env!("CARGO_BIN_EXE_migration-engine"))
        .args(["-machine", "none,memory-backend=ram", "-object", &more])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("unable to map backing store") || stderr.contains("backing of 'ram'"),
        "{stderr}"
    );
}
