//! A guest whose methods return errors: each ends the migration, or refuses the command, and the
//! guest stays.

use std::sync::atomic::{AtomicBool, Ordering};

use super::over::{Hooks, Over};
use super::*;
use crate::api::ShutdownCause;
use crate::engine::device_file::DeviceStateError;
use crate::guest::{self, GuestError};

/// A guest that fails in some methods while it is [armed](Self::arm).
struct Fails {
    places: &'static [&'static str],
    armed: AtomicBool,
}

impl Fails {
    fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::SeqCst);
    }
}

impl Hooks for Fails {
    fn fails(&self, what: &str) -> guest::Result<()> {
        match self.places.contains(&what) && self.armed.load(Ordering::SeqCst) {
            true => Err(GuestError::new(format!("a test's guest cannot {what}"))),
            false => Ok(()),
        }
    }
}

type Failing = Over<Fails>;

/// Makes an engine whose guest fails in these methods once it is armed.
fn failing(
    places: &'static [&'static str],
    incoming: bool,
    capabilities: &[Capability],
    parameters: Parameters,
) -> (Host, Arc<Failing>) {
    let workloads: &[&str] = if incoming { &[] } else { &[PATTERN, DIRTY] };
    let machine = machine(workloads, incoming);
    let hooks = Fails { places, armed: AtomicBool::new(false) };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let builder = Engine::builder(guest.clone());
    (Host::of(builder, machine, incoming, capabilities, parameters), guest)
}

const RETURN: &[Capability] = &[Capability::ReturnPath];
const CONVERGE: &[Capability] = &[Capability::ReturnPath, Capability::AutoConverge];
const POSTCOPY: &[Capability] = &[Capability::ReturnPath, Capability::PostcopyRam];

/// Slow enough that precopy does not complete by itself.
fn slow() -> Parameters {
    Parameters {
        max_bandwidth: 1 << 20,
        max_postcopy_bandwidth: 1 << 20,
        downtime_limit: 1,
        throttle_trigger_threshold: 1,
        ..Parameters::default()
    }
}

/// Checks that the guest runs here, and can be migrated once it does not fail any more.
fn can_be_migrated(source: &Host, guest: &Failing) {
    assert_eq!(source.engine.run_state(), RunState::Running);
    assert!(source.machine.is_running());
    guest.hooks.arm(false);
    source.engine.core.state().parameters = Parameters::default();
    source.engine.core.state().capabilities =
        Capabilities::default().with(Capability::Events, true).with(Capability::ReturnPath, true);
    let target = host(&[], true, RETURN, Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    goes_on(source, &target);
}

#[test]
fn a_source_keeps_a_guest_that_fails() {
    for (place, capabilities) in [
        ("migration_begins", RETURN),
        ("unplug", RETURN),
        ("are_plugged", RETURN),
        ("start_log", RETURN),
        ("sync", RETURN),
        ("throttle", CONVERGE),
        ("pause", RETURN),
        ("hand_over", RETURN),
        ("save", RETURN),
    ] {
        let places = std::slice::from_ref(Box::leak(Box::new(place)));
        let parameters = if place == "throttle" { slow() } else { Parameters::default() };
        let (source, guest) = failing(places, false, capabilities, parameters);
        source.engine.cont().unwrap();
        guest.hooks.arm(true);
        let target = host(&[], true, RETURN, Parameters::default());
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Failed);
        assert_eq!(source.error().unwrap(), format!("a test's guest cannot {place}"));
        target.until(Status::Failed);
        assert!(!target.machine.is_running());
        can_be_migrated(&source, &guest);
    }
}

#[test]
fn a_source_keeps_a_guest_that_fails_at_the_switch_to_postcopy() {
    for place in ["pause", "sync", "hand_over", "save"] {
        let places = std::slice::from_ref(Box::leak(Box::new(place)));
        let (source, guest) = failing(places, false, POSTCOPY, slow());
        source.engine.cont().unwrap();
        let target = host(&[], true, POSTCOPY, Parameters::default());
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Active);
        guest.hooks.arm(true);
        source.engine.switch_to_postcopy().unwrap();
        source.until(Status::Failed);
        assert_eq!(source.error().unwrap(), format!("a test's guest cannot {place}"));
        target.until(Status::Failed);
        assert!(!target.machine.is_running());
        can_be_migrated(&source, &guest);
    }
}

#[test]
fn a_guest_that_cannot_be_taken_back_or_resumed_waits_for_a_client() {
    for places in [&["save", "take_back"], &["save", "resume"]] {
        let (source, guest) = failing(places, false, RETURN, Parameters::default());
        source.engine.cont().unwrap();
        guest.hooks.arm(true);
        let target = host(&[], true, RETURN, Parameters::default());
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Failed);
        assert_eq!(source.error().unwrap(), "a test's guest cannot save");
        assert_eq!(source.engine.run_state(), RunState::Paused);
        let refused = source.engine.cont().unwrap_err();
        assert_eq!(refused.to_string(), format!("a test's guest cannot {}", places[1]));
        assert!(!source.machine.is_running());
        guest.hooks.arm(false);
        source.engine.cont().unwrap();
        can_be_migrated(&source, &guest);
    }
}

