//! The engine without QMP: refusals of its methods, events, and its end.

use std::os::fd::OwnedFd;

use super::*;
use crate::api::{DirtyRateMeasureMode, ShutdownCause};
use crate::block::{Bitmap, BitmapError, Nodes};
use crate::dirty_limit::DirtyLimitError;
use crate::dirty_rate::{DirtyRateError, DirtyRateRequest};
use crate::engine::incoming::IncomingError;
use crate::engine::outgoing::OutgoingError;
use crate::engine::yank::YankError;
use crate::engine::{DescriptorError, EventsError};
use crate::objects::{Object, ObjectError};
use crate::settings::{CapabilityError, ParameterError};

fn engine() -> Engine {
    Engine::builder(machine(&[PATTERN, DIRTY], false)).build()
}

fn waiting() -> Engine {
    Engine::builder(machine(&[], true)).incoming(true).build()
}

fn anywhere() -> Address {
    "tcp:127.0.0.1:0".parse().unwrap()
}

/// Listens, and returns the address.
fn listen(target: &Engine) -> Address {
    target.incoming(&anywhere()).unwrap();
    reached(&target.core.state().incoming.bound[0])
}

#[test]
fn settings_are_changed_as_a_whole_or_not_at_all() {
    let engine = engine();
    engine.set_parameters(|parameters| parameters.downtime_limit = 200).unwrap();
    let refused = engine.set_parameters(|parameters| {
        parameters.downtime_limit = 100;
        parameters.multifd_channels = 0;
    });
    assert!(matches!(refused, Err(ParameterError::Range { .. })), "{refused:?}");
    assert_eq!(engine.parameters(), Parameters { downtime_limit: 200, ..Parameters::default() });

    let changes = [(Capability::ReturnPath, true), (Capability::Block, true)];
    assert_eq!(engine.set_capabilities(changes), Err(CapabilityError::Block));
    assert_eq!(engine.capabilities(), Capabilities::default());
    engine.set_capabilities([(Capability::ReturnPath, true)]).unwrap();
    assert!(engine.capabilities().has(Capability::ReturnPath));
}

#[test]
fn a_change_of_parameters_does_not_undo_another() {
    let engine = engine();
    let other = engine.clone();
    let calls = std::cell::Cell::new(0);
    engine
        .set_parameters(|parameters| {
            if calls.replace(calls.get() + 1) == 0 {
                other.set_parameters(|parameters| parameters.multifd_channels = 9).unwrap();
            }
            parameters.downtime_limit = 1;
        })
        .unwrap();
    let expected = Parameters { downtime_limit: 1, multifd_channels: 9, ..Parameters::default() };
    assert_eq!((engine.parameters(), calls.get()), (expected, 2));
}

#[test]
fn names_are_refused_that_are_invalid_taken_or_unknown() {
    let mut nodes = Nodes::default();
    nodes.add("disk".into(), None);
    let engine = Engine::builder(machine(&[], false)).nodes(nodes).build();
    assert_eq!(engine.add_object("1", Object::Other), Err(ObjectError::Id));
    assert_eq!(engine.add_object("a", Object::Other), Ok(()));
    assert_eq!(engine.add_object("a", Object::Other), Err(ObjectError::InUse("a".into())));
    assert_eq!(engine.remove_object("a"), Ok(()));
    assert_eq!(engine.remove_object("a"), Err(ObjectError::NotFound("a".into())));

    let null = || OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    assert_eq!(engine.add_descriptor("1a", null()), Err(DescriptorError::Digit));
    assert_eq!(engine.add_descriptor("a", null()), Ok(()));
    assert_eq!(engine.remove_descriptor("a"), Ok(()));
    assert_eq!(engine.remove_descriptor("a"), Err(DescriptorError::NotFound("a".into())));

    let bitmap = Bitmap { granularity: 65536, enabled: true, persistent: false };
    let unknown = BitmapError::NoNode("x".into());
    assert_eq!(engine.add_bitmap("x", "b", bitmap), Err(unknown));
    assert_eq!(engine.add_bitmap("disk", "b", bitmap), Ok(()));
    assert_eq!(engine.remove_bitmap("disk", "b"), Ok(()));
    assert_eq!(engine.remove_bitmap("disk", "b"), Err(BitmapError::NoBitmap("b".into())));
    assert_eq!(engine.disconnect("monitor"), Err(YankError::NotFound));
}

