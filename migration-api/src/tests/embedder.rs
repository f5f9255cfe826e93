//! An embedder's guest: the number of calls of each method, and panics in them. The operation
//! fails, and no other operation hangs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::over::{Hooks, Over};
use super::*;
use crate::api::{DirtyRateMeasureMode, DirtyRateStatus, JobStatus, ShutdownCause, TimeUnit};
use crate::block::{Image, Nodes};
use crate::dirty_rate::DirtyRateRequest;
use crate::engine::device_file::DeviceStateError;

/// A guest that panics in one method while it is [armed](Self::arm).
struct Panics {
    place: &'static str,
    armed: AtomicBool,
    /// Number of calls of the method.
    asked: AtomicU64,
}

impl Panics {
    fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::SeqCst);
    }
}

impl Hooks for Panics {
    fn asked(&self, what: &str) {
        if what != self.place {
            return;
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.armed.load(Ordering::SeqCst) {
            panic!("a test's guest cannot {what}");
        }
    }
}

type Panicking = Over<Panics>;

/// Makes an engine whose guest panics in a method from now on.
fn panicking(place: &'static str, incoming: bool, nodes: Nodes) -> (Host, Arc<Panicking>) {
    let workloads: &[&str] = if incoming { &[] } else { &[PATTERN, DIRTY] };
    let machine = machine(workloads, incoming);
    let (armed, asked) = (AtomicBool::new(true), AtomicU64::new(0));
    let hooks = Panics { place, armed, asked };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let capabilities =
        Capabilities::default().with(Capability::Events, true).with(Capability::ReturnPath, true);
    let engine = Engine::builder(guest.clone())
        .incoming(incoming)
        .capabilities(capabilities)
        .nodes(nodes)
        .build();
    let receive = engine.events();
    (Host { engine, machine, notices: Mutex::new(receive) }, guest)
}

#[test]
fn a_source_has_its_guest_back() {
    for place in ["unplug", "sync", "save"] {
        let (source, guest) = panicking(place, false, Nodes::default());
        let lost = host(&[], true, &[Capability::ReturnPath], Parameters::default());
        source.engine.cont().unwrap();
        source.engine.migrate(&lost.listen()).unwrap();
        source.until(Status::Failed);
        let method = if place == "sync" { "sync_log" } else { place };
        assert_eq!(source.error().unwrap(), format!("the guest panicked in `{method}`"));
        assert_eq!(source.engine.run_state(), RunState::Running);
        lost.until(Status::Failed);
        // The guest can be migrated once it does not panic any more.
        guest.hooks.arm(false);
        let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Completed);
        target.until(Status::Completed);
        goes_on(&source, &target);
    }
}

/// The places at which a source calls its guest during a migration.
const CALLED: [&str; 21] = [
    "identity",
    "migration_begins",
    "ram",
    "migration_ends",
    "ended",
    "pause",
    "resume",
    "hand_over",
    "take_back",
    "disks",
    "blockers",
    "start_log",
    "sync",
    "stop_log",
    "throttle",
    "vcpu_limits",
    "unplug",
    "are_plugged",
    "replug",
    "layout",
    "save",
];

