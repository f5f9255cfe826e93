//! The program `qapi-migrate` between two processes of the engine, between servers of scripts, and
//! with feature `qemu` between two of QEMU.

mod options;
mod pair;
#[cfg(feature = "qemu")]
mod qemu;
mod screens;
mod scripted;
mod signals;

use std::time::{Duration, Instant};

use pair::{Pair, interrupt};
use qapi::{Dict, Value};

#[test]
fn the_guest_moves_and_a_summary_tells_how() {
    let pair = Pair::engines(&["-workload", "dirty,start=1M,end=2M,rate=1000"]);
    let done = pair.migrate(&[]).wait_with_output().unwrap();
    let (out, errors) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(0), "{errors}");
    assert!(out.starts_with("migrated in ") && out.contains("memory 16.00 MiB, sent "), "{out}");
    assert!(errors.contains("completed: "), "{errors}");
    assert_eq!(pair.statuses(), ("postmigrate".into(), "running".into()));
}

#[test]
fn a_port_that_the_destination_chooses_is_found() {
    let pair = Pair::engines(&[]);
    let done = pair.migrate(&["--uri", "tcp:127.0.0.1:0", "--quiet"]).wait_with_output().unwrap();
    assert_eq!((done.status.code(), done.stdout, done.stderr), (Some(0), vec![], vec![]));
    assert_eq!(pair.statuses(), ("postmigrate".into(), "running".into()));
}

#[test]
fn an_interrupt_cancels_and_the_guest_stays() {
    let pair = Pair::engines(&["-workload", "pattern,seed=1"]);
    let mut program = pair.migrate(&["--bandwidth", "100K"]);
    pair::until(&mut program, "active");
    interrupt(&program);
    assert_eq!(program.wait().unwrap().code(), Some(130));
    assert_eq!(pair.source_status(), "running");
}

#[test]
fn interrupts_end_the_program_while_a_secondary_follows() {
    let pair = Pair::engines(&[]);
    // A secondary does not let the source cancel, so it fails over.
    let mut program = pair.migrate(&["-c", "x-colo"]);
    pair::until(&mut program, "colo");
    let end = Instant::now() + Duration::from_secs(60);
    while program.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "signals are in vain");
        interrupt(&program);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(program.wait().unwrap().code(), Some(130));
}

#[test]
fn a_blocked_guest_leaves_the_destination_as_it_was() {
    let pair = Pair::engines(&["-device", "ivshmem-plain,memdev=m"]);
    let done = pair.migrate(&[]).wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1));
    assert!(errors.contains("source: the guest cannot be migrated: "), "{errors}");
    assert_eq!(pair.execute(&pair.destination, "query-migrate", "{}"), Value::Dict(Dict::new()));
}

#[test]
fn after_a_refusal_the_destination_can_still_be_reached() {
    // This source waits for a guest itself.
    let pair = Pair::engines(&["-incoming", "defer"]);
    let done = pair.migrate(&[]).wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1));
    assert!(errors.contains("source: migrate: "), "{errors}");
    let state = pair.execute(&pair.destination, "query-migrate", "{}");
    let Some(Value::List(addresses)) = state.get("socket-address") else { panic!("{state:?}") };
    let path = addresses[0].get("path").and_then(Value::as_str).unwrap();
    std::os::unix::net::UnixStream::connect(path).unwrap();
}

#[test]
fn a_run_switches_off_the_capabilities_of_an_earlier_one() {
    for name in ["multifd", "postcopy-ram"] {
        let pair = Pair::engines(&[]);
        let on = format!(r#"{{"capabilities": [{{"capability": "{name}", "state": true}}]}}"#);
        pair.execute(&pair.source, "migrate-set-capabilities", &on);
        let done = pair.migrate(&["-q"]).wait_with_output().unwrap();
        assert_eq!(
            done.status.code(),
            Some(0),
            "{name}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        assert_eq!(pair.statuses(), ("postmigrate".into(), "running".into()));
    }
}

#[test]
fn refusals_name_the_side_and_the_command() {
    let mut pair = Pair::engines(&[]);
    let (source, destination) = (pair.source.clone(), pair.destination.clone());
    (pair.source, pair.destination) = (destination, source);
    let done = pair.migrate(&[]).wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1));
    let refusal =
        "destination: migrate-incoming: '-incoming' was not specified on the command line";
    assert!(errors.contains(refusal), "{errors}");

    let done = pair.migrate(&["-c", "no-such-thing"]).wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(errors.contains("no-such-thing") && !errors.contains("did you mean"), "{errors}");
}

#[test]
fn a_misspelt_setting_is_corrected() {
    let pair = Pair::engines(&[]);
    for (options, hint) in [
        (["-c", "multfd"], "'multfd'; did you mean 'multifd'?"),
        (["-p", "max-bandwith=1"], "did you mean 'max-bandwidth'?"),
    ] {
        for dry_run in [&[][..], &["--dry-run"]] {
            let done = pair.migrate(&[&options, dry_run].concat()).wait_with_output().unwrap();
            assert_eq!(done.status.code(), Some(1));
            let stream = if dry_run.is_empty() { &done.stderr } else { &done.stdout };
            let text = String::from_utf8_lossy(stream);
            assert!(text.contains(hint), "{text}");
        }
    }
}
