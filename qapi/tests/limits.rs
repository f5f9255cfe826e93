//! Limits of a server: floods of clients, and clients that do not read.

mod schema;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use qapi::client::{Address, Client, Options};
use qapi::server::{Limits, Listener, Server};
use qapi::{Commands, Context, Dict, QmpError};
use schema::commands::QueryStats;
use schema::server::{StatsCommands, stats_commands};
use schema::{Stats, events};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

/// Counts the commands that are being run, and the most that were.
#[derive(Default)]
struct Handler {
    running: AtomicUsize,
    most: AtomicUsize,
    /// The length of the replies.
    length: AtomicUsize,
}

impl StatsCommands for Arc<Handler> {
    fn query_stats(&self, _: &Context<'_>) -> Result<Stats, QmpError> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        self.running.fetch_sub(1, Ordering::SeqCst);
        let length = self.length.load(Ordering::SeqCst);
        Ok(Stats { flags: (length > 0).then(|| vec![100; length]), ..Stats::new(1, 2) })
    }
}

struct Fixture {
    server: Server<Arc<Handler>>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new(limits: Limits) -> Fixture {
        let commands = Commands::new().with(stats_commands());
        let server = Server::builder(commands, Arc::<Handler>::default()).limits(limits).build();
        let directory = tempfile::tempdir().unwrap();
        let listener = Listener::unix(directory.path().join("qmp")).unwrap();
        let serving = server.clone();
        let serving = Some(spawn(move || serving.serve(&listener)));
        Fixture { server, serving, directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("qmp")
    }

    fn client(&self) -> Client {
        let options = Options::within(LONG);
        Client::connect(Address::unix(self.path()), options).unwrap()
    }

    /// A client that has negotiated and reads no more.
    fn deaf(&self) -> UnixStream {
        let mut deaf = UnixStream::connect(self.path()).unwrap();
        deaf.set_read_timeout(Some(LONG)).unwrap();
        deaf.write_all(b"{'execute': 'qmp_capabilities'}").unwrap();
        let mut start = [0; 200];
        let mut read = 0;
        while !start[..read].ends_with(b"{\"return\": {}}\r\n") {
            read += deaf.read(&mut start[read..]).unwrap();
        }
        deaf
    }

    /// Sends every client an event of 64 KiB.
    fn flood(&self) {
        let event = qapi::RawEvent {
            name: "FLOOD".into(),
            data: Dict::from([("text", "x".repeat(1 << 16))]),
        };
        self.server.monitor().events().emit_any(&event);
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.server.shutdown();
        if let Some(serving) = self.serving.take() {
            serving.join().unwrap().unwrap();
        }
    }
}

#[test]
fn a_client_that_does_not_read_is_dropped() {
    let fixture = Fixture::new(Limits::default().clients(2).backlog(1 << 20));
    let mut deaf = fixture.deaf();
    let client = fixture.client();
    for _ in 0..40 {
        fixture.flood();
        client.next_event::<events::Event>(LONG).unwrap();
    }
    let mut rest = Vec::new();
    // It gets what the kernel held, and the end.
    let _ = deaf.read_to_end(&mut rest);
    assert!(rest.len() < 40 << 16);
    client.execute(&QueryStats).unwrap();
}

#[test]
fn a_client_that_stalls_makes_room_for_the_next() {
    let stall = Duration::from_millis(50);
    let fixture = Fixture::new(Limits::default().clients(1).backlog(64 << 20).stall(stall));
    let deaf = fixture.deaf();
    // More than the kernel holds, less than the backlog does: only the stall limit applies.
    for _ in 0..40 {
        fixture.flood();
    }
    let next = fixture.client();
    next.execute(&QueryStats).unwrap();
    drop(deaf);
}

#[test]
fn requests_of_a_client_that_does_not_read_replies_are_not_read() {
    let fixture = Fixture::new(Limits::default().clients(2).backlog(1 << 20));
    let mut deaf = fixture.deaf();
    deaf.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let requests = "{'execute':'query-stats'}".repeat(4000);
    // At some point the server stops reading: it neither takes everything nor drops the client.
    let mut sent = 0;
    while sent < 64 << 20 {
        match deaf.write(requests.as_bytes()) {
            Ok(written) => sent += written,
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                break;
            }
        }
    }
    assert!(sent < 64 << 20, "{sent} bytes of requests without a reply read");
    let mut lines = BufReader::new(&deaf).lines();
    assert!(lines.next().unwrap().unwrap().contains("transferred"));
    fixture.client().execute(&QueryStats).unwrap();
}

#[test]
fn who_asks_for_much_at_once_gets_it() {
    let fixture = Fixture::new(Limits::default().clients(2).backlog(1 << 20));
    fixture.server.handler().length.store(100_000, Ordering::SeqCst);
    for negotiation in ["", ", 'arguments': {'enable': ['oob']}"] {
        let mut raw = UnixStream::connect(fixture.path()).unwrap();
        raw.set_read_timeout(Some(LONG)).unwrap();
        let negotiate = format!("{{'execute': 'qmp_capabilities'{negotiation}}}");
        raw.write_all((negotiate + &"{'execute': 'query-stats'}".repeat(20)).as_bytes()).unwrap();
        let lines = BufReader::new(raw).lines().map(Result::unwrap);
        assert_eq!(lines.take(22).filter(|line| line.len() > 100_000).count(), 20);
    }
}

#[test]
fn a_server_ends_although_nobody_reads() {
    let limits = Limits::default().stall(Duration::from_millis(50));
    let fixture = Fixture::new(limits);
    fixture.server.handler().length.store(100_000, Ordering::SeqCst);
    // The second connection is a stream of which nothing more is known.
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let serving = spawn({
        let (server, output) = (fixture.server.clone(), theirs.try_clone().unwrap());
        move || server.serve_stream(theirs, output)
    });
    let requests =
        "{'execute': 'qmp_capabilities'}".to_owned() + &"{'execute': 'query-stats'}".repeat(20);
    ours.write_all(requests.as_bytes()).unwrap();
    // Until it waits for us.
    let handler = fixture.server.handler();
    while handler.most.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(50));
    fixture.server.shutdown();
    serving.join().unwrap();
}

#[test]
fn a_flood_of_connections_is_served_in_turn() {
    let fixture = Fixture::new(Limits::default().clients(3));
    let clients: Vec<JoinHandle<()>> = (0..60)
        .map(|number| {
            let path = fixture.path();
            spawn(move || {
                let options = Options::within(LONG);
                // A third says nothing and leaves, a third leaves in the middle of a word.
                match number % 3 {
                    0 => drop(UnixStream::connect(path)),
                    1 => drop(
                        UnixStream::connect(path).map(|mut stream| stream.write_all(b"{'exec")),
                    ),
                    _ => {
                        let client = Client::connect(Address::unix(path), options).unwrap();
                        client.execute(&QueryStats).unwrap();
                    }
                }
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    assert!(fixture.server.handler().most.load(Ordering::SeqCst) <= 3);
    fixture.client().execute(&QueryStats).unwrap();
}

#[test]
fn clients_beyond_the_limit_wait() {
    let fixture = Fixture::new(Limits::default().clients(2));
    let inside = [fixture.client(), fixture.client()];
    let mut waiting = UnixStream::connect(fixture.path()).unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "no greeting yet");
    drop(inside);
    waiting.set_read_timeout(Some(LONG)).unwrap();
    assert_eq!(waiting.read(&mut [0]).unwrap(), 1);
}
