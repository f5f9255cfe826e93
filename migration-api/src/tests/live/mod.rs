//! A guest runs at the destination while its memory arrives, as if it had never been migrated, even
//! if connections break.

mod adopting;
mod described;
mod ends;
mod faults;
mod orders;
mod refusals;
mod repeat;
mod source;
mod strangers;
#[cfg(feature = "tls")]
mod tls;

use super::*;
use crate::engine::incoming::IncomingError;
use crate::random::Random;

/// Number of runs with broken connections, each with at least one.
const RUNS: u64 = 100;

const POSTCOPY: &[Capability] = &[Capability::PostcopyRam, Capability::PostcopyBlocktime];
const PREEMPT: &[Capability] =
    &[Capability::PostcopyRam, Capability::PostcopyBlocktime, Capability::PostcopyPreempt];

/// Starts a source and a destination in postcopy, with background pages at `rate` bytes per second.
fn postcopy(capabilities: &[Capability], rate: u64) -> (Host, Host) {
    let source = host(&[PATTERN, DIRTY], false, capabilities, slow(rate));
    let target = host(&[], true, capabilities, Parameters::default());
    switch(&source, &target);
    (source, target)
}

/// Returns parameters with which precopy cannot complete before postcopy is started.
fn slow(rate: u64) -> Parameters {
    Parameters {
        max_bandwidth: 1 << 20,
        max_postcopy_bandwidth: rate,
        downtime_limit: 1,
        ..Parameters::default()
    }
}

/// Migrates up to the switch to postcopy.
fn switch(source: &Host, target: &Host) {
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Active);
    source.engine.switch_to_postcopy().unwrap();
    source.until(Status::PostcopyActive);
    target.until(Status::PostcopyActive);
}

impl Host {
    fn incoming(&self) -> Status {
        self.engine.core.state().incoming.machine.status()
    }

    fn outgoing(&self) -> Status {
        self.engine.core.state().outgoing.machine.status()
    }

    /// Returns the address at which the destination listens.
    fn bound(&self) -> Address {
        reached(&self.engine.core.state().incoming.bound[0])
    }

