//! The program between two processes of QEMU: the system's, and the one that `QAPI_QEMU` names.

use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::pair::{Pair, interrupt, until};
use crate::scripted::Run;

/// Runs a test with every QEMU.
fn each(test: impl Fn(&str)) {
    test("qemu-system-x86_64");
    if let Ok(other) = std::env::var("QAPI_QEMU") {
        test(&other);
    }
}

#[test]
fn guests_move_by_channels_and_by_postcopy() {
    each(|qemu| {
        let pair = Pair::qemus(qemu, "16M", "16M");
        let run = Run::of(pair.migrate(&["--multifd", "2", "--uri", "tcp:127.0.0.1:0"]));
        assert_eq!(run.status, Some(0), "{qemu}: {run:?}");
        assert_eq!(pair.statuses(), ("postmigrate".into(), "prelaunch".into()));

        let pair = Pair::qemus(qemu, "16M", "16M");
        let mut program = pair.migrate(&["--postcopy", "--bandwidth", "10M"]);
        assert_eq!(program.wait().unwrap().code(), Some(0), "{qemu}");
    });
}

#[test]
fn the_destination_gives_the_reason() {
    each(|qemu| {
        // The destination has less memory.
        let pair = Pair::qemus(qemu, "16M", "8M");
        let run = Run::of(pair.migrate(&["--quiet"]));
        assert_eq!(run.status, Some(1), "{qemu}: {run:?}");
        let reason = "destination: load of migration failed: Invalid argument";
        assert!(run.errors.contains(reason), "{qemu}: {run:?}");
        assert!(!run.errors.contains("Sibling"), "{qemu}: {run:?}");
    });
}

#[test]
fn an_interrupt_cancels_within_half_a_second() {
    each(|qemu| {
        // Pages of zeros need few bytes. This lasts for about 4 s.
        let pair = Pair::qemus(qemu, "512M", "512M");
        let mut program = pair.migrate(&["--bandwidth", "2K"]);
        until(&mut program, "active");
        interrupt(&program);
        let sent = Instant::now();
        assert_eq!(program.wait().unwrap().code(), Some(130), "{qemu}");
        assert!(sent.elapsed() < Duration::from_millis(500), "{qemu}: {:?}", sent.elapsed());
        assert_eq!(pair.source_status(), "prelaunch", "{qemu}");
    });
}

#[test]
fn a_socket_that_another_client_holds_is_reported() {
    each(|qemu| {
        let pair = Pair::qemus(qemu, "16M", "16M");
        let _other = UnixStream::connect(&pair.destination).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let run = Run::of(pair.migrate(&[]));
        assert_eq!(run.status, Some(1), "{qemu}: {run:?}");
        assert!(run.errors.contains("is held by another client"), "{qemu}: {run:?}");
        assert!(run.errors.starts_with("qapi-migrate: destination: "), "{qemu}: {run:?}");
    });
}

#[test]
fn a_dry_run_finds_what_a_migration_would() {
    each(|qemu| {
        let pair = Pair::qemus(qemu, "16M", "16M");
        let run = Run::of(pair.migrate(&["--dry-run", "--postcopy", "--bandwidth", "1M"]));
        assert_eq!(run.status, Some(0), "{qemu}: {run:?}");
        let run = Run::of(pair.migrate(&["--quiet"]));
        assert_eq!(run.status, Some(0), "after a dry run, {qemu}: {run:?}");

        let pair = Pair::qemus(qemu, "16M", "8M");
        let options = ["--dry-run", "--multifd", "2", "-c", "xbzrle", "-p", "max-cpu-throttle=500"];
        let run = Run::of(pair.migrate(&options));
        assert_eq!(run.status, Some(1), "{qemu}: {run:?}");
        let sizes = "size of RAM: 16777216 bytes at the source, 8388608 bytes at the destination";
        assert!(run.out.contains(sizes), "{qemu}: {run:?}");
        assert!(run.out.contains("fails  source       migrate-set-"), "{qemu}: {run:?}");
    });
}

#[test]
fn a_timeout_forces_the_guest_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory");
    std::fs::write(&path, vec![0x5a; 64 << 20]).unwrap();
    let memory =
        format!("memory-backend-file,id=ram,size=64M,share=off,mem-path={}", path.display());
    let source = ["-m", "64M", "-object", &memory, "-machine", "memory-backend=ram"];
    each(|qemu| {
        let pair = Pair::qemus_with(qemu, &source, &["-m", "64M"]);
        // Without the force it would last for a minute.
        let options = ["--bandwidth", "1M", "--timeout", "1", "--on-timeout", "force"];
        let began = Instant::now();
        let run = Run::of(pair.migrate(&options));
        assert_eq!(run.status, Some(0), "{qemu}: {run:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{qemu}: {:?}", began.elapsed());
    });
}

#[test]
fn guests_of_the_engine_go_to_a_qemu_if_it_has_their_devices() {
    each(|qemu| {
        for arguments in [&["-workload", "idle"][..], &["-workload", "pattern,seed=1"]] {
            let run = Run::of(Pair::engine_and_qemu(arguments, qemu).migrate(&["--quiet"]));
            assert_eq!(run.status, Some(0), "{qemu}, {arguments:?}: {run:?}");
        }
        for arguments in
            [&["-workload", "dirty,start=1M,end=2M"][..], &["-device", "virtio-net-pci"]]
        {
            let run = Run::of(Pair::engine_and_qemu(arguments, qemu).migrate(&["--quiet"]));
            assert_eq!(run.status, Some(1), "{qemu}, {arguments:?}: {run:?}");
            let reason = "destination: load of migration failed";
            assert!(run.errors.contains(reason), "{qemu}, {arguments:?}: {run:?}");
        }
    });
}
