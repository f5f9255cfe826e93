//! Scenarios over several connections, which the recorded cases describe in words.

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qapi::QmpError;
use qapi_tests::stub::{Call, Stub};
use serde_json::{Value, json};

use super::client::Client;
use super::machine::{self, Config, Machine, raise};

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
fn events_precede_the_reply_of_the_command_that_emits_them() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    let reset = event("RESET", json!({"guest": false, "reason": "host-qmp-system-reset"}));
    let reply = json!({"return": {}});
    client.send("{'execute': 'system_reset'}");
    client.expect(&[reset.clone(), reply.clone()]);
    client.send("{'execute': 'system_powerdown'}");
    client.expect(&[json!({"event": "POWERDOWN"}), reply.clone()]);
    client.send(
        "{'execute': 'cont'}\n{'execute': 'system_reset'}\n{'execute': 'system_powerdown'}\n",
    );
    client.expect(&[json!({"event": "RESUME"}), reply.clone(), reset, reply.clone()]);
    client.expect(&[json!({"event": "POWERDOWN"}), reply]);
}

#[test]
fn nothing_is_answered_after_quit() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{'execute': 'quit'}{'execute': 'query-name', 'id': 'late'}\n");
    let shutdown = event("SHUTDOWN", json!({"guest": false, "reason": "host-qmp-quit"}));
    client.expect(&[shutdown, json!({"return": {}})]);
    assert_eq!(client.next(), None);
}

#[test]
fn events_go_to_every_monitor_that_has_negotiated() {
    let mut fixture = Fixture::new();
    let second = fixture.machine.second(&Config::default(), Stub::new(machine::answer));
    let mut first = fixture.negotiated(NEGOTIATE);
    let mut second = Client::connect(&second, false);
    second.expect(&[greeting()]);
    first.send("{'execute': 'cont', 'id': 'a'}");
    first.expect(&[json!({"event": "RESUME"}), done("a")]);
    second.send(NEGOTIATE);
    second.expect(&[json!({"return": {}})]);
    second.send("{'execute': 'stop', 'id': 'b'}");
    second.expect(&[json!({"event": "STOP"}), done("b")]);
    first.expect(&[json!({"event": "STOP"})]);
}

#[test]
fn a_migration_emits_its_states() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{'execute': 'migrate', 'arguments': {'uri': 'exec:cat>/dev/null'}, 'id': 'm'}");
    let status = |status: &str| event("MIGRATION", json!({"status": status}));
    client.expect(&[status("setup"), done("m")]);
    // The machine continues by itself.
    fixture.raise("MIGRATION_PASS", "{'pass': 1}");
    fixture.raise("MIGRATION", "{'status': 'active'}");
    fixture.raise("MIGRATION", "{'status': 'device'}");
    fixture.raise("MIGRATION_PASS", "{'pass': 2}");
    fixture.raise("MIGRATION", "{'status': 'completed'}");
    let pass = |pass: i32| event("MIGRATION_PASS", json!({"pass": pass}));
    client.expect(&[pass(1), status("active"), status("device"), pass(2), status("completed")]);
}

#[test]
fn a_migration_fails_after_its_reply() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{'execute': 'migrate', 'arguments': {'uri': 'unix:/nonexistent'}, 'id': 'm'}");
    client.expect(&[event("MIGRATION", json!({"status": "setup"})), done("m")]);
    fixture.raise("MIGRATION", "{'status': 'failed'}");
    client.expect(&[event("MIGRATION", json!({"status": "failed"}))]);
}

