//! The end of a server: no client delays it.

mod schema;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use qapi::client::{Address, Client, Options};
use qapi::server::{Limits, Listener, Server};
use qapi::{Commands, Context, QmpError};
use schema::Stats;
use schema::commands::Quit;
use schema::server::{StatsCommands, stats_commands};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);
/// Ten times the limit within which a server ends, whatever its clients do.
const SOON: Duration = Duration::from_secs(1);
const NEGOTIATE: &str = "{'execute': 'qmp_capabilities'}";
const QUERY: &str = "{'execute': 'query-stats'}";

#[derive(Default)]
struct Handler {
    queries: AtomicUsize,
}

impl StatsCommands for Handler {
    /// Replies with 100 kB.
    fn query_stats(&self, _: &Context<'_>) -> Result<Stats, QmpError> {
        self.queries.fetch_add(1, Ordering::SeqCst);
        Ok(Stats { flags: Some(vec![100; 20_000]), ..Stats::new(1, 2) })
    }

    fn set_stats(&self, _: &Context<'_>, _: Stats) -> Result<(), QmpError> {
        self.queries.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.monitor().quit();
        Ok(())
    }
}

struct Fixture {
    handler: Arc<Handler>,
    server: Server<Handler>,
    serving: JoinHandle<std::io::Result<()>>,
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Fixture {
        let handler = Arc::<Handler>::default();
        let limits = Limits::default().clients(4);
        let server = Server::builder(Commands::new().with(stats_commands()), handler.clone());
        let server = server.limits(limits).build();
        let directory = tempfile::tempdir().unwrap();
        let listener = Listener::unix(directory.path().join("qmp")).unwrap();
        let serving = server.clone();
        let serving = spawn(move || serving.serve(&listener));
        Fixture { handler, server, serving, directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("qmp")
    }

    /// Connects and sends `text`, of which no reply is read but the greeting.
    fn client(&self, text: &str) -> UnixStream {
        let mut client = UnixStream::connect(self.path()).unwrap();
        client.set_read_timeout(Some(LONG)).unwrap();
        let _ = client.read(&mut [0; 10]).unwrap();
        client.write_all(text.as_bytes()).unwrap();
        client
    }

    fn wait_for_queries(&self, queries: usize) {
        let end = Instant::now() + LONG;
        while self.handler.queries.load(Ordering::SeqCst) < queries {
            assert!(Instant::now() < end, "the requests are not run");
            sleep(Duration::from_millis(1));
        }
    }

    /// Waits for the end, which something has just asked for.
    fn check_end(self) {
        let start = Instant::now();
        self.serving.join().unwrap().unwrap();
        assert!(start.elapsed() < SOON, "the server took {:?} to end", start.elapsed());
    }
}

#[test]
fn a_hundred_unread_replies_do_not_delay_the_end() {
    for oob in ["", ", 'arguments': {'enable': ['oob']}"] {
        let fixture = Fixture::new();
        let negotiate = format!("{{'execute': 'qmp_capabilities'{oob}}}");
        let _client = fixture.client(&(negotiate + &QUERY.repeat(100)));
        fixture.wait_for_queries(100);
        fixture.server.shutdown();
        fixture.check_end();
    }
}

#[test]
fn a_client_that_reads_nothing_is_not_waited_for() {
    /// Less than the time in which clients that do read may do so.
    const AT_ONCE: Duration = Duration::from_millis(45);
    const SET: &str = "{'execute': 'set-stats', 'arguments': {'transferred': 1, 'rate': 0}}";
    let time = || {
        let fixture = Fixture::new();
        let _client = fixture.client(&(NEGOTIATE.to_owned() + &SET.repeat(50_000)));
        fixture.wait_for_queries(50_000);
        let start = Instant::now();
        fixture.server.shutdown();
        fixture.serving.join().unwrap().unwrap();
        start.elapsed()
    };
    // A busy machine may delay one of them.
    let mut times = Vec::new();
    while times.len() < 4 {
        match time() {
            quick if quick < AT_ONCE => return,
            slow => times.push(slow),
        }
    }
    panic!("the server took {times:?} to end");
}

#[test]
fn quit_is_run_behind_a_hundred_unread_replies() {
    for oob in ["", ", 'arguments': {'enable': ['oob']}"] {
        let fixture = Fixture::new();
        let requests = format!("{{'execute': 'qmp_capabilities'{oob}}}") + &QUERY.repeat(100);
        let _client = fixture.client(&(requests + "{'execute': 'quit'}"));
        fixture.wait_for_queries(100);
        fixture.check_end();
    }
}

#[test]
fn parts_of_requests_do_not_delay_the_end() {
    for part in ["", "{'execute': 'query-stats'", "{'execu", "tru", "\"\\u00", "[[[["] {
        let fixture = Fixture::new();
        let _client = fixture.client(&format!("{NEGOTIATE}{QUERY}{part}"));
        fixture.wait_for_queries(1);
        fixture.server.shutdown();
        fixture.check_end();
    }
}

#[test]
fn a_client_that_has_closed_its_side_and_reads_nothing_does_not_delay_the_end() {
    let fixture = Fixture::new();
    let client = fixture.client(&(NEGOTIATE.to_owned() + &QUERY.repeat(100)));
    client.shutdown(std::net::Shutdown::Write).unwrap();
    fixture.wait_for_queries(100);
    // The connection already waits for the client to read the rest.
    sleep(Duration::from_millis(20));
    fixture.server.shutdown();
    fixture.check_end();
}

#[test]
fn quit_ends_a_server_that_another_client_floods() {
    let fixture = Fixture::new();
    let mut flooding = fixture.client(NEGOTIATE);
    let flood = spawn(move || while flooding.write_all(QUERY.repeat(100).as_bytes()).is_ok() {});
    fixture.wait_for_queries(10);
    let options = Options::within(LONG);
    let client = Client::connect(Address::unix(fixture.path()), options).unwrap();
    // Its reply may be lost: nothing waits for the client.
    let _ = client.execute(&Quit);
    fixture.check_end();
    flood.join().unwrap();
}

#[test]
fn a_client_that_reads_gets_what_was_sent_before_the_end() {
    let fixture = Fixture::new();
    let mut client = fixture.client(NEGOTIATE);
    client.write_all((QUERY.repeat(20) + "{'execute': 'quit', 'id': 'last'}").as_bytes()).unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("transferred").count(), 20);
}
