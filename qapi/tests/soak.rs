//! A thousand connections of each client while events flow: nothing is left of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use qapi::client::{Address, Options};
use qapi::server::{Listener, Server};
use qapi::{Commands, Dict, RawEvent, dict};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);
/// Connections before the first count, and between the counts.
const ROUNDS: [usize; 2] = [100, 1000];
/// The memory that may be in use besides, in KiB: an allocator does not return all of it.
const SLACK: usize = 16 << 10;

fn entries(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// Descriptors, threads, and memory in KiB.
fn count() -> [usize; 3] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let memory = memory.trim().trim_end_matches(" kB").parse().unwrap();
    [entries("/proc/self/fd"), entries("/proc/self/task"), memory]
}

fn check(path: &std::path::Path, connect: impl Fn(Address, Options)) {
    let options = Options::within(LONG);
    let mut before: Option<[usize; 3]> = None;
    for rounds in ROUNDS {
        for _ in 0..rounds {
            connect(Address::unix(path), options.clone());
        }
        let Some([fds, threads, memory]) = before else {
            // The server may still be busy with the last connection.
            sleep(Duration::from_millis(100));
            before = Some(count());
            continue;
        };
        let end = Instant::now() + LONG;
        while Instant::now() < end && (count()[0] > fds || count()[1] > threads) {
            sleep(Duration::from_millis(1));
        }
        let after = count();
        assert!(after[0] <= fds && after[1] <= threads, "{before:?} {after:?}");
        assert!(after[2] <= memory + SLACK, "{before:?} {after:?}");
    }
}

#[test]
fn a_thousand_connections_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("qmp");
    let server = Server::builder(Commands::new(), ()).build();
    let listener = Listener::unix(&path).unwrap();
    let serving = {
        let server = server.clone();
        spawn(move || server.serve(&listener))
    };
    static DONE: AtomicBool = AtomicBool::new(false);
    let monitor = server.monitor().clone();
    let emitting = spawn(move || {
        while !DONE.load(Ordering::Relaxed) {
            let data = dict! { "text": "x".repeat(1000) };
            monitor.events().emit_any(&RawEvent { name: "FLOW".into(), data });
            sleep(Duration::from_micros(100));
        }
    });

    check(&path, |address, options| {
        let client = qapi::client::Client::connect(address, options).unwrap();
        let clone = client.clone();
        clone.next_event::<RawEvent>(LONG).unwrap();
        client.execute_raw("nothing", &Dict::new()).unwrap_err();
    });
    #[cfg(feature = "tokio")]
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        check(&path, |address, options| {
            runtime.block_on(async {
                let client = qapi::client::tokio::Client::connect(address, options).await.unwrap();
                let clone = client.clone();
                clone.next_event::<RawEvent>(LONG).await.unwrap();
                client.execute_raw("nothing", &Dict::new()).await.unwrap_err();
            });
        });
    }

    DONE.store(true, Ordering::Relaxed);
    emitting.join().unwrap();
    server.shutdown();
    serving.join().unwrap().unwrap();
}
