//! Streams that are cut, damaged or dropped in part on their way: nobody loses the guest, nobody hangs.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use super::*;

/// How many runs; each has its own place and kind of damage.
const RUNS: u64 = 240;

/// What happens to the stream, at a byte counted from its start.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Both connections end.
    Cut,
    /// One bit changes.
    Flip,
    /// Some bytes are missing.
    Drop(usize),
    /// The source sees the end, the destination only that nothing more comes.
    Truncate,
}

/// Numbers that look random and are the same in every run.
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Carries one connection to `target` and does the damage. Returns where to connect to.
fn relay(target: &Address, fault: Fault, at: u64) -> Address {
    let Address::Inet(inet) = target.clone() else { panic!() };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        let (mut source, _) = listener.accept().unwrap();
        let mut target = TcpStream::connect((inet.host.as_str(), inet.port.parse::<u16>().unwrap())).unwrap();
        let (mut back, mut answers) = (source.try_clone().unwrap(), target.try_clone().unwrap());
        std::thread::spawn(move || drop(std::io::copy(&mut answers, &mut back)));
        let mut buffer = [0; 4096];
        let mut position = 0;
        while let Ok(read @ 1..) = source.read(&mut buffer) {
            let mut bytes = buffer[..read].to_vec();
            let place = usize::try_from(at.wrapping_sub(position)).unwrap_or(usize::MAX);
            if place < read {
                match fault {
                    Fault::Cut | Fault::Truncate => {
                        let _ = target.write_all(&bytes[..place]);
                        let _ = target.shutdown(Shutdown::Write);
                        if let Fault::Cut = fault {
                            let _ = source.shutdown(Shutdown::Both);
                        }
                        return;
                    }
                    Fault::Flip => bytes[place] ^= 1 << (at % 8),
                    Fault::Drop(count) => drop(bytes.drain(place..read.min(place + count))),
                }
            }
            position += read as u64;
            if target.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = target.shutdown(Shutdown::Write);
        let _ = source.shutdown(Shutdown::Both);
    });
    Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() })
}

#[test]
fn no_fault_loses_the_guest() {
    let mut completed = 0;
    for run in 0..RUNS {
        let fault = match run % 4 {
            0 => Fault::Cut,
            1 => Fault::Flip,
            2 => Fault::Drop(1 + (random(run) >> 32) as usize % 5000),
            _ => Fault::Truncate,
        };
        // Half of the faults in the first bytes, where the structure is; the stream has some 600 KiB.
        let at = random(run ^ 0x5eed) % if run & 4 == 0 { 400 } else { 600 << 10 };
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
        source.engine.migrate(relay(&target.listen(), fault, at), false).unwrap();
        source.until_one_of(&[Status::Completed, Status::Failed]);
        target.until_one_of(&[Status::Completed, Status::Failed]);
        let what = || format!("run {run}: {fault:?} at {at}, source says {:?}", source.error());
        let (gone, arrived) = (source.machine.run_state(), target.machine.run_state());
        // With a return path the source never takes a failure for success.
        if !return_path.is_empty() && arrived != RunState::Running {
            assert_eq!(gone, RunState::Running, "{}", what());
            assert!(source.error().is_some(), "{}", what());
        }
        assert!(matches!(gone, RunState::Running | RunState::Postmigrate), "{gone}: {}", what());
        assert!(matches!(arrived, RunState::Running | RunState::Inmigrate), "{arrived}: {}", what());
        source.engine.stop();
        let after = source.memory();
        assert!(before[..512 << 10] == after[..512 << 10], "{}", what());
        assert!(
            after == undisturbed(&["pattern,seed=9,end=512K"], 1 << 20, 16, source.machine.pages_dirtied()),
            "{}",
            what()
        );
        completed += u32::from(arrived == RunState::Running);
    }
    // A bit of a page's content is nobody's to find: TCP and TLS see to that.
    assert!(u64::from(completed) < RUNS / 2, "{completed} of {RUNS} completed");
}