#[test]
fn rates_are_refused_that_the_guest_cannot_measure_or_limit() {
    let engine = engine();
    let second = DirtyRateRequest::new(Duration::from_secs(1));
    let ring = DirtyRateRequest { mode: DirtyRateMeasureMode::DirtyRing, ..second };
    let expected = DirtyRateError::Mode(DirtyRateMeasureMode::DirtyRing);
    assert_eq!(engine.measure_dirty_rate(ring), Err(expected));
    let long = DirtyRateRequest::new(Duration::from_secs(61));
    assert_eq!(engine.measure_dirty_rate(long), Err(DirtyRateError::CalcTime));
    assert_eq!(engine.measure_dirty_rate(second), Ok(()));
    assert_eq!(engine.measure_dirty_rate(second), Err(DirtyRateError::Measuring));
    assert_eq!(engine.set_vcpu_dirty_limit(None, 1), Err(DirtyLimitError::NoRing));
    assert_eq!(engine.vcpu_dirty_limits(), []);
}

#[test]
fn migrations_are_refused_in_another_state() {
    let (source, target) = (engine(), waiting());
    assert_eq!(source.incoming(&anywhere()), Err(IncomingError::NotWaiting));
    assert_eq!(source.recover_postcopy(&anywhere()), Err(IncomingError::NotPaused));
    assert_eq!(target.migrate(&anywhere()), Err(OutgoingError::WaitingForIncoming));
    assert_eq!(source.resume_postcopy(&anywhere()), Err(OutgoingError::NothingPaused));
    assert_eq!(source.pause_postcopy(), Err(OutgoingError::NotPausable));
    assert_eq!(source.switch_to_postcopy(), Err(OutgoingError::PostcopyDisabled));
    let proceeded = source.proceed(Status::PreSwitchover);
    assert_eq!(proceeded, Err(OutgoingError::UnexpectedStatus(Status::None)));
    assert_eq!(source.cancel(), Ok(()));
    listen(&target);
    assert_eq!(target.incoming(&anywhere()), Err(IncomingError::AlreadyStarted));
    assert!(source.blockers().is_empty() && source.migration_threads().is_empty());
}

#[test]
fn events_need_no_capability_and_every_receiver_has_all() {
    let (source, target) = (engine(), waiting());
    let receivers = [source.events(), source.events()];
    source.cont().unwrap();
    source.migrate(&listen(&target)).unwrap();
    let seen = receivers.map(|events| {
        let mut seen = Vec::new();
        while seen.last() != Some(&Event::Migration(Status::Completed)) {
            seen.push(events.recv_timeout(PATIENCE).unwrap());
        }
        seen.retain(|event| !matches!(event, Event::MigrationPass(_)));
        seen
    });
    assert_eq!(seen[0], seen[1]);
    let [resume, setup, active, stop, completed] = &seen[0][..] else { panic!("{seen:?}") };
    assert_eq!([resume, stop], [&Event::Resume, &Event::Stop]);
    let statuses = [Status::Setup, Status::Active, Status::Completed].map(Event::Migration);
    assert_eq!([setup, active, completed].map(Event::clone), statuses);
    assert!(!source.capabilities().has(Capability::Events));
}

/// Returns the names of this process's threads that belong to a migration.
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.contains("shut_")).collect()
}

