//! One side is killed, stopped or cut off when a certain byte of the stream passes.

use std::net::{Shutdown, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::random::Random;
use crate::relay::{Hit, relay};

/// How many runs. With the outside material of feature `corpus` there is time for more.
const RUNS: u64 = if cfg!(feature = "corpus") { 160 } else { 24 };

/// How many run at once: they wait more than they work.
const AT_ONCE: usize = 4;

/// About as many bytes as the stream has at least.
const LENGTH: usize = 2 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// SIGKILL of the source.
    SourceDies,
    /// SIGKILL of the destination.
    TargetDies,
    /// The network is cut.
    Cut,
    /// The destination is stopped and reads no more; the user cancels.
    TargetHangs,
}

#[test]
fn whoever_dies_the_guest_stays_whole() {
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
            // In good order; a source that hears no answer could not tell this from the end.
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
            // It may die before it answers.
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

/// The source notices that the guest cannot have arrived. One that waits for no answer may have left everything to the kernel
/// before the harm is done, and has then given the guest away.
fn fails(mut source: Source, answers: bool) {
    if answers || source.vm.ends()["status"] != "completed" {
        source.fails();
    }
}

/// The source answers, and its user takes the guest back from a destination that says nothing.
fn hang(mut source: Source, mut target: Vm) {
    // Until the byte passes; a source without a return path may be through before anybody notices.
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
