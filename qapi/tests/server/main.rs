//! Server and client over real sockets.

mod ends;
mod fds;
#[path = "../schema/mod.rs"]
mod schema;
mod sockets;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use qapi::client::{Address, Client, ClientError, Options};
use qapi::server::{Limits, Listener, Server};
use qapi::{Commands, Context, Dict, ErrorClass, QmpError, Value};
use schema::commands::{DeviceAdd, QueryStats, SetStats, Sleep};
use schema::server::{AsyncSleepCommands, StatsCommands, sleep_commands, stats_commands};
use schema::{Stats, events};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

struct Handler {
    /// The signal that `device_add` waits for.
    gate: Mutex<Receiver<()>>,
    fds: Mutex<Vec<OwnedFd>>,
}

impl StatsCommands for Handler {
    fn set_stats(&self, cx: &Context<'_>, arguments: Stats) -> Result<(), QmpError> {
        cx.emit(&events::Pass { pass: arguments.transferred });
        self.fds.lock().unwrap().extend(cx.fds().take());
        Ok(())
    }

    fn query_stats(&self, _: &Context<'_>) -> Result<Stats, QmpError> {
        Ok(Stats::new(1, 2))
    }

    fn device_add(&self, _: &Context<'_>, arguments: Dict) -> Result<Value, QmpError> {
        self.gate.lock().unwrap().recv().unwrap();
        Ok(Value::Dict(arguments))
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.emit(&events::Stop);
        cx.monitor().quit();
        Ok(())
    }
}

impl AsyncSleepCommands for Handler {
    async fn sleep(&self, _: &Context<'_>) -> Result<(), QmpError> {
        Ok(())
    }
}

struct Fixture {
    server: Server<Handler>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
    gate: Sender<()>,
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new(limits: Limits) -> Fixture {
        let (gate, wait) = channel();
        let handler = Handler { gate: Mutex::new(wait), fds: Mutex::default() };
        let commands = Commands::new().with(stats_commands()).with_async(sleep_commands());
        let server = Server::builder(commands, handler).limits(limits).build();
        let directory = tempfile::tempdir().unwrap();
        let listener = Listener::unix(directory.path().join("qmp")).unwrap();
        let serving = server.clone();
        let serving = Some(spawn(move || serving.serve(&listener)));
        Fixture { server, serving, gate, directory }
    }

    fn one_client() -> Fixture {
        Fixture::new(Limits::default())
    }

    /// Returns once `device_add` runs: a request that is still queued would go with its client.
    fn wait_for_device_add(&self) {
        while self.server.handler().gate.try_lock().is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("qmp")
    }

    fn client(&self, oob: bool) -> Client {
        let options = Options::new().oob(oob).timeout(LONG);
        Client::connect(Address::unix(self.path()), options).unwrap()
    }

