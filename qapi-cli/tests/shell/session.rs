//! The program in conversation with a server.

use crate::model::SCHEMA;
use crate::server::{Server, serve_tcp};

#[test]
fn a_pipe_gets_readable_replies_errors_and_events() {
    let lines = "query-status\nstop mode=red\nnode-add driver=null node-name=n0\nsend keys=[]\n";
    let run = Server::start().run(&["qmp"], lines);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert_eq!(
        run.out,
        "colours: [\"red\"]\nrunning: true\nevent STOPPED at 22:13:20.000042 UTC\n  why: \"red\"\n\
         ok\nerror: GenericError: node 'n0' exists\nok\n"
    );
}

#[test]
fn refused_lines_are_not_sent_and_the_session_goes_on() {
    let run = Server::start().run(&["qmp"], "stop mod=red\nquery-status\nsend keys=[");
    assert_eq!((run.status, run.out.as_str()), (0, "colours: [\"red\"]\nrunning: true\n"));
    assert_eq!(
        run.err,
        "error: line 1: stop: mod: unknown argument; did you mean 'mode'?\n\
         error: line 3: the input ends within a value\n"
    );
}

#[test]
fn a_batch_prints_messages_and_stops_at_the_first_failure() {
    let server = Server::start();
    let status = r#"{"return": {"colours": ["red"], "running": true}}"#;
    let run = server.run(&["qmp", "--batch"], "query-status\nstop mode=rad\nquery-status\n");
    assert_eq!((run.status, run.out), (1, format!("{status}\n")));
    assert_eq!(run.err, "error: line 2: stop: mode: unknown value 'rad'; did you mean 'red'?\n");

    let run = server.run(&["qmp", "--batch"], "node-add driver=null\nquery-status\n");
    let error = r#"{"error": {"class": "GenericError", "desc": "node '?' exists"}}"#;
    assert_eq!((run.status, run.out.as_str()), (1, format!("{error}\n").as_str()));

    let run = server.run(&["qmp", "--batch"], "query-status\n# text\n\nquery-status");
    assert_eq!((run.status, run.out), (0, format!("{status}\n{status}\n")));
    let run = server.run(&["qmp", "--batch"], "transaction(\n");
    assert_eq!(
        (run.status, run.err.as_str()),
        (1, "error: line 1: the input ends within a transaction\n")
    );
}

#[test]
fn a_script_waits_for_events() {
    let server = Server::start();
    // An event from before the reply counts, one from before the last command does not.
    let run = server.run(&["qmp", "--batch"], "stop\n.wait STOPPED 5\nquery-status\n");
    assert_eq!((run.status, run.out.lines().count()), (0, 3), "{}", run.err);
    let run = server.run(&["qmp", "--batch"], "stop\nquery-status\n.wait STOPPED 0.1\n");
    assert_eq!(run.status, 1);
    assert_eq!(run.err, "error: line 3: no event STOPPED within 0.1 s\n");
}

#[test]
fn messages_are_shown_and_logged() {
    let server = Server::start();
    let run = server.run(&["qmp", "--json", "--verbose", "--log", "log"], "stop mode=red\n");
    let messages = "{\"execute\": \"stop\", \"arguments\": {\"mode\": \"red\"}}\n\
        {\"event\": \"STOPPED\", \"data\": {\"why\": \"red\"}, \
        \"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 42}}\n{\"return\": {}}\n";
    assert_eq!(run.out, messages);
    assert_eq!(std::fs::read_to_string(server.folder().join("log")).unwrap(), messages);
    // A log grows.
    server.run(&["qmp", "--log", "log"], "node-add driver=null\n");
    let log = std::fs::read_to_string(server.folder().join("log")).unwrap();
    assert!(
        log.starts_with(messages) && log.ends_with("\"desc\": \"node '?' exists\"}}\n"),
        "{log}"
    );

    let run = server.run(&["qmp", "--pretty"], "stop-all\n");
    assert!(run.out.ends_with("{\n  \"return\": {}\n}\n"), "{}", run.out);
}

#[test]
fn a_schema_replaces_the_servers_own() {
    let server = Server::start();
    let schema = SCHEMA.replace("'*mode': 'Colour'", "'*mode': 'int'");
    std::fs::write(server.folder().join("schema.json"), schema).unwrap();
    let arguments = ["qmp", "--json", "--verbose", "--schema", "schema.json"];
    let run = server.run(&arguments, "stop mode=5\nstop mode=red\ndevice-add driver=x bux=1\n");
    assert!(run.out.starts_with(r#"{"execute": "stop", "arguments": {"mode": 5}}"#), "{}", run.out);
    assert_eq!(run.err, "error: line 2: stop: mode: expected an integer, found string 'red'\n");
    // The schema says that this command takes other arguments.
    assert!(run.out.contains(r#""driver": "x", "bux": 1}}"#), "{}", run.out);

    let run = server.run(&["qmp", "--schema", "missing.json"], "");
    assert_eq!(run.status, 2, "{}", run.err);
}

#[test]
fn checks_can_be_left_to_the_server() {
    let server = Server::start();
    let run = server.run(&["qmp", "--no-check", "--batch", "--verbose"], "frobnicate mode=rad\n");
    let sent = r#"{"execute": "frobnicate", "arguments": {"mode": "rad"}}"#;
    assert_eq!((run.status, run.out), (0, format!("{sent}\n{{\"return\": {{}}}}\n")));
}

#[test]
fn the_address_may_be_tcp_or_from_the_environment() {
    let server = Server::start();
    let run = server.run(&[&serve_tcp(), "--batch"], "query-status\n");
    assert_eq!((run.status, run.out.lines().count()), (0, 1), "{}", run.err);
    let output = server.command(&[]).env("QMP_SOCKET", "qmp").output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn failed_connections_exit_with_2() {
    let server = Server::start();
    let run = server.run(&["nowhere"], "");
    assert_eq!(run.status, 2);
    assert!(run.err.starts_with("error: cannot connect to nowhere: "), "{}", run.err);
    let run = server.run(&[], "");
    assert_eq!(run.status, 2);
    assert!(run.err.contains("expected SOCKET"), "{}", run.err);
    // The server closes the connection.
    let run = server.run(&["qmp", "--batch"], "device-add driver=x\nquery-status\n");
    assert_eq!((run.status, run.out.lines().count()), (2, 1), "{}", run.err);
    assert!(run.err.contains("query-status"), "{}", run.err);
    let run = server.run(&["--", "./no-such-qemu"], "");
    assert_eq!(run.status, 2);
    assert!(run.err.starts_with("error: cannot start './no-such-qemu': "), "{}", run.err);
}