#[test]
fn a_panic_anywhere_leaves_the_guest_in_one_place() {
    for place in CALLED {
        let (source, guest) = panicking(place, false, Nodes::default());
        guest.hooks.arm(false);
        source.engine.cont().unwrap();
        let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
        let address = target.listen();
        guest.hooks.arm(true);
        let refused = source.engine.migrate(&address).err();
        let ends = [Status::Failed, Status::Completed];
        match refused.map(|error| error.to_string()) {
            // Asked before anything begins.
            Some(error) => {
                assert_eq!(error, format!("the guest panicked in `{place}`"));
                assert!(["ended", "blockers"].contains(&place), "{place}");
                let _ = target
                    .engine
                    .shutdown_for(ShutdownCause::HostQmpQuit)
                    .join_timeout(Duration::from_secs(1));
            }
            None => {
                source.until_one_of(&ends);
                target.until_one_of(&ends);
            }
        }
        guest.hooks.arm(false);
        let there = target.engine.run_state() == RunState::Running;
        let here = source.engine.run_state() == RunState::Running;
        assert!(here != there, "{place}: here {here}, there {there}");
        let status = source.engine.info().status;
        assert_eq!(status == Some(Status::Completed), there, "{place}: {status:?}");
        // Nothing is left that keeps the engine, or the guest, alive.
        let _ = source
            .engine
            .shutdown_for(ShutdownCause::HostQmpQuit)
            .join_timeout(Duration::from_secs(1));
        let (engine, weak) = (source.engine, Arc::downgrade(&guest));
        drop((engine, guest));
        assert!(weak.upgrade().is_none(), "{place}: the guest is still in use");
    }
}

#[test]
fn a_panic_while_a_migration_fails_does_not_keep_it() {
    for place in ["throttle", "replug", "resume", "take_back", "stop_log", "migration_ends"] {
        let (source, guest) = panicking(place, false, Nodes::default());
        guest.hooks.arm(false);
        source.engine.core.state().parameters.max_bandwidth = 1 << 20;
        source.engine.cont().unwrap();
        let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Active);
        guest.hooks.arm(true);
        source.engine.yank();
        source.until(Status::Failed);
        assert!(source.error().is_some(), "{place}");
        assert_eq!(source.engine.run_state(), RunState::Running, "{place}");
    }
}

#[test]
fn a_panic_at_a_destination_leaves_the_guest_at_the_source() {
    for place in ["identity", "migration_begins", "ram", "layout", "adopts", "load"] {
        let (target, guest) = panicking(place, true, Nodes::default());
        guest.hooks.arm(false);
        let source =
            host(&[PATTERN, DIRTY], false, &[Capability::ReturnPath], Parameters::default());
        source.engine.cont().unwrap();
        let address = target.listen();
        guest.hooks.arm(true);
        source.engine.migrate(&address).unwrap();
        let ends = [Status::Failed, Status::Completed];
        let seen = source.until_one_of(&ends);
        if seen.last() == Some(&Event::Migration(Status::Completed)) {
            // Not every method has to be called.
            assert_eq!(guest.hooks.asked.load(Ordering::SeqCst), 0, "{place}");
            continue;
        }
        target.until(Status::Failed);
        assert_eq!(source.engine.run_state(), RunState::Running, "{place}");
        assert_eq!(target.engine.run_state(), RunState::Inmigrate, "{place}");
    }
}

#[test]
fn a_notification_can_call_the_engine() {
    let engine: Arc<std::sync::OnceLock<Engine>> = Arc::default();
    let (send, receive) = channel();
    let observer = {
        let engine = engine.clone();
        move |event: &Event, _: bool| {
            let engine = engine.get().unwrap();
            let status = engine.info().status;
            if *event == Event::Migration(Status::Active) {
                engine.stop().unwrap();
                engine.cancel().unwrap();
            }
            drop(send.send((event.clone(), status)));
        }
    };
    let machine = machine(&[PATTERN, DIRTY], false);
    let slow = Parameters { max_bandwidth: 1 << 20, ..Parameters::default() };
    let engine = engine.get_or_init(|| Engine::builder(machine.clone()).parameters(slow).build());
    engine.observe(Arc::new(observer));
    engine.cont().unwrap();
    let target = host(&[], true, &[], Parameters::default());
    engine.migrate(&target.listen()).unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&Event::Migration(Status::Cancelled)) {
        seen.push(receive.recv_timeout(PATIENCE).unwrap().0);
    }
    seen.retain(|notice| !matches!(notice, Event::MigrationPass(_)));
    let statuses = [Status::Cancelling, Status::Cancelled].map(Event::Migration);
    let begin = [Event::Resume, Event::Migration(Status::Setup), Event::Migration(Status::Active)];
    assert_eq!(seen[..3], begin);
    assert_eq!(seen[3..], [&[Event::Stop], &statuses[..]].concat());
    assert!(!machine.is_running());
    let _ = engine.shutdown_for(ShutdownCause::HostQmpQuit).join_timeout(Duration::from_secs(1));
}

