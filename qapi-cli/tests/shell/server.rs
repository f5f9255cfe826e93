//! A QMP server with fixed replies, for the program at the other end of a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::model;

/// A server in a folder of its own, and the program's working folder.
pub struct Server {
    folder: tempfile::TempDir,
}

/// The result of a run.
pub struct Run {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Server {
    /// Serves one client after the other on the socket `qmp`.
    pub fn start() -> Server {
        Server::with_schema(model::reply())
    }

    /// Serves clients without an answer to `query-qmp-schema`.
    pub fn without_schema() -> Server {
        Server::with_schema(String::new())
    }

    fn with_schema(schema: String) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join("qmp")).expect("a socket");
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a client");
                serve(stream.try_clone().expect("a socket"), stream, &schema);
            }
        });
        Server { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the program, in the server's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qapi"));
        command.arg("shell").args(arguments).current_dir(self.folder());
        command.env_remove("QMP_SOCKET").env("NO_COLOR", "1");
        command.env("XDG_STATE_HOME", self.folder());
        command
    }

    /// Runs the program with these lines on its standard input.
    pub fn run(&self, arguments: &[&str], lines: &str) -> Run {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // Fails if the program ends before it has read all, as its results tell.
        let _ = child.stdin.take().expect("a pipe").write_all(lines.as_bytes());
        let output = child.wait_with_output().expect("the program ends");
        Run {
            status: output.status.code().expect("the program exits by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// Serves one client on TCP; returns the address.
pub fn serve_tcp() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        serve(stream.try_clone().expect("a socket"), stream, &model::reply());
    });
    address
}

fn serve(reader: impl Read, mut writer: impl Write, schema: &str) {
    let version = json!({ "qemu": { "major": 10, "minor": 0, "micro": 2 }, "package": "v10.0.2" });
    let greeting = json!({ "QMP": { "version": version, "capabilities": [] } });
    // A client that has left ends the conversation.
    let mut send = |message: &Value| writeln!(writer, "{message}").is_ok();
    if !send(&greeting) {
        return;
    }
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        let name = request["execute"].as_str().expect("a command");
        let (event, mut reply, later) = answer(name, &request["arguments"], schema);
        reply["id"] = request["id"].clone();
        if event.is_some_and(|event| !send(&event)) || !send(&reply) {
            return;
        }
        if let Some(event) = later {
            thread::sleep(Duration::from_millis(200));
            if !send(&event) {
                return;
            }
        }
        if name == "device-add" {
            return;
        }
    }
}

/// Returns the event before a reply, the reply, and the event some time after it.
fn answer(name: &str, arguments: &Value, schema: &str) -> (Option<Value>, Value, Option<Value>) {
    let time = json!({ "seconds": 1_700_000_000, "microseconds": 42 });
    let ok = json!({ "return": {} });
    let event =
        |name: &str, data: Value| Some(json!({ "event": name, "data": data, "timestamp": time }));
    match name {
        "query-qmp-schema" if schema.is_empty() => {
            let error = json!({ "class": "CommandNotFound", "desc": "no such command" });
            (None, json!({ "error": error }), None)
        }
        "query-qmp-schema" => {
            let schema: Value = serde_json::from_str(schema).expect("JSON");
            (None, json!({ "return": schema }), None)
        }
        "query-status" => {
            (None, json!({ "return": { "running": true, "colours": ["red"] } }), None)
        }
        "stop" if arguments["force"].is_null() => {
            (event("STOPPED", json!({ "why": "red" })), ok, None)
        }
        "node-add" => {
            let desc = format!("node '{}' exists", arguments["node-name"].as_str().unwrap_or("?"));
            (None, json!({ "error": { "class": "GenericError", "desc": desc } }), None)
        }
        "stop-all" => (None, ok, event("RESUMED", json!({}))),
        _ => (None, ok, None),
    }
}