#[test]
fn a_destination_that_fails_leaves_the_guest_at_the_source() {
    for place in ["migration_begins", "load"] {
        let places = std::slice::from_ref(Box::leak(Box::new(place)));
        for capabilities in [RETURN, POSTCOPY] {
            let postcopy = capabilities == POSTCOPY;
            let (target, guest) = failing(places, true, capabilities, Parameters::default());
            guest.hooks.arm(true);
            let parameters = if postcopy { slow() } else { Parameters::default() };
            let source = host(&[PATTERN, DIRTY], false, capabilities, parameters);
            source.engine.cont().unwrap();
            source.engine.migrate(&target.listen()).unwrap();
            if postcopy && place == "load" {
                source.until(Status::Active);
                source.engine.switch_to_postcopy().unwrap();
            }
            source.until(Status::Failed);
            target.until(Status::Failed);
            assert_eq!(source.engine.run_state(), RunState::Running, "{place}");
            assert!(source.machine.is_running() && !target.machine.is_running());
        }
    }
}

#[test]
fn a_guest_that_has_arrived_and_cannot_run_waits_for_a_client() {
    for place in ["take_back", "resume"] {
        let places = std::slice::from_ref(Box::leak(Box::new(place)));
        for capabilities in [RETURN, POSTCOPY] {
            let postcopy = capabilities == POSTCOPY;
            let (target, guest) = failing(places, true, capabilities, Parameters::default());
            guest.hooks.arm(true);
            let parameters = if postcopy { slow() } else { Parameters::default() };
            let source = host(&[PATTERN, DIRTY], false, capabilities, parameters);
            source.engine.cont().unwrap();
            source.engine.migrate(&target.listen()).unwrap();
            if postcopy {
                source.until(Status::Active);
                source.engine.switch_to_postcopy().unwrap();
                source.until(Status::PostcopyActive);
                source.engine.core.state().parameters.max_postcopy_bandwidth = 0;
            }
            source.until(Status::Completed);
            target.until(Status::Completed);
            assert_eq!(source.engine.run_state(), RunState::Postmigrate);
            assert_eq!(target.engine.run_state(), RunState::Paused);
            assert!(!source.machine.is_running() && !target.machine.is_running());
            guest.hooks.arm(false);
            target.engine.cont().unwrap();
            goes_on(&source, &target);
        }
    }
}

#[test]
fn commands_are_refused_and_the_guest_goes_on() {
    let places = &["pause", "reset"];
    let (host, guest) = failing(places, false, RETURN, Parameters::default());
    host.engine.cont().unwrap();
    guest.hooks.arm(true);
    assert_eq!(host.engine.stop().unwrap_err().to_string(), "a test's guest cannot pause");
    assert_eq!(host.engine.reset().unwrap_err().to_string(), "a test's guest cannot pause");
    let saved = host.engine.save_device_state("/dev/null");
    assert_eq!(saved.unwrap_err(), DeviceStateError::Save);
    assert_eq!(host.engine.run_state(), RunState::Running);
    assert!(host.machine.is_running());
    let seen: Vec<Event> = host.notices.lock().unwrap().try_iter().collect();
    assert_eq!(seen, [Event::Resume], "it never stopped");
    guest.hooks.arm(false);
    host.engine.stop().unwrap();
    guest.hooks.arm(true);
    assert_eq!(host.engine.reset().unwrap_err().to_string(), "a test's guest cannot reset");
    assert_eq!(host.engine.run_state(), RunState::Paused);

    let (host, guest) = failing(&["resume"], false, RETURN, Parameters::default());
    guest.hooks.arm(true);
    assert_eq!(host.engine.cont().unwrap_err().to_string(), "a test's guest cannot resume");
    assert_eq!(host.engine.run_state(), RunState::Paused);
    let _ =
        host.engine.shutdown_for(ShutdownCause::HostQmpQuit).join_timeout(Duration::from_secs(1));
}

#[cfg(feature = "colo")]
#[test]
fn either_side_of_colo_goes_on_alone_if_a_guest_fails() {
    let parameters = Parameters { x_checkpoint_delay: 30, ..Parameters::default() };
    let colo = &[Capability::XColo];
    for (place, at_primary) in [
        ("pause", true),
        ("sync", true),
        ("save", true),
        ("resume", true),
        ("pause", false),
        ("resume", false),
    ] {
        let places = std::slice::from_ref(Box::leak(Box::new(place)));
        let (primary, one) = failing(places, false, colo, parameters.clone());
        let (secondary, other) = failing(places, true, colo, parameters.clone());
        primary.engine.cont().unwrap();
        primary.engine.migrate(&secondary.listen()).unwrap();
        secondary.until(Status::Colo);
        primary.until(Status::Colo);
        let guest = if at_primary { &one } else { &other };
        guest.hooks.arm(true);
        let (failed, survivor) =
            if at_primary { (&primary, &secondary) } else { (&secondary, &primary) };
        for host in [failed, survivor] {
            let end = Instant::now() + PATIENCE;
            let told = |host: &Host| host.notices.lock().unwrap().try_recv();
            while !matches!(told(host), Ok(Event::ColoExit(..))) {
                assert!(Instant::now() < end, "{place} {at_primary}: no side is told");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        guest.hooks.arm(false);
        survivor.engine.lost_heartbeat().unwrap();
        let end = Instant::now() + PATIENCE;
        while survivor.engine.run_state() != RunState::Running {
            assert!(Instant::now() < end, "{place} {at_primary}: it does not run alone");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(survivor.machine.is_running());
        let _ = failed
            .engine
            .shutdown_for(ShutdownCause::HostQmpQuit)
            .join_timeout(Duration::from_secs(1));
        let _ = survivor
            .engine
            .shutdown_for(ShutdownCause::HostQmpQuit)
            .join_timeout(Duration::from_secs(1));
    }
}
