//! Servers in processes of their own: on the standard streams, and one that the policy ends.
//!
//! This program starts itself as the server, which needs the output for itself: it has no harness.

mod small;

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use qapi::qmp::Monitor;
use qapi::server::Server;
use qapi::{Commands, InputPolicy, Policy};
use small::handler::Handler;
use small::server::small_commands;

/// The argument that makes this program a server, with the policy's word.
const SERVE: &str = "--serve-stdio";

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(SERVE) {
        let crash = arguments.next().as_deref() == Some("crash");
        return serve(if crash { InputPolicy::Crash } else { InputPolicy::Accept });
    }
    the_standard_streams_are_served();
    quitting_ends_the_server();
    the_policy_ends_the_process();
    println!("3 tests of servers on standard streams: ok");
}

fn serve(deprecated_input: InputPolicy) {
    let monitor = Monitor::builder().policy(Policy { deprecated_input, ..Policy::ACCEPT }).build();
    let commands = Commands::new().with(small_commands());
    Server::builder(commands, Handler).monitor(Arc::new(monitor)).build().serve_stdio().unwrap();
}

/// A server that has got `input`, which ends if `end` says so.
fn server(policy: &str, input: &str, end: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([SERVE, policy])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(input.as_bytes()).unwrap();
    if end {
        child.stdin = None;
    }
    child
}

/// The output before the end.
fn text(stream: Option<impl std::io::Read>) -> String {
    let mut text = String::new();
    stream.unwrap().read_to_string(&mut text).unwrap();
    text
}

const NEGOTIATE: &str = "{'execute': 'qmp_capabilities'}";

fn the_standard_streams_are_served() {
    let mut child =
        server("accept", &format!("{NEGOTIATE}{{'execute': 'peek', 'id': 1}} oops\n{{'exec"), true);
    let output = text(child.stdout.take());
    let lines: Vec<&str> = output.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("{\"QMP\": "), "{output}");
    assert_eq!(
        lines[1..],
        [
            "{\"return\": {}}",
            "{\"return\": {\"number\": 0.5, \"int\": 1}, \"id\": 1}",
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, invalid keyword 'oops'\"}}",
        ]
    );
    assert!(child.wait().unwrap().success(), "it ends with its input");
    assert_eq!(text(child.stderr.take()), "");
}

fn quitting_ends_the_server() {
    let oob = "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}";
    for negotiate in [NEGOTIATE, oob] {
        let mut child = server("accept", &format!("{negotiate}{{'execute': 'quit'}}"), false);
        // Its input stays open.
        assert!(text(child.stdout.take()).ends_with("{\"return\": {}}\r\n"));
        assert!(child.wait().unwrap().success());
    }
}

fn the_policy_ends_the_process() {
    for (request, what) in [
        ("'execute': 'retire'", "Deprecated command retire disabled by policy"),
        (
            "'execute': 'set', 'arguments': {'shapes': [{'id': '', 'kind': 'old'}]}",
            "Deprecated value old disabled by policy",
        ),
    ] {
        let mut child = server("crash", &format!("{NEGOTIATE}{{{request}, 'id': 'ours'}}"), false);
        assert!(!text(child.stdout.take()).contains("ours"), "there is no reply");
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(6), "{status}: it aborts");
        let told = text(child.stderr.take());
        assert!(told.contains(what), "{told}");
    }
}
