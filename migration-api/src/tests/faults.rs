//! Streams that are cut, damaged or incomplete: the guest is never lost, and neither side hangs.

use std::net::Shutdown;
use std::ops::ControlFlow;

use super::relay::{Hit, relay};
use super::*;
use crate::random::Random;

/// Number of runs, each with its own position and kind of damage.
const RUNS: u64 = 240;

/// Damage at a byte of the stream.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Both connections are closed.
    Cut,
    /// One bit is flipped.
    Flip,
    /// Some bytes are missing.
    Drop(usize),
    /// The source sees the end; the destination receives no more data.
    Truncate,
}

/// Puts a fault between a source and `target`. Returns the address to connect to.
fn through(target: &Address, fault: Fault, at: u64) -> Address {
    let Address::Inet(inet) = target else { panic!("{target:?}") };
    let target = format!("{}:{}", inet.host, inet.port).parse().unwrap();
    let bound = relay(target, at, move |Hit { bytes, place, source }| {
        match fault {
            Fault::Cut | Fault::Truncate => {
                bytes.truncate(place);
                if let Fault::Cut = fault {
                    let _ = source.shutdown(Shutdown::Both);
                }
                return ControlFlow::Break(());
            }
            Fault::Flip => bytes[place] ^= 1 << (at % 8),
            Fault::Drop(count) => drop(bytes.drain(place..bytes.len().min(place + count))),
        }
        ControlFlow::Continue(())
    });
    reached(&Bound::Inet(bound))
}

/// Waits for the end of a migration. Cuts it if the destination waits for dropped bytes and the
/// source for the answer.
fn ends_or_is_cut(source: &Host) {
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| source.until_one_of(&[Status::Completed, Status::Failed]));
        let end = Instant::now() + Duration::from_secs(2);
        while !ended.is_finished() {
            if Instant::now() > end {
                source.engine.yank();
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    });
}

#[test]
fn no_fault_loses_the_guest() {
    let mut completed = 0;
    for run in 0..RUNS {
        let mut random = Random::new(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let fault = match run % 4 {
            0 => Fault::Cut,
            1 => Fault::Flip,
            2 => Fault::Drop(1 + random.below(5000)),
            _ => Fault::Truncate,
        };
        // Half of the faults hit the first bytes, which have the structure. The stream has about
        // 600 KiB.
        let at = random.below(if run & 4 == 0 { 400 } else { 600 << 10 }) as u64;
        let return_path: &[Capability] = if run & 8 == 0 { &[Capability::ReturnPath] } else { &[] };
        let source = host(
            &["pattern,seed=9,end=512K", "dirty,start=1M,end=1088K,rate=5000"],
            false,
            return_path,
            Parameters::default(),
        );
        let target = host(&[], true, return_path, Parameters::default());
        source.engine.cont().unwrap();
        let before = source.memory();
        source.engine.migrate(&through(&target.listen(), fault, at)).unwrap();
        ends_or_is_cut(&source);
        target.until_one_of(&[Status::Completed, Status::Failed]);
        let what = || format!("run {run}: {fault:?} at {at}, source says {:?}", source.error());
        let (gone, arrived) = (source.engine.run_state(), target.engine.run_state());
        // With a return path the source never takes a failure for success.
        if !return_path.is_empty() && arrived != RunState::Running {
            assert_eq!(gone, RunState::Running, "{}", what());
            assert!(source.error().is_some(), "{}", what());
        }
        assert!(matches!(gone, RunState::Running | RunState::Postmigrate), "{gone}: {}", what());
        assert!(
            matches!(arrived, RunState::Running | RunState::Inmigrate),
            "{arrived}: {}",
            what()
        );
        source.engine.stop().unwrap();
        let after = source.memory();
        assert!(before[..512 << 10] == after[..512 << 10], "{}", what());
        assert!(
            after
                == undisturbed(
                    &["pattern,seed=9,end=512K"],
                    1 << 20,
                    16,
                    source.machine.pages_dirtied()
                ),
            "{}",
            what()
        );
        completed += u32::from(arrived == RunState::Running);
    }
    // Damage to a page's content cannot be detected without TLS.
    assert!(u64::from(completed) < RUNS / 2, "{completed} of {RUNS} completed");
}

/// With TLS every change is detected.
#[cfg(feature = "tls")]
#[test]
fn no_fault_passes_tls() {
    use crate::transport::{Endpoint, TlsCredentials, TlsKind};

    for run in 0..RUNS / 8 {
        let mut random = Random::new(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let fault = if run % 2 == 0 { Fault::Flip } else { Fault::Drop(1 + random.below(5000)) };
        // The handshake takes about 1000 bytes.
        let at = random.below(if run & 2 == 0 { 1000 } else { 500 << 10 }) as u64;
        let talks = [Capability::ReturnPath];
        let source = host(&["pattern,seed=9,end=512K"], false, &talks, Parameters::default());
        let target = host(&[], true, &talks, Parameters::default());
        for (side, endpoint) in [(&source, Endpoint::Client), (&target, Endpoint::Server)] {
            tls::secure(side, TlsCredentials::new(TlsKind::Anonymous, endpoint, None));
        }
        source.engine.cont().unwrap();
        source.engine.migrate(&through(&target.listen(), fault, at)).unwrap();
        ends_or_is_cut(&source);
        assert_eq!(source.engine.core.state().outgoing.machine.status(), Status::Failed);
        assert_eq!(source.engine.run_state(), RunState::Running, "run {run}: {fault:?} at {at}");
        assert_eq!(target.engine.run_state(), RunState::Inmigrate, "run {run}: {fault:?} at {at}");
    }
}

#[test]
fn a_late_failure_does_not_affect_the_next_attempt() {
    use rustix::fs::{Mode, OFlags};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .unwrap();
    // The return path makes sure that the source does not take an early end for success.
    let source = host(&[PATTERN], false, &[Capability::ReturnPath], Parameters::default());
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    std::thread::scope(|scope| {
        // Opening a pipe blocks until it has a reader. A pipe cannot be truncated as a file can.
        let pipe = Address::File { path: path.display().to_string(), offset: 0 };
        let engine = source.engine.clone();
        let first = scope.spawn(move || engine.migrate(&pipe));
        source.until(Status::Setup);
        source.engine.cancel().unwrap();
        source.until(Status::Cancelled);
        source.engine.migrate(&reached(&Bound::Inet(silent.local_addr().unwrap()))).unwrap();
        source.until(Status::Setup);
        let _reader =
            rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
        assert!(first.join().unwrap().is_err());
    });
    assert_ne!(source.engine.core.state().outgoing.machine.status(), Status::Failed);
    assert_eq!(source.error(), None);
    source.engine.cancel().unwrap();
    source.until(Status::Cancelled);
}
