//! A thousand connections while events flow, five hundred servers, floods that `quit` ends:
//! descriptors, threads and memory do not grow.

mod schema;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use qapi::client::{Address, Client, Options};
use qapi::server::{Limits, Listener, Server};
use qapi::{Commands, Context, Dict, QmpError, RawEvent, dict};
use schema::Stats;
use schema::server::{StatsCommands, stats_commands};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);
/// The memory that may be in use besides, in KiB: an allocator does not return all of it.
const SLACK: usize = 16 << 10;

/// Only one test counts at a time.
static ALONE: Mutex<()> = Mutex::new(());

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

/// Runs `round` a tenth of `rounds` times, then `rounds` times more, which must use nothing more.
fn check(rounds: usize, round: impl Fn()) {
    (0..rounds / 10).for_each(|_| round());
    // The server may still be busy with the last connection.
    sleep(Duration::from_millis(100));
    let [fds, threads, memory] = count();
    (0..rounds).for_each(|_| round());
    let end = Instant::now() + LONG;
    // The harness starts and ends a thread for each test.
    while Instant::now() < end && (count()[0] > fds || count()[1] > threads + 3) {
        sleep(Duration::from_millis(1));
    }
    let after = count();
    assert!(after[0] <= fds && after[1] <= threads + 3, "{:?} {after:?}", [fds, threads]);
    assert!(after[2] <= memory + SLACK, "{memory} {after:?}");
}

struct Handler;

impl StatsCommands for Handler {
    /// Replies with 100 kB.
    fn query_stats(&self, _: &Context<'_>) -> Result<Stats, QmpError> {
        Ok(Stats { flags: Some(vec![100; 20_000]), ..Stats::new(1, 2) })
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.monitor().quit();
        Ok(())
    }
}

fn connect(path: &Path) -> Client {
    Client::connect(Address::unix(path), Options::within(LONG)).unwrap()
}

#[test]
fn a_thousand_connections_leave_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
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

    check(1000, || {
        let client = connect(&path);
        let clone = client.clone();
        clone.next_event::<RawEvent>(LONG).unwrap();
        client.execute_raw("nothing", &Dict::new()).unwrap_err();
    });
    #[cfg(feature = "tokio")]
    {
        use qapi::client::tokio::Client;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connections = async || {
            let address = Address::unix(&path);
            let client = Client::connect(address, Options::within(LONG)).await.unwrap();
            let clone = client.clone();
            clone.next_event::<RawEvent>(LONG).await.unwrap();
            client.execute_raw("nothing", &Dict::new()).await.unwrap_err();
        };
        check(1000, || runtime.block_on(connections()));
    }

    DONE.store(true, Ordering::Relaxed);
    emitting.join().unwrap();
    server.shutdown();
    serving.join().unwrap().unwrap();
}

#[test]
fn five_hundred_servers_leave_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("qmp");
    check(500, || {
        // Connects as the server starts: the socket may not be there yet.
        let connecting = {
            let path = path.clone();
            spawn(move || {
                let client = connect(&path);
                client.execute_raw("nothing", &Dict::new()).unwrap_err();
                // `quit` has no reply in this schema: the client sees the end.
                client.execute_raw("quit", &Dict::new()).unwrap_err();
            })
        };
        let server = Server::builder(Commands::new().with(stats_commands()), Handler).build();
        let event = RawEvent { name: "START".into(), data: Dict::new() };
        server.monitor().events().emit_any(&event);
        server.serve(&Listener::unix(&path).unwrap()).unwrap();
        connecting.join().unwrap();
    });
}

#[test]
fn fifty_floods_that_quit_ends_leave_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("qmp");
    check(50, || {
        let limits = Limits::default().clients(2);
        let commands = Commands::new().with(stats_commands());
        let server = Server::builder(commands, Handler).limits(limits).build();
        let listener = Listener::unix(&path).unwrap();
        let serving = spawn(move || server.serve(&listener));
        let mut flooding = UnixStream::connect(&path).unwrap();
        flooding.write_all(b"{'execute': 'qmp_capabilities'}").unwrap();
        let flooded = flooding.try_clone().unwrap();
        let flood = spawn(move || {
            let requests = "{'execute': 'query-stats'}".repeat(100);
            while flooding.write_all(requests.as_bytes()).is_ok() {}
            // Replies were sent, of which none was read.
            flooding.read_exact(&mut [0; 1000]).unwrap();
        });
        let client = connect(&path);
        client.execute_raw("query-stats", &Dict::new()).unwrap();
        while rustix::io::ioctl_fionread(&flooded).unwrap() < 1000 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        client.execute_raw("quit", &Dict::new()).unwrap_err();
        serving.join().unwrap().unwrap();
        flood.join().unwrap();
    });
}