    fn stop(&mut self) {
        self.server.shutdown();
        if let Some(serving) = self.serving.take() {
            serving.join().unwrap().unwrap();
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn typed_commands_and_events() {
    let fixture = Fixture::one_client();
    let client = fixture.client(false);
    assert_eq!(client.greeting().unwrap().capabilities, ["oob"]);
    client.execute(&SetStats(Stats::new(7, 8))).unwrap();
    assert_eq!(client.execute(&QueryStats).unwrap(), Stats::new(1, 2));
    let event = client.next_event::<events::Event>(LONG).unwrap();
    assert_eq!(event.event, events::Event::Pass(events::Pass { pass: 7 }));
    assert!(event.timestamp.seconds > 0);
    client.execute(&Sleep).unwrap();
    let error = client.execute_raw("gone", &Dict::new()).unwrap_err();
    assert!(matches!(error, ClientError::Qmp(QmpError { class: ErrorClass::CommandNotFound, .. })));
    let error = client.execute_raw("set-stats", &Dict::from([("rate", 1)])).unwrap_err();
    assert_eq!(error.to_string(), "Parameter 'transferred' is missing");
}

#[test]
fn events_wait_for_who_wants_them() {
    let fixture = Fixture::one_client();
    let client = fixture.client(false);
    for pass in [1, 2, 3] {
        client.execute(&SetStats(Stats::new(pass, 0))).unwrap();
    }
    let pass = |number| events::Event::Pass(events::Pass { pass: number });
    let second =
        client.wait_event::<events::Event>(LONG, |received| received.event == pass(2)).unwrap();
    assert_eq!(second.event, pass(2));
    assert_eq!(client.next_event::<events::Event>(LONG).unwrap().event, pass(1));
    assert_eq!(client.next_event::<events::Event>(LONG).unwrap().event, pass(3));
    let none = client.next_event::<events::Event>(Duration::from_millis(1));
    assert!(matches!(none, Err(ClientError::Timeout { .. })));
}

#[test]
fn a_timeout_leaves_the_connection_usable() {
    let fixture = Fixture::one_client();
    let options = Options::new().connect(LONG).timeout(Duration::from_millis(50));
    let client = Client::connect(Address::unix(fixture.path()), options).unwrap();
    assert!(matches!(client.execute(&DeviceAdd(Dict::new())), Err(ClientError::Timeout { .. })));
    fixture.gate.send(()).unwrap();
    let reply = loop {
        match client.execute(&QueryStats) {
            Err(ClientError::Timeout { .. }) => {}
            reply => break reply,
        }
    };
    assert_eq!(reply.unwrap(), Stats::new(1, 2));
}

#[test]
fn out_of_band_runs_beside_a_blocked_command() {
    let fixture = Fixture::one_client();
    let client = fixture.client(true);
    let blocked = client.start(&DeviceAdd(Dict::from([("driver", "x")]))).unwrap();
    let queued = client.start(&Sleep).unwrap();
    assert_eq!(client.execute_oob(&QueryStats).unwrap(), Stats::new(1, 2));
    fixture.gate.send(()).unwrap();
    client.finish(queued).unwrap();
    assert_eq!(client.finish(blocked).unwrap().get("driver").and_then(Value::as_str), Some("x"));
}

#[test]
fn a_late_reply_goes_to_the_next_client() {
    let fixture = Fixture::one_client();
    let first = fixture.client(true);
    let _ = first.start(&DeviceAdd(Dict::from([("driver", "x")]))).unwrap();
    fixture.wait_for_device_add();
    drop(first);
    // Who only looks in changes nothing.
    for _ in 0..3 {
        let mut greeting = String::new();
        let passing = UnixStream::connect(fixture.path()).unwrap();
        passing.set_read_timeout(Some(LONG)).unwrap();
        BufReader::new(passing).read_line(&mut greeting).unwrap();
    }
    let mut next = UnixStream::connect(fixture.path()).unwrap();
    next.set_read_timeout(Some(LONG)).unwrap();
    let mut greeting = String::new();
    let mut lines = BufReader::new(next.try_clone().unwrap());
    lines.read_line(&mut greeting).unwrap();
    next.write_all(b"{'execute': 'qmp_capabilities'}").unwrap();
    fixture.gate.send(()).unwrap();
    let lines: Vec<String> = lines.lines().take(2).map(Result::unwrap).collect();
    assert!(lines[0].starts_with("{\"return\": {\"driver\": \"x\"}"), "{lines:?}");
    assert_eq!(lines[1], "{\"return\": {}}");
}

#[test]
fn a_packet_of_many_requests_is_answered_in_order() {
    let fixture = Fixture::one_client();
    let mut raw = UnixStream::connect(fixture.path()).unwrap();
    raw.write_all(b"{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}").unwrap();
    let requests: String =
        (0..500).map(|id| format!("{{'execute': 'sleep', 'id': {id}}}")).collect();
    raw.write_all(requests.as_bytes()).unwrap();
    raw.set_read_timeout(Some(LONG)).unwrap();
    let lines: Vec<String> =
        BufReader::new(&raw).lines().skip(2).take(500).map(Result::unwrap).collect();
    for (id, line) in lines.iter().enumerate() {
        assert_eq!(*line, format!("{{\"return\": {{}}, \"id\": {id}}}"));
    }
}

#[test]
fn what_cannot_be_sent_is_not_in_the_way() {
    let fixture = Fixture::one_client();
    let client = fixture.client(false);
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let many = [ours.as_fd(); 300];
    assert!(matches!(client.execute_with_fds(&QueryStats, &many), Err(ClientError::Io(_))));
    client.execute(&QueryStats).unwrap();
    for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let refused = client.execute_raw("query-stats", &Dict::from([("number", number)]));
        let text = "query-stats: cannot send a non-finite number";
        assert_eq!(refused.unwrap_err().to_string(), text);
    }
    let arguments = Dict::from([("text", "inf \" nan \\")]);
    assert!(matches!(client.execute_raw("query-stats", &arguments), Err(ClientError::Qmp(_))));
    client.execute(&QueryStats).unwrap();
}

#[test]
fn events_are_found_however_few_are_kept() {
    let fixture = Fixture::new(Limits::default().clients(2));
    let options = Options::new().events(2).timeout(LONG);
    let client = Client::connect(Address::unix(fixture.path()), options).unwrap();
    let monitor = fixture.server.monitor().clone();
    let (more, asked) = channel::<()>();
    let emitting = spawn(move || {
        // Each once the one before was looked at.
        for (pass, ()) in (1..).zip(asked) {
            monitor.events().emit(&events::Pass { pass });
        }
    });
    more.send(()).unwrap();
    let wanted = |received: &qapi::client::Received<events::Event>| {
        more.send(()).unwrap();
        matches!(&received.event, events::Event::Pass(pass) if pass.pass == 9)
    };
    client.wait_event(LONG, wanted).unwrap();
    drop(more);
    emitting.join().unwrap();
}

#[test]
fn a_reply_does_not_wait_for_a_slow_command_after_it() {
    let fixture = Fixture::one_client();
    let client = fixture.client(false);
    let fast: Vec<_> = (0..20).map(|_| client.queue(&QueryStats).unwrap()).collect();
    let slow = client.request_raw("device_add", &Dict::from([("driver", "x")])).queue().unwrap();
    let last = client.queue(&QueryStats).unwrap();
    // All come in one piece; `device_add` ends only after the replies before it.
    for ticket in fast {
        assert_eq!(client.finish(ticket).unwrap(), Stats::new(1, 2));
    }
    fixture.gate.send(()).unwrap();
    assert_eq!(client.finish(last).unwrap(), Stats::new(1, 2));
    assert_eq!(client.finish(slow).unwrap()["driver"].as_str(), Some("x"));
}

#[test]
fn the_next_client_waits_for_the_first_to_leave() {
    let fixture = Fixture::one_client();
    let first = fixture.client(false);
    let mut second = UnixStream::connect(fixture.path()).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut byte = [0];
    assert!(second.read(&mut byte).is_err(), "no greeting yet");
    first.execute(&QueryStats).unwrap();
    drop(first);
    second.set_read_timeout(Some(LONG)).unwrap();
    assert_eq!(second.read(&mut byte).unwrap(), 1);
}

#[test]
fn many_clients_all_get_events() {
    let fixture = Fixture::new(Limits::default().clients(3));
    let mut clients = [fixture.client(false), fixture.client(true), fixture.client(false)];
    clients[0].execute(&SetStats(Stats::new(5, 0))).unwrap();
    for client in &mut clients {
        let event = client.next_event::<events::Event>(LONG).unwrap().event;
        assert_eq!(event, events::Event::Pass(events::Pass { pass: 5 }));
    }
    let [first, ..] = clients;
    drop(first);
    fixture.client(false).execute(&QueryStats).unwrap();
}