#[test]
fn a_source_has_its_guest_back_that_is_saved_while_it_runs_on() {
    let (source, _guest) = panicking("save", false, Nodes::default());
    source.engine.cont().unwrap();
    assert_eq!(source.engine.save_device_state("/dev/null").unwrap_err(), DeviceStateError::Save);
    assert_eq!(source.engine.run_state(), RunState::Running);
    let snapshot = [(Capability::ReturnPath, false), (Capability::BackgroundSnapshot, true)];
    source.engine.set_capabilities(snapshot).unwrap();
    let lost = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&lost.listen()).unwrap();
    source.until(Status::Failed);
    assert_eq!(source.engine.run_state(), RunState::Running);
}

#[test]
#[cfg(feature = "colo")]
fn a_primary_keeps_its_guest_after_a_failure() {
    let (primary, guest) = panicking("save", false, Nodes::default());
    guest.hooks.arm(false);
    primary.engine.set_capabilities([(Capability::XColo, true)]).unwrap();
    primary.engine.core.state().parameters.x_checkpoint_delay = 30;
    let secondary = host(&["idle"], true, &[Capability::XColo], Parameters::default());
    primary.engine.cont().unwrap();
    primary.engine.migrate(&secondary.listen()).unwrap();
    primary.until(Status::Colo);
    guest.hooks.arm(true);
    until("the primary is told of", || {
        let seen = primary.notices.lock().unwrap().try_recv();
        matches!(seen, Ok(Event::ColoExit(..)))
    });
    primary.engine.lost_heartbeat().unwrap();
    primary.until(Status::Completed);
    until("it runs alone", || primary.engine.run_state() == RunState::Running);
}

#[test]
fn a_destination_that_cannot_load_says_so() {
    let (target, _) = panicking("load", true, Nodes::default());
    let source = host(&[PATTERN, DIRTY], false, &[Capability::ReturnPath], Parameters::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    target.until(Status::Failed);
    let told = target.notices.lock().unwrap().recv_timeout(PATIENCE).unwrap();
    let expected = ["the guest panicked in `load`", "load of migration failed: Invalid argument"];
    assert_eq!(told, Event::IncomingFailed(expected.map(str::to_owned).into()));
    source.until(Status::Failed);
    assert_eq!(source.engine.run_state(), RunState::Running);
    assert_eq!(target.engine.run_state(), RunState::Inmigrate);
}

#[test]
fn a_destination_that_cannot_load_leaves_the_guest_where_it_is_in_postcopy_too() {
    let (target, _) = panicking("load", true, Nodes::default());
    target.engine.set_capabilities([(Capability::PostcopyRam, true)]).unwrap();
    // Slow enough that precopy cannot complete before postcopy begins.
    let slow = Parameters { max_bandwidth: 1 << 20, downtime_limit: 1, ..Parameters::default() };
    let source = host(&[PATTERN, DIRTY], false, &[Capability::PostcopyRam], slow);
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Active);
    source.engine.switch_to_postcopy().unwrap();
    source.until(Status::Failed);
    assert_eq!(source.error().as_deref(), Some("Sibling indicated error 1"));
    assert_eq!(source.engine.run_state(), RunState::Running);
    target.until(Status::Failed);
    assert_ne!(target.engine.run_state(), RunState::Running);
}

