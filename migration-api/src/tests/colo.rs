//! COLO between two engines of one process: checkpoints, and the loss of either side.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{DIRTY, Host, PATIENCE, PATTERN, host, undisturbed};
use crate::api::{
    COLOExitReason as Reason, COLOMode as Mode, MigrationCapability as Capability,
    MigrationStatus as Status, RunState,
};
use crate::core::Event;
use crate::engine::colo::ColoError;
use crate::guest::{Guest, StopMode};
use crate::settings::Parameters;

/// Starts a primary and its secondary, and waits for some checkpoints.
fn pair() -> (Host, Host) {
    let parameters = Parameters { x_checkpoint_delay: 30, ..Parameters::default() };
    let primary = host(&[PATTERN, DIRTY], false, &[Capability::XColo], parameters.clone());
    let secondary = host(&["idle"], true, &[Capability::XColo], parameters);
    primary.engine.cont().unwrap();
    primary.engine.migrate(&secondary.listen()).unwrap();
    secondary.until(Status::Colo);
    primary.until(Status::Colo);
    for _ in 0..3 {
        stops_and_goes_on(&secondary);
    }
    (primary, secondary)
}

/// Waits for a checkpoint.
fn stops_and_goes_on(host: &Host) {
    for wanted in [Event::Stop, Event::Resume] {
        while next(host) != wanted {}
    }
}

pub(super) fn next(host: &Host) -> Event {
    host.notices.lock().unwrap().recv_timeout(PATIENCE).expect("a notice")
}

/// Returns the notices up to the end of COLO, without those of checkpoints.
pub(super) fn until_exit(host: &Host) -> Vec<Event> {
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Event::ColoExit(..))) {
        match next(host) {
            Event::Stop | Event::Resume | Event::MigrationPass(_) | Event::Log(_) => {}
            notice => seen.push(notice),
        }
    }
    seen
}

