//! A guest whose methods panic in COLO and in a background snapshot: either ends with an error, and
//! the guest goes on.

#[cfg(feature = "colo")]
use super::colo::{next, until_exit};
use super::panics::{can_be_migrated, is_paired, panicking};
use super::*;
#[cfg(feature = "colo")]
use crate::api::{COLOExitReason as Reason, COLOMode as Mode};

#[test]
fn a_background_snapshot_of_a_guest_that_panics_leaves_it_running() {
    for place in [
        "identity",
        "migration_begins",
        "ram",
        "memory_access",
        "blockers",
        "disks",
        "flush",
        "pause",
        "resume",
        "save",
        "layout",
        "ended",
        "migration_ends",
    ] {
        let (source, guest) = panicking(place, false, &[], Parameters::default());
        if source.engine.set_capabilities([(Capability::BackgroundSnapshot, true)]).is_err() {
            return;
        }
        source.engine.cont().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image").display().to_string();
        guest.hooks.arm(true);
        let began = source.engine.migrate(&Address::File { path, offset: 0 });
        if began.is_ok() {
            source.until_one_of(&[Status::Failed, Status::Completed]);
        }
        // Not every method has to be called.
        let error = source.error();
        assert!(error.is_some() || !["pause", "resume", "save", "layout"].contains(&place));
        if let Some(error) = error {
            assert_eq!(error, format!("the guest panicked in `{place}`"));
        }
        is_paired(&guest);
        guest.hooks.arm(false);
        if place == "resume" {
            assert_eq!(source.engine.run_state(), RunState::Paused);
            source.engine.cont().unwrap();
        }
        can_be_migrated(&source, &guest);
    }
}

/// Runs COLO with a guest that panics in a method from the first checkpoints on, on one side. Both
/// sides wait for a failover, and can go on after it.
#[cfg(feature = "colo")]
fn checkpoints(place: &'static str, mode: Mode) {
    let parameters = Parameters { x_checkpoint_delay: 30, ..Parameters::default() };
    let incoming = mode == Mode::Secondary;
    let (own, guest) = panicking(place, incoming, &[Capability::XColo], parameters.clone());
    let workloads: &[&str] = if incoming { &[PATTERN, DIRTY] } else { &[] };
    let other = host(workloads, !incoming, &[Capability::XColo], parameters);
    let (primary, secondary) = if incoming { (&other, &own) } else { (&own, &other) };
    primary.engine.cont().unwrap();
    primary.engine.migrate(&secondary.listen()).unwrap();
    secondary.until(Status::Colo);
    primary.until(Status::Colo);
    while next(secondary) != Event::Resume {}
    guest.hooks.arm(true);
    // Not every method is called in a checkpoint.
    std::thread::sleep(Duration::from_millis(300));
    guest.hooks.arm(false);
    primary.engine.yank();
    for (host, mode) in [(primary, Mode::Primary), (secondary, Mode::Secondary)] {
        let exit = until_exit(host).pop();
        assert_eq!(exit, Some(Event::ColoExit(mode, Reason::Error)), "{place}");
        host.engine.lost_heartbeat().unwrap();
        let end = Instant::now() + PATIENCE;
        let is_over = || host.engine.colo_status().unwrap().mode == Mode::None;
        while !is_over() || host.engine.info().status != Some(Status::Completed) {
            assert!(Instant::now() < end, "{mode:?} {place}");
            std::thread::sleep(Duration::from_millis(5));
        }
        if host.engine.run_state() != RunState::Running {
            host.engine.reset().unwrap();
            let state = host.engine.run_state();
            assert_eq!(host.engine.cont(), Ok(()), "{mode:?} {place}: {state:?}");
        }
        assert!(host.machine.is_running(), "{mode:?} {place}");
    }
    is_paired(&guest);
}

#[cfg(feature = "colo")]
#[test]
fn a_checkpoint_of_a_guest_that_panics_ends_colo() {
    for place in ["pause", "resume", "save", "layout", "sync", "disks", "flush", "ended"] {
        checkpoints(place, Mode::Primary);
    }
    for place in ["pause", "resume", "load", "reset", "layout", "ended", "take_back"] {
        checkpoints(place, Mode::Secondary);
    }
}