#[test]
fn a_guest_that_is_there_stays() {
    let (target, guest) = panicking("announce", true, Nodes::default());
    let source = host(&[PATTERN, DIRTY], false, &[Capability::ReturnPath], Parameters::default());
    arrives(&source, &target, || {});
    assert_eq!(target.engine.info().status, Some(Status::Completed));
    let mut told: Vec<_> = target.notices.lock().unwrap().try_iter().collect();
    // The log line about the panic may have come or not.
    told.retain(|event| !matches!(event, Event::Log(_)));
    assert_eq!(told, [Event::Stop]);
    until("it was asked to announce itself", || guest.hooks.asked.load(Ordering::SeqCst) == 1);
    assert_eq!(target.engine.info().status, Some(Status::Completed));
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "not until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_guest_is_announced_as_often_as_the_parameters_say() {
    let (target, guest) = panicking("announce", true, Nodes::default());
    guest.hooks.arm(false);
    target.engine.core.state().parameters = Parameters {
        announce_rounds: 7,
        announce_initial: 0,
        announce_max: 2,
        announce_step: 1,
        ..Parameters::default()
    };
    let source = host(&[PATTERN], false, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    target.until(Status::Completed);
    until("all announcements", || guest.hooks.asked.load(Ordering::SeqCst) == 7);
    // The announcing thread is the last owner of the run.
    let run = Arc::downgrade(target.engine.core.state().incoming.run.as_ref().unwrap());
    until("nobody announces any more", || run.strong_count() == 1);
    assert_eq!(guest.hooks.asked.load(Ordering::SeqCst), 7);
}

#[test]
fn devices_go_back_to_where_they_were_saved() {
    let source = host(&[PATTERN, DIRTY], false, &[], Parameters::default());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("devices").display().to_string();
    source.engine.cont().unwrap();
    until("the workload goes on", || source.machine.pages_dirtied() > 0);
    source.engine.stop().unwrap();
    let saved = source.machine.pages_dirtied();
    source.engine.save_device_state(&file).unwrap();
    source.engine.cont().unwrap();
    until("the workload goes on", || source.machine.pages_dirtied() > saved);
    source.engine.stop().unwrap();
    let memory = source.memory();
    source.engine.load_device_state(&file).unwrap();
    assert_eq!(source.machine.pages_dirtied(), saved);
    assert_eq!(source.engine.run_state(), RunState::RestoreVm);
    assert!(source.memory() == memory, "memory is no device");
}

#[test]
fn another_measurement_can_begin() {
    let (measured, guest) = panicking("sync", false, Nodes::default());
    let rate = &measured.engine.core.dirty_rate;
    let request = DirtyRateRequest {
        mode: DirtyRateMeasureMode::DirtyBitmap,
        ..DirtyRateRequest::new(Duration::from_secs(1))
    };
    let measure = || rate.measure(request).unwrap();
    let until_not_measuring = || {
        until("it does not measure", || {
            rate.info(TimeUnit::Second).status != DirtyRateStatus::Measuring
        });
        rate.info(TimeUnit::Second).status
    };
    measure();
    assert_eq!(until_not_measuring(), DirtyRateStatus::Unstarted);
    guest.hooks.arm(false);
    measure();
    assert_eq!(until_not_measuring(), DirtyRateStatus::Measured);
}

#[test]
#[cfg(feature = "snapshot")]
fn a_snapshot_fails_and_the_guest_runs_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    std::fs::write(&path, [7; 512]).unwrap();
    let mut nodes = Nodes::default();
    nodes.add("d".into(), Some(Image::open(&path).unwrap().unwrap()));
    let (source, guest) = panicking("save", false, nodes);
    source.engine.cont().unwrap();
    let save = |id: &str| {
        source.engine.snapshot_save(id, id.into(), "d".into(), vec!["d".into()]).unwrap();
        let job = || source.engine.jobs().remove(0);
        until("the job is concluded", || job().status == JobStatus::Concluded);
        job().error
    };
    assert_eq!(save("a").unwrap(), "Error while writing VM state: the guest panicked in `save`");
    assert_eq!(source.engine.run_state(), RunState::Running);
    guest.hooks.arm(false);
    assert_eq!(save("b"), None);
}
