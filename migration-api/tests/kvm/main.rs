//! Guests on KVM: migrated under load with either kind of dirty log, throttled, limited, measured.
//! Needs `/dev/kvm`.
#![cfg(target_arch = "x86_64")]

mod engine;
mod postcopy;

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{REGION, Running, SIZE, contents, guest, pages_changed, task};
use migration_api::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use migration_api::guest::{BlockId, DirtyBits, Guest, StopMode};
use migration_api::guests::{KvmConfig, KvmGuest, Task};

/// Number of pages that each vCPU dirties before it halts.
const PAGES: u64 = 20_000;

fn migrate_under_load(ring: Option<u32>) {
    let undisturbed = guest(ring, PAGES, false);
    undisturbed.resume().unwrap();
    engine::until("every vCPU has halted", || undisturbed.is_halted());

    let source = Running::new(guest(ring, PAGES, false), false);
    let destination = Running::new(guest(ring, PAGES, true), true);
    source.run();
    source.migrate_to(&destination);
    assert_eq!(source.run_state(), RunState::Postmigrate);
    let went = source.guest.progress(0);
    destination.until_status(Status::Completed);
    assert_eq!(destination.run_state(), RunState::Running);
    engine::until("every vCPU has halted", || destination.guest.is_halted());
    destination.stop();
    undisturbed.pause(StopMode::All).unwrap();
    for vcpu in [0, 1] {
        assert_eq!(destination.guest.progress(vcpu), PAGES);
    }
    assert!(went <= PAGES);
    assert!(contents(&destination.guest) == contents(&undisturbed), "memory differs");
}

#[test]
fn a_guest_with_a_dirty_log_goes_on_where_it_was() {
    migrate_under_load(None);
}

#[test]
fn a_guest_with_dirty_rings_goes_on_where_it_was() {
    migrate_under_load(Some(1024));
}

#[test]
fn the_log_names_the_pages_that_vcpus_have_written() {
    for ring in [None, Some(1024)] {
        let guest = guest(ring, 100, false);
        guest.start_log().unwrap();
        let sync = || {
            let mut dirty = vec![0u64; (SIZE / 4096 / 64) as usize];
            guest.sync_log(BlockId::new(0), &mut DirtyBits::new(&mut dirty)).unwrap();
            (0..SIZE / 4096)
                .filter(|page| dirty[(page / 64) as usize] & 1 << (page % 64) != 0)
                .collect::<Vec<_>>()
        };
        assert_eq!(sync(), Vec::<u64>::new());
        guest.resume().unwrap();
        engine::until("every vCPU has halted", || guest.is_halted());
        let expected: Vec<u64> = [1, 2]
            .into_iter()
            .flat_map(|vcpu| vcpu * REGION / 4096..vcpu * REGION / 4096 + 100)
            .collect();
        assert_eq!(sync(), expected, "{ring:?}");
        assert_eq!(sync(), Vec::<u64>::new());
        let rings = guest
            .vcpu_limits()
            .map(|limits| (limits.ring_size(), limits.pages_dirtied(0).unwrap()));
        assert_eq!(rings, ring.map(|pages| (pages.into(), 100)));
        guest.stop_log().unwrap();
        assert_eq!(pages_changed(&guest), expected);
    }
}

#[test]
fn a_throttled_guest_does_less_and_a_stopped_one_nothing() {
    let guest = guest(None, 0, false);
    let done_in = |time| {
        let before = guest.progress(0);
        guest.resume().unwrap();
        std::thread::sleep(time);
        guest.pause(StopMode::All).unwrap();
        guest.progress(0) - before
    };
    let time = Duration::from_millis(300);
    // Twice, because the first run populates every page.
    done_in(time);
    let full = done_in(time);
    guest.throttle(99).unwrap();
    let slow = done_in(time);
    guest.throttle(0).unwrap();
    assert!(full > 0 && slow < full / 2, "{full} {slow}");
    let before = contents(&guest);
    std::thread::sleep(Duration::from_millis(20));
    assert!(before == contents(&guest));
}

