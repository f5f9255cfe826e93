//! Calls after the end of an engine, and beside it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::api::JobVerb;
use crate::dirty_limit::DirtyLimitError;
use crate::dirty_rate::{DirtyRateError, DirtyRateRequest};
use crate::engine::{DeviceStateError, IncomingError, JobError, OutgoingError, RunError};
#[cfg(feature = "snapshot")]
use crate::snapshot::SnapshotError;

fn anywhere() -> Address {
    "tcp:127.0.0.1:0".parse().unwrap()
}

fn second() -> DirtyRateRequest {
    DirtyRateRequest::new(Duration::from_secs(1))
}

#[test]
fn an_engine_that_has_ended_takes_no_work_and_answers_queries() {
    let machine = machine(&[PATTERN, DIRTY], false);
    let engine = Engine::builder(machine.clone()).build();
    engine.cont().unwrap();
    engine.shutdown().join();

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("devices").to_str().unwrap().to_owned();
    assert_eq!(engine.migrate(&anywhere()), Err(OutgoingError::Ended));
    assert_eq!(engine.resume_postcopy(&anywhere()), Err(OutgoingError::Ended));
    assert_eq!(engine.switch_to_postcopy(), Err(OutgoingError::Ended));
    assert_eq!(engine.proceed(Status::PreSwitchover), Err(OutgoingError::Ended));
    assert_eq!(engine.incoming(&anywhere()), Err(IncomingError::Ended));
    assert_eq!(engine.recover_postcopy(&anywhere()), Err(IncomingError::Ended));
    assert_eq!(engine.cont(), Err(RunError::Ended));
    assert_eq!(engine.reset(), Err(RunError::Ended));
    assert_eq!(engine.measure_dirty_rate(second()), Err(DirtyRateError::Ended));
    assert_eq!(engine.set_vcpu_dirty_limit(None, 1), Err(DirtyLimitError::Ended));
    assert_eq!(engine.save_device_state(&file), Err(DeviceStateError::Ended));
    assert_eq!(engine.load_device_state(&file), Err(DeviceStateError::Ended));
    #[cfg(feature = "snapshot")]
    {
        let nodes = || vec!["disk".to_owned()];
        let tag = || "tag".to_owned();
        let saved = engine.snapshot_save("j", tag(), "disk".into(), nodes());
        let loaded = engine.snapshot_load("j", tag(), "disk".into(), nodes());
        let deleted = engine.snapshot_delete("j", tag(), nodes());
        assert_eq!([saved, loaded, deleted], [const { Err(JobError::Ended) }; 3]);
        assert_eq!(engine.begin_with_snapshot("tag"), Err(SnapshotError::Ended));
    }
    assert_eq!(RunError::Ended.to_string(), "the engine has ended");

    assert_eq!((engine.info().status, engine.run_state()), (None, RunState::Shutdown));
    assert_eq!((engine.stop(), engine.cancel(), engine.jobs().len()), (Ok(()), Ok(()), 0));
    assert_eq!(engine.ask_job("j", JobVerb::Dismiss), Err(JobError::NotFound));
    assert!(!machine.is_running());
}

#[test]
fn work_beside_the_end_is_refused_or_ended() {
    let works: [fn(&Engine); 7] = [
        |engine| drop(engine.cont()),
        |engine| drop(engine.reset().and_then(|()| engine.cont())),
        |engine| drop(engine.migrate(&anywhere())),
        |engine| drop(engine.incoming(&anywhere())),
        |engine| drop(engine.measure_dirty_rate(second())),
        |engine| drop(engine.snapshot_save("j", "t".into(), "d".into(), vec!["d".into()])),
        |engine| drop(engine.save_device_state("/dev/null")),
    ];
    for (index, work) in works.into_iter().enumerate() {
        for round in 0..60 {
            let incoming = index == 3;
            let machine = machine(&[], incoming);
            let engine = Engine::builder(machine.clone()).incoming(incoming).build();
            let gate = std::sync::Barrier::new(2);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    gate.wait();
                    (0..3).for_each(|_| work(&engine));
                });
                gate.wait();
                let spins = round * 200;
                (0..spins).for_each(|_| std::hint::spin_loop());
                let ended = engine.shutdown().join_timeout(PATIENCE);
                assert!(ended.is_ok(), "work {index}, round {round}: threads are left");
            });
            assert!(engine.core.lifetime.wait(Duration::ZERO), "work {index}: a thread came later");
            assert!(!machine.is_running(), "work {index}, round {round}: the guest runs");
        }
    }
}

#[test]
fn an_end_is_waited_for_on_a_thread_of_another_engine() {
    let [ends, waits] = [(); 2].map(|()| Engine::builder(machine(&[], false)).build());
    let stop = ends.core.lifetime.switch().unwrap();
    let (over, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let work = over.clone();
    ends.core
        .lifetime
        .spawn("test", move || {
            stop.sleep(PATIENCE);
            std::thread::sleep(Duration::from_millis(100));
            work.store(true, Ordering::SeqCst);
        })
        .unwrap();
    let (joins, result) = (ends.clone(), seen.clone());
    let join = move || {
        joins.shutdown().join();
        result.store(over.load(Ordering::SeqCst), Ordering::SeqCst);
    };
    waits.core.lifetime.spawn("test", join).unwrap();
    assert!(waits.core.lifetime.wait(PATIENCE));
    assert!(seen.load(Ordering::SeqCst), "the thread is not waited for");
}
