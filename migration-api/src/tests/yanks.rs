//! Yanks during the SYNCs of multifd channels: both sides end at once, and the guest stays whole.

use super::*;
use crate::random::Random;

const RUNS: u64 = 50;

/// The longest time that a side takes to end after a yank; generous, because the host is shared.
const PROMPT: Duration = Duration::from_secs(10);

/// A guest that never fits into the downtime: SYNC follows SYNC.
const BUSY: &str = "dirty,start=0,end=4M,rate=max";

fn capabilities(run: u64) -> Vec<Capability> {
    let mut capabilities = vec![Capability::Multifd, Capability::PauseBeforeSwitchover];
    if run.is_multiple_of(3) {
        capabilities.push(Capability::ReturnPath);
    }
    capabilities
}

#[test]
fn a_yank_at_any_moment_of_a_sync_leaves_the_guest_whole() {
    let mut random = Random::new(0x7a4b);
    for run in 0..RUNS {
        let parameters = Parameters {
            multifd_channels: 1 + random.below(4) as u8,
            downtime_limit: 0,
            ..Parameters::default()
        };
        let capabilities = capabilities(run);
        let source = host(&[PATTERN, BUSY], false, &capabilities, parameters.clone());
        let target = host(&[], true, &capabilities, parameters);
        source.engine.cont().unwrap();
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Active);
        std::thread::sleep(Duration::from_micros(random.below(60_000) as u64));
        let yanked = Instant::now();
        let at = if random.below(2) == 0 { &source } else { &target };
        at.engine.yank();
        let seen = source.until_one_of(&[Status::Failed, Status::PreSwitchover]);
        if seen.contains(&Event::Migration(Status::PreSwitchover)) {
            // On a busy host, the workload may have stood still. As in QEMU, a yank does not end
            // this pause, but the migration fails once it goes on.
            let _ = source.engine.proceed(Status::PreSwitchover);
            source.until(Status::Failed);
        }
        target.until(Status::Failed);
        assert!(yanked.elapsed() < PROMPT, "run {run}: {:?}", yanked.elapsed());
        assert!(source.error().is_some());
        assert_eq!(source.engine.run_state(), RunState::Running, "run {run}");
        assert_eq!(target.engine.run_state(), RunState::Inmigrate);
        let threads = source.engine.core.state().outgoing.run.clone().unwrap();
        assert_eq!(threads.threads(), [], "run {run}: channels go on");
        source.engine.stop().unwrap();
        let count = source.machine.pages_dirtied();
        assert!(source.memory() == undisturbed(&[PATTERN], 0, 1024, count), "run {run}");

        // The guest can still leave.
        if run % 10 == 9 {
            source.engine.core.state().parameters.downtime_limit = 60_000;
            let next =
                host(&[], true, &capabilities, source.engine.core.state().parameters.clone());
            source.engine.migrate(&next.listen()).unwrap();
            source.until(Status::PreSwitchover);
            source.engine.proceed(Status::PreSwitchover).unwrap();
            source.until(Status::Completed);
            next.until(Status::Completed);
            assert!(next.memory() == source.memory());
        }
    }
}

#[test]
fn a_yank_ends_the_resolution_of_a_host_name() {
    let target = host(&["idle"], true, &[], Parameters::default());
    assert!(!target.engine.can_yank());
    // A command is at work on an address.
    let stop = Arc::new(crate::transport::Stop::new().unwrap());
    target.engine.core.state().incoming.opening = Some(stop.clone());
    assert!(target.engine.can_yank());
    target.engine.yank();
    assert!(stop.check().is_err() && !stop.is_stopped());
    // Another address can be opened.
    target.engine.core.state().incoming.opening = None;
    target.listen();
    assert!(target.engine.core.state().incoming.opening.is_none());
}
