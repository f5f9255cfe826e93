//! Several monitors of one machine: added and removed at run time, with policies of their own.

mod small;

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qapi::client::{Address, Client, ClientError, Options};
use qapi::server::{Listener, Server};
use qapi::{
    Commands, Context, Dict, InputPolicy, OutputPolicy, Policy, QmpError, RawEvent, Value, dict,
};
use small::commands::Walk;
use small::handler::Handler;
use small::server::{SmallCommands, small_commands};
use small::{All, Numbers};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

/// Refuses deprecated input and hides deprecated output.
const STRICT: Policy = Policy {
    deprecated_input: InputPolicy::Reject,
    deprecated_output: OutputPolicy::Hide,
    ..Policy::ACCEPT
};

fn connect(path: &std::path::Path) -> Client {
    let options = Options::within(LONG);
    Client::connect(Address::unix(path), options).unwrap()
}

fn machine() -> (Arc<Handler>, Server<Handler>) {
    let handler = Arc::new(Handler);
    let server = Server::builder(Commands::new().with(small_commands()), handler.clone()).build();
    (handler, server)
}

#[test]
fn monitors_come_and_go() {
    let (_, server) = machine();
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let one = server.add_monitor(Listener::unix(&first).unwrap()).unwrap();
    let staying = connect(&first);
    for _ in 0..10 {
        let two = server.add_monitor(Listener::unix(&second).unwrap()).unwrap();
        let client = connect(&second);
        client.execute_raw("peek", &Dict::new()).unwrap();
        two.remove().unwrap();
        assert!(!second.exists(), "the socket's file is removed");
        let error = client.execute_raw("peek", &Dict::new()).unwrap_err();
        assert!(matches!(error, ClientError::Closed { .. }), "{error}");
        staying.execute_raw("peek", &Dict::new()).unwrap();
    }
    server.shutdown();
    one.wait().unwrap();
}

#[test]
fn a_dropped_monitor_ends() {
    let (_, server) = machine();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("qmp");
    let monitor = server.add_monitor(Listener::unix(&path).unwrap()).unwrap();
    let client = connect(&path);
    drop(monitor);
    let error = client.next_event::<RawEvent>(LONG).unwrap_err();
    assert!(matches!(error, ClientError::Closed { .. }), "{error}");
}

#[test]
fn each_server_of_a_machine_has_its_policy() {
    let (handler, server) = machine();
    let strict = server.another().policy(STRICT).build();
    assert!(std::ptr::eq(&*handler, strict.handler()), "one handler serves both");
    let mut serving = Vec::new();
    let [lenient, strict] = [&server, &strict].map(|server| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = server.clone();
        serving.push(std::thread::spawn(move || server.serve_socket(theirs)));
        let options = Options::new().timeout(LONG);
        Client::from_socket(ours, options).unwrap()
    });
    let error = strict.execute_raw("retire", &Dict::new()).unwrap_err();
    assert_eq!(error.to_string(), "Deprecated command retire disabled by policy");
    // Sends the deprecated event, which only the lenient connection sees.
    lenient.execute_raw("retire", &Dict::new()).unwrap();
    let event = RawEvent { name: "LAST".into(), data: dict! { "x": 1 } };
    server.monitor().events().emit_any(&event);
    let next = |client: &Client| client.next_event::<RawEvent>(LONG).unwrap().event.name;
    assert_eq!([next(&lenient), next(&lenient)], ["RETIRED", "LAST"]);
    assert_eq!(next(&strict), "LAST");
    drop((lenient, strict));
    serving.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn quit_ends_the_servers_of_all_policies() {
    let (_, server) = machine();
    let strict = server.another().policy(STRICT).build();
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let one = server.add_monitor(Listener::unix(&first).unwrap()).unwrap();
    let two = strict.add_monitor(Listener::unix(&second).unwrap()).unwrap();
    let (client, other) = (connect(&first), connect(&second));
    let _ = client.execute_raw("quit", &Dict::new());
    one.wait().unwrap();
    two.wait().unwrap();
    let error = other.next_event::<RawEvent>(LONG).unwrap_err();
    assert!(matches!(error, ClientError::Closed { .. }), "{error}");
    // A server of a machine that has quit ends at once.
    let late = server.another().build().add_monitor(Listener::unix(&first).unwrap()).unwrap();
    late.wait().unwrap();
}

/// Has `walk` wait until another client's `peek` has run.
struct Waiting {
    peeked: Sender<()>,
    awaited: Mutex<Receiver<()>>,
}

impl SmallCommands for Waiting {
    fn set(&self, _: &Context<'_>, arguments: All) -> Result<All, QmpError> {
        Ok(arguments)
    }

    fn walk(&self, cx: &Context<'_>, _: Walk) -> Result<(), QmpError> {
        cx.release_turn();
        let came = self.awaited.lock().unwrap().recv_timeout(LONG);
        came.map_err(|_| QmpError::generic("no other command has run"))
    }

    fn peek(&self, _: &Context<'_>) -> Result<Numbers, QmpError> {
        self.peeked.send(()).unwrap();
        Ok(Numbers::default())
    }

    fn quit(&self, _: &Context<'_>) -> Result<(), QmpError> {
        Ok(())
    }

    fn retire(&self, _: &Context<'_>) -> Result<(), QmpError> {
        Ok(())
    }

    fn query_qmp_schema(&self, _: &Context<'_>) -> Result<Vec<Value>, QmpError> {
        Ok(Vec::new())
    }
}

#[test]
fn a_command_that_waits_lets_others_run() {
    let (peeked, awaited) = channel();
    let handler = Waiting { peeked, awaited: Mutex::new(awaited) };
    let server = Server::builder(Commands::new().with(small_commands()), handler).build();
    let mut serving = Vec::new();
    let [waiting, other] = [(), ()].map(|()| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = server.clone();
        serving.push(std::thread::spawn(move || server.serve_socket(theirs)));
        Client::from_socket(ours, Options::within(LONG)).unwrap()
    });
    let waits = std::thread::spawn(move || {
        waiting.execute_raw("walk", &dict! {"node": dict! {"name": "n"}}).map(drop)
    });
    std::thread::sleep(Duration::from_millis(100));
    assert!(!waits.is_finished());
    other.execute_raw("peek", &Dict::new()).unwrap();
    waits.join().unwrap().unwrap();
    drop(other);
    server.shutdown();
    serving.into_iter().for_each(|thread| thread.join().unwrap());
}