#[test]
fn nothing_runs_after_a_shutdown_was_joined() {
    let source = engine();
    let events = source.events();
    source.set_parameters(|parameters| parameters.max_bandwidth = 1 << 20).unwrap();
    let target = waiting();
    source.cont().unwrap();
    source.migrate(&listen(&target)).unwrap();
    while events.recv_timeout(PATIENCE).unwrap() != Event::Migration(Status::Active) {}
    source.measure_dirty_rate(DirtyRateRequest::new(Duration::from_secs(60))).unwrap();
    let (named, stop) = (source.core.lifetime.clone(), source.core.lifetime.switch().unwrap());
    named.spawn("shut_down", move || stop.sleep(Duration::from_secs(3600))).unwrap();
    let end = Instant::now() + PATIENCE;
    while threads().len() != 1 {
        assert!(Instant::now() < end, "{:?}", threads());
        std::thread::yield_now();
    }
    let guest = Arc::downgrade(&source.core.guest);

    let shutdown = source.shutdown_for(ShutdownCause::HostSignal);
    shutdown.join_timeout(PATIENCE).map_err(drop).unwrap();
    assert_eq!(threads(), [""; 0]);
    assert_eq!(source.migration_threads(), []);
    assert_eq!(source.run_state(), RunState::Shutdown);
    let seen: Vec<Event> = events.iter().collect();
    let last = [Event::Shutdown(ShutdownCause::HostSignal), Event::Migration(Status::Cancelling)];
    assert!(seen.ends_with(&last), "{seen:?}");
    assert_eq!(events.recv(), Err(EventsError::Ended));
    source.shutdown().join();
    drop((source, named));
    assert!(guest.upgrade().is_none(), "something holds the guest");
    target.shutdown().join();
}

#[test]
fn the_last_engine_takes_its_threads_along_and_leaves_the_guest() {
    let machine = machine(&[PATTERN, DIRTY], false);
    let source = Engine::builder(machine.clone()).build();
    let events = source.events();
    source.set_parameters(|parameters| parameters.max_bandwidth = 1 << 20).unwrap();
    let target = waiting();
    source.cont().unwrap();
    source.migrate(&listen(&target)).unwrap();
    while events.recv_timeout(PATIENCE).unwrap() != Event::Migration(Status::Active) {}
    let (core, target_core) = (Arc::downgrade(&source.core), Arc::downgrade(&target.core));
    let clone = source.clone();
    drop(source);
    assert_eq!(clone.info().status, Some(Status::Active));
    drop((clone, target));
    let end = Instant::now() + PATIENCE;
    while core.strong_count() + target_core.strong_count() > 0 {
        assert!(Instant::now() < end, "an engine goes on");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(events.iter().last(), Some(Event::Migration(Status::Cancelling)));
    assert!(machine.is_running(), "the guest was not given back");
}

/// Returns the reason of an incoming attempt's failure, once it has failed.
fn failed(events: &EventReceiver) -> Vec<String> {
    loop {
        if let Event::IncomingFailed(lines) = events.recv_timeout(PATIENCE).unwrap() {
            return lines;
        }
    }
}

#[test]
fn an_awaited_or_silent_source_can_be_given_up() {
    let target = waiting();
    let events = target.events();
    assert_eq!(target.cancel_incoming(), Err(IncomingError::NothingToCancel));
    listen(&target);
    assert_eq!(target.incoming_error(), None);
    target.cancel_incoming().unwrap();
    let lines = failed(&events);
    assert_eq!(
        (target.incoming_error(), target.info().status),
        (Some(lines), Some(Status::Failed))
    );
    assert_eq!(target.cancel_incoming(), Err(IncomingError::NothingToCancel));

    let Address::Inet(address) = listen(&target) else { panic!() };
    assert_eq!(target.incoming_error(), None);
    let silent = std::net::TcpStream::connect(address.to_string()).unwrap();
    while target.info().status != Some(Status::Active) {
        std::thread::yield_now();
    }
    target.cancel_incoming().unwrap();
    failed(&events);
    drop(silent);

    let source = engine();
    source.migrate(&listen(&target)).unwrap();
    while events.recv_timeout(PATIENCE).unwrap() != Event::Migration(Status::Completed) {}
    assert_eq!(target.cancel_incoming(), Err(IncomingError::NothingToCancel));
    assert_eq!(target.incoming_error(), None);
}

#[test]
fn debug_leaves_out_parameters_and_objects() {
    let parameters = Parameters { tls_authz: "acl0".into(), ..Parameters::default() };
    let builder = Engine::builder(machine(&[], true)).incoming(true).parameters(parameters);
    let shown = format!("{builder:?}");
    assert!(shown.starts_with("EngineBuilder { incoming: true, "), "{shown}");
    assert!(!shown.contains("acl0"), "{shown}");
    assert_eq!(format!("{:?}", builder.build()), "Engine { .. }");
}