#[test]
fn dirty_rates_are_measured_by_ring_or_by_log() {
    for (ring, mode, other) in
        [(None, "dirty-bitmap", "dirty-ring"), (Some(1024), "dirty-ring", "dirty-bitmap")]
    {
        let running = Running::new(guest(ring, 0, false), false);
        running.run();
        let error = running
            .command("calc-dirty-rate", &format!(r#"{{"calc-time": 1, "mode": "{other}"}}"#));
        assert!(
            error.contains(&format!("mode {other} is not enabled, use other method instead.")),
            "{error}"
        );
        running.command(
            "calc-dirty-rate",
            &format!(r#"{{"calc-time": 300, "calc-time-unit": "millisecond", "mode": "{mode}"}}"#),
        );
        let mut info = String::new();
        engine::until("the rate is measured", || {
            info = running.command("query-dirty-rate", "{}");
            info.contains("measured")
        });
        let info: serde_json::Value = serde_json::from_str(&info).unwrap();
        let info = &info["return"];
        assert!(info["dirty-rate"].as_i64().unwrap() > 0, "{info}");
        let vcpus = info["vcpu-dirty-rate"].as_array().map(Vec::len);
        assert_eq!(vcpus, ring.map(|_| 2), "{info}");
    }
}

/// Returns the limit of a vCPU in a reply to `query-vcpu-dirty-limit`.
fn limit(reply: &str, vcpu: u64) -> serde_json::Value {
    let reply: serde_json::Value = serde_json::from_str(reply).unwrap();
    let mut limits = reply["return"].as_array().unwrap().iter();
    limits.find(|limit| limit["cpu-index"] == vcpu).unwrap().clone()
}

#[test]
fn limits_hold_a_vcpu_back() {
    let running = Running::new(guest(Some(1024), 0, false), false);
    running.run();
    let error = running.command("set-vcpu-dirty-limit", r#"{"cpu-index": 2, "dirty-rate": 1}"#);
    assert!(error.contains("incorrect cpu index specified"), "{error}");
    running.command("set-vcpu-dirty-limit", r#"{"cpu-index": 0, "dirty-rate": 1}"#);
    running.command("migrate-set-parameters", r#"{"x-vcpu-dirty-limit-period": 100}"#);
    let rate = |limits: &str| limit(limits, 0)["current-rate"].as_u64();
    let mut limits = String::new();
    engine::until("the rate is known", || {
        limits = running.command("query-vcpu-dirty-limit", "{}");
        rate(&limits).is_some_and(|rate| rate > 0)
    });
    assert_eq!(limit(&limits, 0)["limit-rate"], 1, "{limits}");
    // It dirtied some pages before the limit, and almost none afterwards.
    engine::until("the vCPU is held back", || {
        rate(&running.command("query-vcpu-dirty-limit", "{}")).is_some_and(|rate| rate <= 5)
    });
    running.command("cancel-vcpu-dirty-limit", "{}");
    assert!(running.command("query-vcpu-dirty-limit", "{}").contains(r#""return": []"#));
}

#[test]
fn the_capability_limits_a_guest_that_does_not_converge() {
    let source = Running::new(guest(Some(1024), 0, false), false);
    let destination = Running::new(guest(Some(1024), 0, true), true);
    source.set(Capability::DirtyLimit);
    source.command(
        "migrate-set-parameters",
        r#"{"vcpu-dirty-limit": 2, "x-vcpu-dirty-limit-period": 100, "max-bandwidth": 10000000, "downtime-limit": 1, "throttle-trigger-threshold": 1}"#,
    );
    source.run();
    // Sending these pages takes longer than the shortest period for throttling decisions.
    let regions = (2 * REGION / 4096) as usize;
    engine::until("everything is dirty", || pages_changed(&source.guest).len() == regions);
    source.start_to(&destination);
    engine::until("limits are in force", || {
        let info = source.command("query-migrate", "{}");
        assert_eq!(source.run_state(), RunState::Running, "{info}");
        info.contains("dirty-limit-throttle-time-per-round")
    });
    let info = source.command("query-vcpu-dirty-limit", "{}");
    assert_eq!(limit(&info, 1)["limit-rate"], 2, "{info}");
    let error = source.command("set-vcpu-dirty-limit", r#"{"dirty-rate": 5}"#);
    assert!(
        error.contains("can't set dirty page rate limit while migration is running"),
        "{error}"
    );
    let error = source.command("cancel-vcpu-dirty-limit", "{}");
    assert!(
        error.contains("can't cancel dirty page rate limit while migration is running"),
        "{error}"
    );
    source.command("migrate_cancel", "{}");
    source.until_status(Status::Cancelled);
    engine::until("limits are off", || {
        source.command("query-vcpu-dirty-limit", "{}").contains(r#""return": []"#)
    });
}

#[test]
fn invalid_configurations_are_refused() {
    let config = |size, tasks| KvmConfig {
        machine: "none".into(),
        block: "ram".into(),
        size,
        tasks,
        dirty_ring: None,
        interrupt_controller: false,
        incoming: false,
    };
    let fine = task(0, 0);
    for (size, task) in [
        (0, fine),
        (SIZE + 1, fine),
        (1 << 40, fine),
        (SIZE, Task { start: 4096, ..fine }),
        (SIZE, Task { end: fine.start, ..fine }),
        (SIZE, Task { end: SIZE + 4096, ..fine }),
        (SIZE, Task { start: fine.start + 1, ..fine }),
    ] {
        assert!(KvmGuest::new(config(size, vec![task])).is_err(), "{size} {task:?}");
    }
    let begun = Instant::now();
    drop(Arc::new(KvmGuest::new(config(SIZE, vec![fine])).unwrap()));
    assert!(begun.elapsed() < Duration::from_secs(60));
}
