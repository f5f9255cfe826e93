//! Scenarios over several connections, which the recorded cases describe in words.

mod disconnect;
mod events;

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use qapi::QmpError;
use qapi_tests::stub::{Call, Stub};
use serde_json::{Value, json};

use crate::client::Client;
use crate::machine::{self, Config, Machine, raise};

/// Recorded outcomes of races, which may end differently in another run.
const RACES: &[&str] =
    &["13-disconnect/pipelined-then-close-std", "13-disconnect/pipelined-then-close-oob"];

/// Prints the reason why a recorded scenario is not replayed.
pub fn note(case: &Value) {
    let name = case["name"].as_str().unwrap_or_default();
    println!("{name}: {}", if RACES.contains(&name) { "a race" } else { "a test of its own" });
}

const NEGOTIATE: &str = "{'execute': 'qmp_capabilities'}\n";
const NEGOTIATE_OOB: &str = "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}\n";
const PAUSE_FAILS: &str =
    "migrate-pause is currently only supported during postcopy-active or postcopy-recover state";

/// A machine in which `blockdev-add` blocks until it is released.
struct Fixture {
    machine: Machine,
    gate: Sender<()>,
    objects: Arc<Mutex<Vec<String>>>,
}

impl Fixture {
    fn new() -> Fixture {
        let (gate, wait) = channel();
        let (wait, objects) = (Mutex::new(wait), Arc::new(Mutex::new(Vec::new())));
        let added = objects.clone();
        let answer = move |call: &Call<'_>| match call.command {
            "blockdev-add" => {
                // The end of the test releases it as well.
                let _ = wait.lock().unwrap().recv();
                Ok("{}".into())
            }
            "object-add" => {
                added.lock().unwrap().push(call.arguments.clone());
                Ok("{}".into())
            }
            _ => scripted(call),
        };
        let machine = Machine::start(&Config::default(), Stub::new(answer));
        Fixture { machine, gate, objects }
    }

    fn path(&self) -> PathBuf {
        self.machine.path()
    }

    /// Connects a client and reads the greeting.
    fn client(&self) -> Client {
        let mut client = Client::connect(&self.path(), false);
        client.expect(&[greeting()]);
        client
    }

    /// Connects a client and negotiates capabilities.
    fn negotiated(&self, request: &str) -> Client {
        let mut client = self.client();
        client.send(request);
        client.expect(&[json!({"return": {}})]);
        client
    }

    fn raise(&self, name: &str, data: &str) {
        raise(self.machine.server.monitor(), name, data);
    }
}

/// Answers the commands of the scenarios, and others as every machine does.
fn scripted(call: &Call<'_>) -> Result<String, QmpError> {
    let monitor = call.context.monitor();
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    match call.command {
        "migrate-pause" => Err(QmpError::generic(PAUSE_FAILS)),
        "migrate" => {
            raise(monitor, "MIGRATION", "{'status': 'setup'}");
            Ok("{}".into())
        }
        "blockdev-create" => {
            for status in ["created", "running"] {
                raise(
                    monitor,
                    "JOB_STATUS_CHANGE",
                    &format!("{{'status': '{status}', 'id': 'j0'}}"),
                );
            }
            Ok("{}".into())
        }
        "job-dismiss" => {
            raise(
                monitor,
                "JOB_STATUS_CHANGE",
                &json!({"status": "null", "id": arguments["id"]}).to_string(),
            );
            Ok("{}".into())
        }
        _ => machine::answer(call),
    }
}

fn greeting() -> Value {
    let version = json!({"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": "@PACKAGE"});
    json!({"QMP": {"version": version, "capabilities": ["oob"]}})
}

fn done(id: impl Into<Value>) -> Value {
    json!({"return": {}, "id": id.into()})
}

fn failed(id: Option<&str>, class: &str, desc: &str) -> Value {
    let mut reply = json!({"error": {"class": class, "desc": desc}});
    if let Some(id) = id {
        reply["id"] = json!(id);
    }
    reply
}

fn pause_fails(id: &str) -> Value {
    failed(Some(id), "GenericError", PAUSE_FAILS)
}

fn event(name: &str, data: Value) -> Value {
    json!({"event": name, "data": data})
}

fn block(id: &str) -> String {
    json!({
        "execute": "blockdev-add",
        "arguments": {"driver": "null-co", "node-name": "bd"},
        "id": id,
    })
    .to_string()
}

fn query(id: impl Into<Value>) -> String {
    json!({"execute": "query-name", "id": id.into()}).to_string()
}

fn pause(id: &str) -> String {
    json!({"exec-oob": "migrate-pause", "id": id}).to_string()
}

#[test]
fn oob_overtakes_a_blocked_command() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(block("blocked"));
    client.send(query("queued"));
    client.send(pause("oob"));
    client.expect(&[pause_fails("oob")]);
    client.send("{'exec-oob': 'bogus', 'id': 'oob-unknown'}");
    let unknown = "The command bogus has not been found";
    client.expect(&[failed(Some("oob-unknown"), "CommandNotFound", unknown)]);
    client.send("{'exec-oob': 'query-name', 'id': 'oob-not-allowed'}");
    let not_allowed = "The command query-name does not support OOB";
    client.expect(&[failed(Some("oob-not-allowed"), "GenericError", not_allowed)]);
    // A malformed request waits its turn.
    client.send("{'bogus': 1, 'id': 'bad'}\n@\n");
    client.send("{'execute': 'query-name', 'exec-oob': 'migrate-pause', 'id': 'both'}");
    client.send(pause("last"));
    client.expect(&[pause_fails("last")]);
    fixture.gate.send(()).unwrap();
    client.expect(&[
        done("blocked"),
        done("queued"),
        failed(Some("bad"), "GenericError", "QMP input member 'bogus' is unexpected"),
        failed(None, "GenericError", "JSON parse error, stray '@'"),
        failed(Some("both"), "GenericError", "QMP input member 'execute' clashes with 'exec-oob'"),
    ]);
}

#[test]
fn without_oob_nothing_is_read_while_a_command_runs() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(block("blocked"));
    client.send(pause("oob"));
    fixture.gate.send(()).unwrap();
    let unexpected = "QMP input member 'exec-oob' is unexpected";
    client.expect(&[done("blocked"), failed(Some("oob"), "GenericError", unexpected)]);
}

#[test]
fn eight_requests_wait_before_reading_stops() {
    for queued in 5..12 {
        let fixture = Fixture::new();
        let mut client = fixture.negotiated(NEGOTIATE_OOB);
        client.send(block("blocked"));
        (0..queued).for_each(|id| client.send(query(id)));
        client.send(pause("oob"));
        if queued < 8 {
            client.expect(&[pause_fails("oob")]);
        }
        fixture.gate.send(()).unwrap();
        client.expect(&[done("blocked")]);
        let replies: Vec<Value> =
            (0..queued + i32::from(queued >= 8)).filter_map(|_| client.next()).collect();
        let (late, in_band): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply["id"] == "oob");
        assert_eq!(late.len(), usize::from(queued >= 8));
        assert!(in_band.iter().eq(&(0..queued).map(done).collect::<Vec<_>>()), "{in_band:?}");
    }
}

#[test]
fn capabilities_are_negotiated_once() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    let complete = "Capabilities negotiation is already complete, command ignored";
    for request in
        ["{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob', 'oob']}}", NEGOTIATE]
    {
        client.send(request);
        client.expect(&[failed(None, "CommandNotFound", complete)]);
        client.send("{'execute': 'query-name'}");
        client.expect(&[json!({"return": {}})]);
    }
}