    fn recover(&self) -> Address {
        self.engine.recover_postcopy(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
        self.bound()
    }

    fn hurry(&self) {
        self.engine.core.state().parameters.max_postcopy_bandwidth = 0;
    }
}

fn wait(what: &str, mut until: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !until() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_guest_runs_before_its_memory_has_arrived() {
    for capabilities in [POSTCOPY, PREEMPT] {
        let (source, target) = postcopy(capabilities, 1);
        // In the background the pages that the workload touches take a quarter of an hour.
        let left = source.machine.pages_dirtied();
        // So many waits take more than a millisecond, the unit of the blocktime.
        wait("the workload goes on", || target.machine.pages_dirtied() > left + 200);
        assert_eq!(target.engine.info().status, Some(Status::PostcopyActive));
        assert_eq!(target.engine.info().postcopy_blocktime, None);
        source.hurry();
        source.until(Status::Completed);
        assert_eq!(
            target.until(Status::Completed),
            [Event::Resume, Event::Migration(Status::Completed)]
        );
        let info = target.engine.info();
        let each = info.postcopy_vcpu_blocktime.unwrap();
        assert!(each[0] > 0 && each.len() == 1, "{each:?}");
        assert_eq!(info.postcopy_blocktime, Some(each[0]));
        assert!(info.socket_address.is_none());
        assert!(source.engine.info().ram.unwrap().postcopy_requests > 0);
        goes_on(&source, &target);
    }
}

#[test]
fn an_end_before_the_switch_is_that_of_any_migration() {
    let source = host(&[PATTERN, DIRTY], false, PREEMPT, Parameters::default());
    let target = host(&[], true, PREEMPT, Parameters::default());
    arrives(&source, &target, || {});
    let info = target.engine.info();
    assert_eq!((info.postcopy_blocktime, info.postcopy_vcpu_blocktime), (Some(0), Some(vec![0])));
}

#[test]
fn a_guest_that_waits_for_a_page_can_be_stopped() {
    let (source, target) = postcopy(POSTCOPY, 1);
    target.engine.pause_incoming();
    target.until(Status::PostcopyPaused);
    source.until(Status::PostcopyPaused);
    // No page arrives any more, so the workload blocks at a missing one.
    let mut before = target.machine.pages_dirtied();
    wait("the workload stands", || {
        std::thread::sleep(Duration::from_millis(30));
        std::mem::replace(&mut before, target.machine.pages_dirtied())
            == target.machine.pages_dirtied()
    });
    target.engine.stop().unwrap();
    assert_eq!(target.engine.run_state(), RunState::Paused);
    target.engine.cont().unwrap();
    assert_eq!(target.engine.run_state(), RunState::Running);
    source.hurry();
    source.engine.resume_postcopy(&target.recover()).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    goes_on(&source, &target);
}

#[test]
fn a_pause_is_ended_by_a_new_connection_alone() {
    let (source, target) = postcopy(PREEMPT, 1);
    let (engine, unfit) = (&target.engine, "exec:true".parse::<Address>().unwrap());
    let anywhere: Address = "tcp:127.0.0.1:0".parse().unwrap();
    assert_eq!(engine.check_recover(), Err(IncomingError::NotPaused));
    assert_eq!(engine.recover_postcopy(&anywhere), Err(IncomingError::NotPaused));
    assert!(engine.check_migrate(&anywhere, false, false).is_err(), "its memory is not all here");
    assert!(engine.pause_incoming());
    target.until(Status::PostcopyPaused);
    source.until(Status::PostcopyPaused);
    assert!(!engine.pause_incoming());
    assert!(engine.check_migrate(&anywhere, false, false).is_err());

    assert_eq!(engine.recover_postcopy(&unfit), Err(IncomingError::SingleChannel));
    assert!(engine.recover_postcopy(&"unix:/nowhere/at/all".parse().unwrap()).is_err());
    // The same port every time: the previous listener is closed.
    let first = target.recover();
    for _ in 0..20 {
        engine.recover_postcopy(&first).unwrap();
        assert_eq!(target.bound(), first);
    }
    let second = target.recover();
    assert_ne!(first, second);
    source.engine.resume_postcopy(&first).unwrap();
    source.until(Status::PostcopyPaused);
    assert_eq!(target.incoming(), Status::PostcopyPaused);

    // Another client connects, and closes.
    let Address::Inet(inet) = &second else { panic!() };
    drop(std::net::TcpStream::connect((inet.host.as_str(), inet.port.parse().unwrap())).unwrap());
    target.until(Status::PostcopyRecover);
    target.until(Status::PostcopyPaused);

    source.hurry();
    source.engine.resume_postcopy(&target.recover()).unwrap();
    source.until(Status::Completed);
    let seen = target.until(Status::Completed);
    let statuses: Vec<&Event> =
        seen.iter().filter(|notice| matches!(notice, Event::Migration(_))).collect();
    let expected =
        [Status::PostcopyRecover, Status::PostcopyActive, Status::Completed].map(Event::Migration);
    assert_eq!(statuses, expected.iter().collect::<Vec<_>>());
    goes_on(&source, &target);
}

/// Connects both sides again.
fn resume(source: &Host, target: &Host) {
    source.engine.resume_postcopy(&target.recover()).unwrap();
    wait("the source connects", || source.outgoing() != Status::PostcopyPaused);
}

#[test]
fn no_break_of_the_connection_costs_a_page() {
    let mut breaks = 0;
    for run in 0..RUNS {
        let mut random = Random::new(run);
        let capabilities = if run % 2 == 0 { POSTCOPY } else { PREEMPT };
        // Until the first break, almost only requested pages arrive, so no run ends without a
        // break.
        let (source, target) = postcopy(capabilities, 1);
        for _ in 0..1 + random.below(4) {
            std::thread::sleep(Duration::from_micros(random.below(40_000) as u64));
            // Some breaks hit the handshake of a recovery, and some come too late.
            let broken = match random.below(3) {
                0 => target.engine.pause_incoming(),
                1 => source.engine.pause_postcopy().is_ok(),
                _ => {
                    target.engine.yank();
                    true
                }
            };
            if !broken {
                continue;
            }
            wait("both sides have noticed", || {
                matches!(
                    (source.outgoing(), target.incoming()),
                    (Status::PostcopyPaused, Status::PostcopyPaused) | (_, Status::Completed)
                )
            });
            if target.incoming() == Status::Completed {
                break;
            }
            breaks += 1;
            source.engine.core.state().parameters.max_postcopy_bandwidth = 24 << 20;
            resume(&source, &target);
        }
        wait("it goes on", || match (source.outgoing(), target.incoming()) {
            (Status::PostcopyPaused, Status::PostcopyPaused) => {
                resume(&source, &target);
                false
            }
            // The destination's last message may be lost, but the guest has arrived.
            (_, target) => target == Status::Completed,
        });
        works_on(&target, source.machine.pages_dirtied());
    }
    assert!(breaks >= RUNS, "{breaks} breaks");
}
