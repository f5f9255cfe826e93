//! A guest whose methods panic: a panic counts as an error, at the source, at the destination, and
//! in commands.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::over::{Hooks, Over};
use super::*;
use crate::guest::Disks;

/// A guest that panics in one method while it is [armed](Self::arm).
pub(super) struct Panics {
    place: &'static str,
    armed: AtomicBool,
    /// The number of migrations that have begun and not ended.
    begun: AtomicI32,
}

impl Panics {
    pub(super) fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::SeqCst);
    }

    fn panic_in(&self, what: &str) {
        let panics = self.place == what && self.armed.load(Ordering::SeqCst);
        assert!(!panics, "a test's guest panics");
    }
}

impl Hooks for Panics {
    fn asked(&self, what: &str) {
        if what == "migration_ends" {
            self.begun.fetch_sub(1, Ordering::SeqCst);
        }
        self.panic_in(what);
        if what == "migration_begins" {
            self.begun.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn disks(&self) -> Option<&dyn Disks> {
        Some(self)
    }
}

impl Disks for Panics {
    fn flush(&self) -> guest::Result<()> {
        self.panic_in("flush");
        Ok(())
    }
    fn inactivate(&self) -> guest::Result<()> {
        self.panic_in("inactivate");
        Ok(())
    }
    fn reopen(&self) -> guest::Result<()> {
        self.panic_in("reopen");
        Ok(())
    }
}

pub(super) fn panicking(
    place: &'static str,
    incoming: bool,
    capabilities: &[Capability],
    parameters: Parameters,
) -> (Host, Arc<Over<Panics>>) {
    let machine = machine(if incoming { &[] } else { &[PATTERN, DIRTY] }, incoming);
    let hooks = Panics { place, armed: AtomicBool::new(false), begun: AtomicI32::new(0) };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let builder = Engine::builder(guest.clone());
    (Host::of(builder, machine, incoming, capabilities, parameters), guest)
}

/// Waits until `migration_ends` was called as often as `migration_begins`.
pub(super) fn is_paired(guest: &Over<Panics>) {
    let end = Instant::now() + PATIENCE;
    while guest.hooks.begun.load(Ordering::SeqCst) != 0 {
        assert!(Instant::now() < end, "{}: begun and not ended", guest.hooks.place);
        std::thread::sleep(Duration::from_millis(1));
    }
}

const RETURN: &[Capability] = &[Capability::ReturnPath];
const MULTIFD: &[Capability] = &[Capability::ReturnPath, Capability::Multifd];
const POSTCOPY: &[Capability] = &[Capability::ReturnPath, Capability::PostcopyRam];

/// Slow enough that precopy does not complete by itself.
fn slow() -> Parameters {
    Parameters { max_bandwidth: 1 << 20, downtime_limit: 1, ..Parameters::default() }
}

/// Checks that the guest runs here, and can be migrated once it does not panic any more.
pub(super) fn can_be_migrated(source: &Host, guest: &Over<Panics>) {
    assert_eq!(source.engine.run_state(), RunState::Running, "{}", guest.hooks.place);
    assert!(source.machine.is_running(), "{}", guest.hooks.place);
    is_paired(guest);
    guest.hooks.arm(false);
    source.engine.core.state().parameters = Parameters::default();
    source.engine.core.state().capabilities =
        Capabilities::default().with(Capability::Events, true).with(Capability::ReturnPath, true);
    // Those of a snapshot, too.
    source.notices.lock().unwrap().try_iter().for_each(drop);
    let target = host(&[], true, RETURN, Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    goes_on(source, &target);
    is_paired(guest);
}

/// Returns the error that names the method at a place.
fn panicked_in(place: &str) -> String {
    let method = if place == "sync" { "sync_log" } else { place };
    format!("the guest panicked in `{method}`")
}

#[test]
fn a_source_keeps_a_guest_that_panics() {
    for place in [
        "migration_begins",
        "ram",
        "unplug",
        "are_plugged",
        "start_log",
        "sync",
        "pause",
        "flush",
        "hand_over",
        "inactivate",
        "save",
        "layout",
    ] {
        for capabilities in [RETURN, MULTIFD, POSTCOPY] {
            let postcopy = capabilities == POSTCOPY;
            let early = ["migration_begins", "ram", "unplug", "are_plugged", "start_log"];
            if postcopy && early.contains(&place) {
                continue;
            }
            let parameters = if postcopy { slow() } else { Parameters::default() };
            let (source, guest) = panicking(place, false, capabilities, parameters);
            source.engine.cont().unwrap();
            let target = host(&[], true, capabilities, Parameters::default());
            let address = target.listen();
            if postcopy {
                source.engine.migrate(&address).unwrap();
                source.until(Status::Active);
                guest.hooks.arm(true);
                source.engine.switch_to_postcopy().unwrap();
            } else {
                guest.hooks.arm(true);
                source.engine.migrate(&address).unwrap();
            }
            source.until(Status::Failed);
            let error = source.error().unwrap();
            assert_eq!(error, panicked_in(place), "{capabilities:?}");
            if capabilities != MULTIFD {
                target.until(Status::Failed);
            }
            assert!(!target.machine.is_running());
            can_be_migrated(&source, &guest);
        }
    }
}

#[test]
fn a_source_completes_although_late_methods_panic() {
    for place in ["migration_ends", "stop_log", "throttle"] {
        let (source, guest) = panicking(place, false, RETURN, Parameters::default());
        guest.hooks.arm(true);
        let target = host(&[], true, RETURN, Parameters::default());
        arrives(&source, &target, || {});
        is_paired(&guest);
    }
}

#[test]
fn a_guest_that_panics_when_it_is_kept_waits_for_a_client() {
    for (place, capabilities) in [("resume", RETURN), ("take_back", RETURN), ("reopen", RETURN)] {
        let (source, guest) = panicking(place, false, capabilities, Parameters::default());
        source.engine.cont().unwrap();
        guest.hooks.arm(true);
        // This side does not get to the end either.
        let (target, other) = panicking("load", true, capabilities, Parameters::default());
        other.hooks.arm(true);
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Failed);
        target.until(Status::Failed);
        assert_eq!(source.engine.run_state(), RunState::Paused, "{place}");
        assert!(!source.machine.is_running());
        assert_eq!(source.engine.cont().unwrap_err().to_string(), panicked_in(place));
        guest.hooks.arm(false);
        source.engine.cont().unwrap();
        can_be_migrated(&source, &guest);
        is_paired(&other);
    }
}

#[test]
fn a_guest_that_panics_on_arrival_waits_for_a_client() {
    for place in ["take_back", "reopen", "resume", "announce", "migration_ends"] {
        for capabilities in [RETURN, POSTCOPY] {
            let postcopy = capabilities == POSTCOPY;
            let (target, guest) = panicking(place, true, capabilities, Parameters::default());
            guest.hooks.arm(true);
            let parameters = if postcopy { slow() } else { Parameters::default() };
            let source = host(&[PATTERN, DIRTY], false, capabilities, parameters);
            source.engine.cont().unwrap();
            source.engine.migrate(&target.listen()).unwrap();
            if postcopy {
                source.until(Status::Active);
                source.engine.switch_to_postcopy().unwrap();
            }
            source.until(Status::Completed);
            target.until(Status::Completed);
            assert_eq!(source.engine.run_state(), RunState::Postmigrate);
            assert!(!source.machine.is_running());
            if !["announce", "migration_ends"].contains(&place) {
                assert_eq!(target.engine.run_state(), RunState::Paused, "{place} {postcopy}");
                assert_eq!(target.engine.cont().unwrap_err().to_string(), panicked_in(place));
            }
            is_paired(&guest);
            guest.hooks.arm(false);
            target.engine.cont().unwrap();
            goes_on(&source, &target);
        }
    }
}

#[test]
fn commands_report_a_panic_and_the_guest_goes_on() {
    let (host, guest) = panicking("pause", false, RETURN, Parameters::default());
    host.engine.cont().unwrap();
    guest.hooks.arm(true);
    assert_eq!(host.engine.stop().unwrap_err().to_string(), panicked_in("pause"));
    assert_eq!(host.engine.reset().unwrap_err().to_string(), panicked_in("pause"));
    host.engine.save_device_state("/dev/null").unwrap_err();
    assert_eq!(host.engine.run_state(), RunState::Running);
    assert!(host.machine.is_running());
    let (host, guest) = panicking("reset", false, RETURN, Parameters::default());
    host.engine.cont().unwrap();
    guest.hooks.arm(true);
    assert_eq!(host.engine.reset().unwrap_err().to_string(), panicked_in("reset"));
    assert_eq!(host.engine.run_state(), RunState::Running);
    assert!(host.machine.is_running());
}

/// Starts a snapshot job, and returns its error.
#[cfg(feature = "snapshot")]
fn job_error(engine: &Engine, id: &str) -> Option<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        let job = engine.jobs().into_iter().find(|job| job.id == id).unwrap();
        if job.status == crate::api::JobStatus::Concluded {
            return job.error;
        }
        assert!(Instant::now() < end, "the job does not end");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(feature = "snapshot")]
#[test]
fn a_snapshot_of_a_guest_that_panics_leaves_it_running() {
    use crate::block::{Image, Nodes};
    let disk = || vec!["d".to_owned()];
    for place in ["pause", "flush", "migration_begins", "ram", "start_log", "sync", "save", ""] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        std::fs::write(&path, [7; 512]).unwrap();
        let (host, guest) = panicking(place, false, RETURN, Parameters::default());
        let mut nodes = Nodes::default();
        nodes.add("d".into(), Some(Image::open(&path).unwrap().unwrap()));
        host.engine.core.state().nodes = nodes;
        host.engine.cont().unwrap();
        guest.hooks.arm(true);
        host.engine.snapshot_save("a", "tag".into(), "d".into(), disk()).unwrap();
        let saves = place.is_empty();
        assert_eq!(job_error(&host.engine, "a").is_none(), saves, "{place}");
        assert_eq!(host.engine.run_state(), RunState::Running, "{place}");
        assert!(host.machine.is_running(), "{place}");
        is_paired(&guest);
        guest.hooks.arm(false);
        host.engine.snapshot_save("b", "other".into(), "d".into(), disk()).unwrap();
        assert_eq!(job_error(&host.engine, "b"), None, "{place}");
        host.engine.snapshot_load("c", "other".into(), "d".into(), disk()).unwrap();
        assert_eq!(job_error(&host.engine, "c"), None, "{place}");
        assert_eq!(host.engine.run_state(), RunState::Running, "{place}");
        can_be_migrated(&host, &guest);
    }
}