#[test]
fn a_job_emits_its_states() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    let status = |status: &str| event("JOB_STATUS_CHANGE", json!({"status": status, "id": "j0"}));
    client.send(
        "{'execute': 'blockdev-create', 'id': 1, 'arguments': {'job-id': 'j0', 'options':
          {'driver': 'file', 'filename': 'img', 'size': 65536}}}",
    );
    client.expect(&[status("created"), status("running"), done(1)]);
    for name in ["waiting", "pending", "concluded"] {
        fixture.raise("JOB_STATUS_CHANGE", &format!("{{'status': '{name}', 'id': 'j0'}}"));
        client.expect(&[status(name)]);
    }
    client.send("{'execute': 'job-dismiss', 'arguments': {'id': 'j0'}}");
    client.expect(&[status("null"), json!({"return": {}})]);
}

#[test]
fn rate_limits_events_to_the_first_and_the_last() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    let start = Instant::now();
    for offset in [598, 658, 718, 777, 837, 897] {
        fixture.raise("RTC_CHANGE", &format!("{{'offset': {offset}, 'qom-path': '/rtc'}}"));
    }
    let took = start.elapsed();
    let change = |offset: i32| event("RTC_CHANGE", json!({"offset": offset, "qom-path": "/rtc"}));
    client.expect(&[change(598)]);
    let mut rest = vec![client.next().unwrap()];
    while rest.last() != Some(&change(897)) {
        rest.push(client.next().unwrap());
    }
    // On a slow host there may be more.
    assert!(rest.len() == 1 || took > Duration::from_millis(900), "{rest:?}");
}

#[test]
fn discards_partial_input_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{\"execute\":\"query-name\"");
    drop(client);
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(query(1));
    client.expect(&[done(1)]);
}

#[test]
fn resets_capabilities_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(pause("1"));
    client.expect(&[pause_fails("1")]);
    drop(client);
    let mut client = fixture.client();
    client.send("{'execute': 'query-name'}");
    let expecting = "Expecting capabilities negotiation with 'qmp_capabilities'";
    client.expect(&[failed(None, "CommandNotFound", expecting)]);
    client.send(pause("1"));
    client.expect(&[failed(
        Some("1"),
        "GenericError",
        "QMP input member 'exec-oob' is unexpected",
    )]);
}

#[test]
fn replies_after_the_client_closes_its_sending_half() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(query(1));
    client.half_close();
    client.expect(&[done(1)]);
    assert_eq!(client.next(), None);
}

#[test]
fn the_second_client_waits_for_the_first() {
    let fixture = Fixture::new();
    let mut first = fixture.negotiated(NEGOTIATE);
    let mut second = Client::connect(&fixture.path(), false);
    first.send(query(1));
    first.expect(&[done(1)]);
    assert!(!second.wait(1, Duration::ZERO), "the first is still there");
    drop(first);
    second.expect(&[greeting()]);
}

#[test]
fn discards_unread_requests_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(block("blocked"));
    drop(client);
    fixture.gate.send(()).unwrap();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(query("after"));
    client.expect(&[done("after")]);
}

#[test]
fn discards_queued_requests_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(block("blocked"));
    for id in 0..4 {
        client.send(
            json!({"execute": "object-add", "arguments": {"qom-type": "iothread", "id": format!("o{id}")}})
                .to_string(),
        );
    }
    // Now all have been read.
    client.send(pause("oob"));
    client.expect(&[pause_fails("oob")]);
    drop(client);
    // The greeting shows that the server has noticed the end.
    let mut client = fixture.client();
    fixture.gate.send(()).unwrap();
    client.expect(&[done("blocked")]);
    client.send(NEGOTIATE);
    client.expect(&[json!({"return": {}})]);
    assert_eq!(*fixture.objects.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn sends_a_late_reply_to_the_next_client() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(block("blocked"));
    client.send(pause("oob"));
    client.expect(&[pause_fails("oob")]);
    drop(client);
    let mut client = fixture.client();
    client.send(NEGOTIATE_OOB);
    client.send(pause("oob"));
    fixture.gate.send(()).unwrap();
    client.expect(&[done("blocked"), json!({"return": {}}), pause_fails("oob")]);
    client.send(query("after"));
    client.expect(&[done("after")]);
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
