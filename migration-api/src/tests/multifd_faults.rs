//! Multifd with damage to one of its connections: the guest is never lost, and neither side hangs.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::random::Random;

/// Number of runs, each with its own connection, position and kind of damage.
const RUNS: u64 = 120;
const CHANNELS: u8 = 3;

/// Damage at a byte of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Both sides see the end.
    Cut,
    /// One bit is flipped.
    Flip,
    /// The destination sees the end; the source sees it once the destination is gone.
    Truncate,
    /// No more data passes, and neither side sees a reason.
    Stall,
}

/// Puts a fault on connection number `harmed` between a source and `target`. Returns the address to
/// connect to, and a flag that is set once the fault has happened.
fn through(target: &Address, harmed: usize, fault: Fault, at: u64) -> (Address, Arc<AtomicBool>) {
    let Address::Inet(inet) = target else { panic!("{target:?}") };
    let target: SocketAddr = format!("{}:{}", inet.host, inet.port).parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = listener.local_addr().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let doing = done.clone();
    std::thread::spawn(move || {
        for number in 0..=usize::from(CHANNELS) {
            let (source, _) = listener.accept().unwrap();
            // The destination may have refused an earlier connection.
            let Ok(target) = TcpStream::connect(target) else { return };
            let (mut back, mut answers) =
                (source.try_clone().unwrap(), target.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut answers, &mut back);
                // The destination is gone.
                let _ = back.shutdown(Shutdown::Both);
            });
            let fault = (number == harmed).then_some(fault);
            let doing = doing.clone();
            std::thread::spawn(move || carry(&source, &target, fault, at, &doing));
        }
    });
    (reached(&Bound::Inet(bound)), done)
}

fn carry(
    mut source: &TcpStream,
    mut target: &TcpStream,
    fault: Option<Fault>,
    at: u64,
    done: &AtomicBool,
) {
    let (mut buffer, mut position) = ([0; 4096], 0);
    while let Ok(read @ 1..) = source.read(&mut buffer) {
        let place = usize::try_from(at - position.min(at)).unwrap();
        if let Some(fault) = fault.filter(|_| place < read && at >= position) {
            done.store(true, Ordering::SeqCst);
            match fault {
                Fault::Flip => buffer[place] ^= 1 << (at % 8),
                Fault::Cut | Fault::Truncate => {
                    let _ = target.write_all(&buffer[..place]);
                    let _ = target.shutdown(Shutdown::Write);
                    if fault == Fault::Cut {
                        let _ = source.shutdown(Shutdown::Both);
                    }
                    return;
                }
                Fault::Stall => {
                    let _ = target.write_all(&buffer[..place]);
                    // Wait until the source gives up.
                    while !matches!(source.read(&mut buffer), Ok(0) | Err(_)) {}
                    break;
                }
            }
        }
        position += read as u64;
        if target.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = target.shutdown(Shutdown::Write);
}

fn parameters(random: &mut Random) -> Parameters {
    let compressions = crate::api::MultiFDCompression::VALUES;
    Parameters {
        multifd_channels: CHANNELS,
        downtime_limit: 60_000,
        multifd_compression: compressions[random.below(compressions.len())],
        ..Parameters::default()
    }
}

#[test]
fn no_fault_on_any_channel_loses_the_guest() {
    let mut harms = 0;
    for run in 0..RUNS {
        let mut random = Random::new(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let fault = [Fault::Cut, Fault::Flip, Fault::Truncate][run as usize % 3];
        let harmed = random.below(1 + usize::from(CHANNELS));
        // The main channel is short; each other has about 200 KiB. Half of the faults hit the
        // structure at the beginning.
        let length = if harmed == 0 { 600 } else { 150 << 10 };
        let at = random.below(if run & 4 == 0 { 1500.min(length) } else { length }) as u64;
        let return_path = run & 8 == 0;
        let mut capabilities = vec![Capability::Multifd];
        capabilities.extend(return_path.then_some(Capability::ReturnPath));
        let parameters = parameters(&mut random);
        let workloads = ["pattern,seed=9,end=512K", "dirty,start=1M,end=1088K,rate=5000"];
        let source = host(&workloads, false, &capabilities, parameters.clone());
        let target = host(&[], true, &capabilities, parameters);
        source.engine.cont().unwrap();
        let what = || {
            format!("run {run}: {fault:?} of {harmed} at {at}, source says {:?}", source.error())
        };
        let (address, done) = through(&target.listen(), harmed, fault, at);
        source.engine.migrate(&address).unwrap();
        // Both sides may wait for each other only if the bit that flipped is part of a length, or
        // if a channel ended before it was identified. A cut ends that.
        if fault == Fault::Flip || (harmed > 0 && at < 4) {
            let status = || source.engine.core.state().outgoing.machine.status();
            let end = Instant::now() + Duration::from_secs(10);
            while !matches!(status(), Status::Completed | Status::Failed) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(2));
            }
            source.engine.yank();
        }
        source.until_one_of(&[Status::Completed, Status::Failed]);
        // A destination that has not identified a source yet waits for another one.
        let waits = || target.engine.core.state().incoming.machine.status() == Status::Setup;
        if !waits() {
            target.until_one_of(&[Status::Completed, Status::Failed]);
        }
        let (gone, arrived) = (source.engine.run_state(), target.engine.run_state());
        if return_path && arrived != RunState::Running {
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
        let whole =
            undisturbed(&["pattern,seed=9,end=512K"], 1 << 20, 16, source.machine.pages_dirtied());
        assert!(source.memory() == whole, "{}", what());
        harms += u64::from(done.load(Ordering::SeqCst));
        target.engine.yank();
    }
    // A channel that is rarely used may end before the fault.
    assert!(harms > RUNS / 4, "{harms} of {RUNS} were harmed");
}

#[test]
fn a_channel_that_stalls_can_be_cancelled_and_cut() {
    for harmed in 0..=usize::from(CHANNELS) {
        for (at, cancels) in [(0, true), (64, true), (2000, true), (2000, false)] {
            // On the main channel, this is within the block list.
            let at = if harmed == 0 { at.min(60) } else { at };
            let mut random = Random::new(at + harmed as u64);
            let capabilities = [Capability::Multifd, Capability::ReturnPath];
            let parameters = parameters(&mut random);
            let source = host(&[PATTERN, DIRTY], false, &capabilities, parameters.clone());
            let target = host(&[], true, &capabilities, parameters);
            source.engine.cont().unwrap();
            let (address, _) = through(&target.listen(), harmed, Fault::Stall, at);
            source.engine.migrate(&address).unwrap();
            source.until(Status::Active);
            if cancels {
                source.engine.cancel().unwrap();
                source.until(Status::Cancelled);
            } else {
                source.engine.yank();
                source.until(Status::Failed);
            }
            assert_eq!(source.engine.run_state(), RunState::Running);
            // The destination drops channels that were not complete.
            target.engine.yank();
            assert_eq!(target.engine.run_state(), RunState::Inmigrate);
        }
    }
}

#[test]
fn a_source_can_cancel_while_its_channels_are_not_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = reached(&Bound::Inet(listener.local_addr().unwrap()));
    // The socket buffers hold more than the guest has: at full speed the migration could complete
    // before the connection ends.
    let slow = Parameters { max_bandwidth: 1 << 10, downtime_limit: 1, ..Parameters::default() };
    let source = host(&[PATTERN], false, &[Capability::Multifd], slow);
    source.engine.migrate(&address).unwrap();
    source.until(Status::Active);
    source.engine.cancel().unwrap();
    source.until(Status::Cancelled);
    assert_eq!(source.error(), None);
}
