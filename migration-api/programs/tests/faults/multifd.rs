//! Kills or stops one side while pages are sent on several channels.

use std::time::{Duration, Instant};

use super::*;
use crate::deaths::signal;
use crate::random::Random;
use rustix::process::Signal;

/// Number of runs, each at its own moment.
const RUNS: u64 = if cfg!(feature = "corpus") { 40 } else { 12 };

/// Migrates until some pages have passed the channels.
fn under_way(folder: &Path, run: u64) -> (Source, Vm) {
    let mut random = Random::new(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let capabilities: &[&str] =
        if run & 1 == 0 { &["multifd", "return-path"] } else { &["multifd"] };
    let compression = ["none", "zlib", "zstd"][random.below(3)];
    let mut source = Source::new(folder);
    let mut target = target(folder, capabilities);
    source.vm.capabilities(capabilities);
    // Pausing makes sure that the guest is not handed over, however slowly a process runs.
    source.vm.capabilities(&["pause-before-switchover"]);
    for vm in [&mut source.vm, &mut target] {
        let parameters =
            json!({"multifd-channels": 1 + random.below(4), "multifd-compression": compression});
        vm.command("migrate-set-parameters", parameters);
        // Both sides draw the same numbers.
        random = Random::new(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.below(3);
    }
    source.vm.command(
        "migrate-set-parameters",
        json!({"max-bandwidth": 256 << 10, "downtime-limit": 0}),
    );
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    let uri = target.address();
    source.migrate(&uri);
    let enough = 1 + random.below(48 << 10) as u64;
    let end = Instant::now() + vm::PATIENCE;
    loop {
        let info = source.vm.command("query-migrate", json!({}));
        assert!(!is_over(&info) && Instant::now() < end, "{info}");
        if info["ram"]["multifd-bytes"].as_u64() >= Some(enough) {
            return (source, target);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_dying_destination_leaves_the_guest_whole() {
    for run in 0..RUNS {
        let folder = tempfile::tempdir().unwrap();
        let (mut source, mut target) = under_way(folder.path(), run);
        signal(target.id(), Signal::KILL);
        target.exit_status();
        leaves_its_pause(&mut source);
        source.fails();
        nobody_panicked(folder.path());
    }
}

/// Continues a migration that pauses before the switchover. The whole guest may have fitted into
/// the sockets before the destination died, and without a return path only a write notices that.
fn leaves_its_pause(source: &mut Source) {
    let end = Instant::now() + vm::PATIENCE;
    loop {
        let info = source.vm.command("query-migrate", json!({}));
        if is_over(&info) {
            return;
        }
        if info["status"] == "pre-switchover" {
            // Refused if the end was noticed meanwhile.
            let _ = source.vm.try_command("migrate-continue", json!({"state": "pre-switchover"}));
            return;
        }
        assert!(Instant::now() < end, "{info}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_dying_source_leaves_no_guest_that_is_not_complete() {
    for run in 0..RUNS {
        let folder = tempfile::tempdir().unwrap();
        let (mut source, mut target) = under_way(folder.path(), run);
        signal(source.vm.id(), Signal::KILL);
        source.vm.exit_status();
        assert_eq!(target.exit_status().code(), Some(1));
        nobody_panicked(folder.path());
    }
}

#[test]
fn a_destination_that_hangs_can_be_left() {
    for run in 0..RUNS {
        let folder = tempfile::tempdir().unwrap();
        let (mut source, mut target) = under_way(folder.path(), run);
        signal(target.id(), Signal::STOP);
        source.vm.command("migrate-set-parameters", json!({"max-bandwidth": 0}));
        source.vm.command("migrate_cancel", json!({}));
        let info = source.vm.ends();
        assert_eq!(info["status"], "cancelled", "{info}");
        source.stays_whole();
        target.process.kill().unwrap();
        nobody_panicked(folder.path());
    }
}
