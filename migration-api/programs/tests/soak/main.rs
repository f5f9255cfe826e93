//! Migrates a working guest repeatedly, in every way, and checks that this process does not grow.
//!
//! `QAPI_SOAK_SECONDS` sets the duration, two minutes by default. Every host that the guest has
//! left is shut down, so memory, file descriptors and threads have to be the same after every
//! round.

#[path = "../../../tests/common/certificates.rs"]
#[allow(dead_code, reason = "shared with tests that take certificates back")]
mod certificates;
mod figures;
mod host;
mod ways;

use std::time::{Duration, Instant};

use figures::Figures;
use host::{Host, Place};
use ways::WAYS;

/// The first rounds determine the normal figures. They take one in `WARM_UP` parts of the duration.
const WARM_UP: u32 = 4;
/// Allowed growth between the first and the last third in KiB, for fragmentation in the allocator.
const DISORDER: u64 = 4096;

/// The allocator's setting under which leaks show in the memory figures. Otherwise each short-lived
/// thread has a heap, which keeps its peak size.
const ONE_HEAP: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

#[test]
fn nothing_grows() {
    if std::env::var_os(ONE_HEAP.0).is_some() {
        return moves();
    }
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["nothing_grows", "--exact", "--nocapture"]).env(ONE_HEAP.0, ONE_HEAP.1);
    assert!(again.status().unwrap().success());
}

fn moves() {
    let seconds =
        std::env::var("QAPI_SOAK_SECONDS").map_or(120, |text| text.parse().expect("seconds"));
    let (began, length) = (Instant::now(), Duration::from_secs(seconds));
    let place = Place::new();
    let mut host = Host::first(&place);
    let (mut normal, mut memory, mut rounds) = (None::<Figures>, Vec::new(), 0);
    while began.elapsed() < length || memory.len() < 3 {
        for (name, way) in WAYS {
            host = way(host, &place);
            host.is_whole(&place, name);
        }
        rounds += 1;
        if rounds < 2 || began.elapsed() < length / WARM_UP {
            continue;
        }
        let figures = match normal {
            None => Figures::at_rest(),
            Some(normal) => Figures::no_more_than(normal),
        };
        println!("{:>6} s, round {rounds}: {figures}", began.elapsed().as_secs());
        normal.get_or_insert(figures);
        memory.push(figures.memory);
    }
    let third = memory.len() / 3;
    let least = |memory: &[u64]| memory.iter().copied().min().unwrap_or_default();
    let (first, last) = (least(&memory[..third]), least(&memory[memory.len() - third..]));
    println!("{} moves, {first} KiB at first and {last} KiB at last", rounds * WAYS.len());
    assert!(last <= first + DISORDER, "memory grows: {memory:?}");
}