fn until_running_alone(host: &Host) {
    let end = Instant::now() + PATIENCE;
    while host.engine.colo_status().unwrap().mode != Mode::None {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(host.engine.run_state(), RunState::Running);
}

/// Checks that the guest's memory is that of an undisturbed guest at the same step.
fn is_sound(host: &Host) {
    let end = Instant::now() + PATIENCE;
    while host.machine.pages_dirtied() == 0 {
        assert!(Instant::now() < end, "the guest does not run");
        std::thread::sleep(Duration::from_millis(1));
    }
    host.machine.pause(StopMode::All).unwrap();
    let count = host.machine.pages_dirtied();
    assert!(
        host.memory() == undisturbed(&[PATTERN], 1 << 20, 256, count),
        "memory differs after {count} steps"
    );
}

#[test]
fn the_secondary_takes_over_and_the_primary_can_go_on() {
    let (primary, secondary) = pair();
    assert_eq!(primary.engine.colo_status().unwrap().mode, Mode::Primary);
    let status = secondary.engine.colo_status().unwrap();
    assert_eq!(
        (status.mode, status.last_mode, status.reason),
        (Mode::Secondary, Mode::None, Reason::None)
    );

    secondary.engine.lost_heartbeat().unwrap();
    assert_eq!(
        until_exit(&secondary),
        [Event::Migration(Status::Completed), Event::ColoExit(Mode::Secondary, Reason::Request)]
    );
    until_running_alone(&secondary);
    let status = secondary.engine.colo_status().unwrap();
    assert_eq!(
        (status.mode, status.last_mode, status.reason),
        (Mode::None, Mode::Secondary, Reason::Request)
    );
    assert_eq!(secondary.engine.lost_heartbeat(), Err(ColoError::NotInColo));
    is_sound(&secondary);

    // The primary has noticed the loss, and waits for a failover request.
    assert_eq!(until_exit(&primary), [Event::ColoExit(Mode::Primary, Reason::Error)]);
    assert_eq!(primary.engine.colo_status().unwrap().reason, Reason::None);
    primary.engine.lost_heartbeat().unwrap();
    primary.until(Status::Completed);
    until_running_alone(&primary);
    is_sound(&primary);
}

#[test]
fn the_primary_goes_on_alone() {
    let (primary, secondary) = pair();
    primary.engine.lost_heartbeat().unwrap();
    assert_eq!(
        until_exit(&primary),
        [Event::Migration(Status::Completed), Event::ColoExit(Mode::Primary, Reason::Request)]
    );
    until_running_alone(&primary);
    is_sound(&primary);
    // The guest can be migrated again.
    let other = host(&["idle"], true, &[], Parameters::default());
    primary.engine.set_capabilities([(Capability::XColo, false)]).unwrap();
    primary.engine.cont().unwrap();
    primary.engine.migrate(&other.listen()).unwrap();
    primary.until(Status::Completed);
    other.until(Status::Completed);
    is_sound(&other);
    assert_eq!(until_exit(&secondary), [Event::ColoExit(Mode::Secondary, Reason::Error)]);
}

#[test]
fn a_broken_link_leaves_both_sides_sound() {
    for _ in 0..10 {
        let (primary, secondary) = pair();
        // This hits any moment of a checkpoint.
        primary.engine.yank();
        for (host, mode) in [(&primary, Mode::Primary), (&secondary, Mode::Secondary)] {
            assert_eq!(until_exit(host), [Event::ColoExit(mode, Reason::Error)]);
            host.engine.lost_heartbeat().unwrap();
            host.until(Status::Completed);
            until_running_alone(host);
            is_sound(host);
        }
    }
}

#[test]
fn a_cancelled_primary_waits_for_a_failover() {
    let (primary, secondary) = pair();
    // The next checkpoint is far away, which must not matter.
    primary.engine.core.state().parameters.x_checkpoint_delay = 3_600_000;
    std::thread::sleep(Duration::from_millis(100));
    primary.engine.cancel().unwrap();
    assert_eq!(
        until_exit(&primary),
        [Event::Migration(Status::Cancelling), Event::ColoExit(Mode::Primary, Reason::Error)]
    );
    assert_eq!(until_exit(&secondary), [Event::ColoExit(Mode::Secondary, Reason::Error)]);
    primary.engine.cancel().unwrap();
    primary.engine.lost_heartbeat().unwrap();
    primary.until(Status::Cancelled);
    until_running_alone(&primary);
    is_sound(&primary);
}

#[test]
fn a_process_that_ends_does_not_wait_for_a_failover() {
    let (primary, secondary) = pair();
    for Host { engine, machine, .. } in [secondary, primary] {
        let _ = engine
            .shutdown_for(crate::api::ShutdownCause::HostSignal)
            .join_timeout(Duration::from_secs(1));
        drop(engine);
        let end = Instant::now() + PATIENCE;
        while Arc::strong_count(&machine) > 1 {
            assert!(Instant::now() < end, "threads go on");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!machine.is_running());
    }
}

#[test]
fn differences_keep_a_secondary_equal() {
    let capabilities = [Capability::XColo, Capability::Xbzrle, Capability::PauseBeforeSwitchover];
    let parameters = Parameters {
        x_checkpoint_delay: 30,
        max_bandwidth: 1 << 20,
        // Prevents that the second pass is left to the switchover.
        downtime_limit: 0,
        ..Parameters::default()
    };
    let primary = host(&[PATTERN], false, &capabilities, parameters.clone());
    let secondary = host(&["idle"], true, &[Capability::XColo, Capability::Xbzrle], parameters);
    let write = |byte: u8| primary.machine.ram()[0].memory.write(8192, &[byte; 100]);
    write(1);
    primary.engine.cont().unwrap();
    primary.engine.migrate(&secondary.listen()).unwrap();
    primary.until(Status::Active);
    // These pages are sent again in the second pass, and cached from then on.
    std::thread::sleep(Duration::from_millis(300));
    write(2);
    primary.engine.core.state().parameters.max_bandwidth = 0;
    primary.until(Status::PreSwitchover);
    write(3);
    primary.engine.proceed(Status::PreSwitchover).unwrap();
    secondary.until(Status::Colo);
    primary.until(Status::Colo);
    write(2);
    for _ in 0..3 {
        stops_and_goes_on(&secondary);
    }
    secondary.engine.lost_heartbeat().unwrap();
    until_exit(&secondary);
    until_running_alone(&secondary);
    assert!(secondary.memory() == primary.memory());
}

#[test]
fn a_destination_without_x_colo_refuses_colo() {
    let primary = host(&[PATTERN, DIRTY], false, &[Capability::XColo], Parameters::default());
    let other = host(&["idle"], true, &[], Parameters::default());
    primary.engine.cont().unwrap();
    primary.engine.migrate(&other.listen()).unwrap();
    other.until(Status::Failed);
    primary.until(Status::Failed);
    assert_eq!(primary.engine.run_state(), RunState::Running);
    assert_eq!(primary.engine.lost_heartbeat(), Err(ColoError::NotInColo));
    is_sound(&primary);
}
