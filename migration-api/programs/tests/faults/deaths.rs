//! Kills, stops or cuts off one side when a certain byte of the stream passes.

use std::net::{Shutdown, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::random::Random;
use crate::relay::{Hit, relay};

/// Number of runs. Feature `corpus` allows more time.
const RUNS: u64 = if cfg!(feature = "corpus") { 160 } else { 24 };

/// Number of concurrent runs, which wait most of the time.
const AT_ONCE: usize = 4;

/// Lower bound of the stream's length in bytes.
const LENGTH: usize = 2 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// SIGKILL of the source.
    SourceDies,
    /// SIGKILL of the destination.
    TargetDies,
    /// The network is cut.
    Cut,
    /// The destination is stopped by a signal and reads no more; the migration is cancelled.
    TargetHangs,
}

#[test]
fn the_guest_survives_the_death_of_either_side() {
    let next = Mutex::new(0..RUNS);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(run) = next.lock().unwrap().next() else { return };
                    play(run);
                }
            });
        }
    });
}

fn play(run: u64) {
    let mut random = Random::new(run.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let fault =
        [Fault::SourceDies, Fault::TargetDies, Fault::Cut, Fault::TargetHangs][(run % 4) as usize];
    let at = random.below(if run & 4 == 0 { 400 } else { LENGTH }) as u64;
    let capabilities: &[&str] = if run & 8 == 0 { &["return-path"] } else { &[] };
    println!("run {run}: {fault:?} at {at}, {capabilities:?}");

    let folder = tempfile::tempdir().unwrap();
    let mut source = Source::new(folder.path());
    let mut target = target(folder.path(), capabilities);
    source.vm.capabilities(capabilities);
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    let address: SocketAddr = target.address()["tcp:".len()..].parse().unwrap();
    let answers = !capabilities.is_empty();
    let (ours, theirs) = (source.vm.id(), target.id());
    let through = relay(address, at, move |Hit { bytes, place, source }| {
        bytes.truncate(place);
        match fault {
            Fault::SourceDies => signal(ours, Signal::KILL),
            Fault::TargetDies => signal(theirs, Signal::KILL),
            Fault::TargetHangs => signal(theirs, Signal::STOP),
            // A clean close. Without a return path the source cannot distinguish it from success.
            Fault::Cut if answers => source.shutdown(Shutdown::Both).unwrap(),
            Fault::Cut => {}
        }
        if fault == Fault::TargetHangs { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let uri = format!("tcp:{through}");
    if fault != Fault::SourceDies {
        source.migrate(&uri);
    }
    match fault {
        Fault::SourceDies => {
            // The process may die before it answers.
            source.vm.send("migrate", json!({"uri": uri}));
            source.vm.exit_status();
            assert_eq!(target.exit_status().code(), Some(1), "the guest is not complete");
        }
        Fault::TargetDies => {
            target.exit_status();
            fails(source, answers);
        }
        Fault::Cut => {
            fails(source, answers);
            assert_eq!(target.exit_status().code(), Some(1), "the guest is not complete");
        }
        Fault::TargetHangs => hang(source, target),
    }
    nobody_panicked(folder.path());
}

pub fn signal(process: i32, signal: Signal) {
    kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
}

/// Checks that the source reports a failure. Without a return path it may have completed before the
/// damage, because the kernel had taken all data.
fn fails(mut source: Source, answers: bool) {
    if answers || source.vm.ends()["status"] != "completed" {
        source.fails();
    }
}

/// Cancels the migration to a stopped destination, and checks that the guest stays at the source.
fn hang(mut source: Source, mut target: Vm) {
    // Wait for the byte. A source without a return path may complete before.
    while !target.is_stopped() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    source.vm.command("query-migrate", json!({}));
    source.vm.command("migrate_cancel", json!({}));
    let info = source.vm.ends();
    assert!(is_over(&info));
    if info["status"] != "completed" {
        source.stays_whole();
    }
    target.process.kill().unwrap();
}
