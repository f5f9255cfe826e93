//! A process with QMP.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Time after which a wait fails its test, long enough for a slow host.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Vm {
    pub process: Child,
    pub replies: BufReader<UnixStream>,
    pub name: String,
    log: PathBuf,
    /// The events received before a reply, in their order.
    pub events: Vec<Value>,
}

impl Vm {
    /// Starts the engine.
    pub fn engine(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        Self::start(Command::new(env!("CARGO_BIN_EXE_migration-engine")), folder, name, arguments)
    }

    /// Starts `command`, and waits until its monitor answers. Standard error goes to `NAME.log` in
    /// the folder.
    pub fn start(mut command: Command, folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let socket = folder.join(format!("{name}.qmp"));
        let log = folder.join(format!("{name}.log"));
        command.args(arguments).stdin(Stdio::null()).stderr(File::create(&log).unwrap());
        command.arg("-qmp").arg(format!("unix:{},server=on,wait=off", socket.display()));
        let process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let replies = connect(&socket);
        let mut vm = Self { process, replies, name: name.into(), log, events: Vec::new() };
        vm.greet();
        vm.command("migrate-set-parameters", json!({"max-bandwidth": 0}));
        vm
    }

    /// Reads the greeting, and enables commands.
    pub fn greet(&mut self) {
        self.line();
        self.command("qmp_capabilities", json!({}));
    }

    /// Returns the output on standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        let read = self.replies.read_line(&mut line);
        assert!(matches!(read, Ok(1..)), "{}: no answer: {read:?}: {}", self.name, self.log());
        serde_json::from_str(&line).unwrap()
    }

    /// Sends a command without waiting for the reply.
    pub fn send(&mut self, name: &str, arguments: Value) {
        let request = json!({"execute": name, "arguments": arguments}).to_string();
        let sent = self.replies.get_mut().write_all(request.as_bytes());
        sent.unwrap_or_else(|error| panic!("{}: {name}: {error}: {}", self.name, self.log()));
    }

    /// Runs a command that must succeed.
    pub fn command(&mut self, name: &str, arguments: Value) -> Value {
        self.try_command(name, arguments)
            .unwrap_or_else(|error| panic!("{}: {name}: {error}", self.name))
    }

    /// Runs a command. Returns the error's description if it is refused.
    pub fn try_command(&mut self, name: &str, arguments: Value) -> Result<Value, String> {
        self.send(name, arguments);
        loop {
            let mut answer = self.line();
            if answer.get("event").is_some() {
                self.events.push(answer);
                continue;
            }
            return match answer.get_mut("return") {
                Some(reply) => Ok(reply.take()),
                None => Err(answer["error"]["desc"].as_str().unwrap_or_default().into()),
            };
        }
    }

    pub fn capabilities(&mut self, names: &[&str]) {
        let on: Vec<Value> =
            names.iter().map(|name| json!({"capability": name, "state": true})).collect();
        self.command("migrate-set-capabilities", json!({"capabilities": on}));
    }

    /// Returns the address at which the process listens.
    pub fn address(&mut self) -> String {
        let info = self.command("query-migrate", json!({}));
        let address = &info["socket-address"][0];
        match address["type"].as_str() {
            Some("unix") => format!("unix:{}", address["path"].as_str().unwrap()),
            _ => format!("tcp:127.0.0.1:{}", address["port"].as_str().unwrap()),
        }
    }

    /// Waits until the migration completes.
    pub fn completes(&mut self) {
        let info = self.ends();
        assert_eq!(info["status"], "completed", "{}: {info}", self.name);
    }

    /// Waits until the migration ends, and returns the reply to `query-migrate`.
    pub fn ends(&mut self) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let info = self.command("query-migrate", json!({}));
            if matches!(info["status"].as_str(), Some("completed" | "failed" | "cancelled")) {
                return info;
            }
            assert!(Instant::now() < end, "{}: {info}", self.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn status(&mut self) -> String {
        self.command("query-status", json!({}))["status"].as_str().unwrap().to_owned()
    }
}

/// Connects to a monitor, as soon as it exists.
pub fn connect(socket: &Path) -> BufReader<UnixStream> {
    let end = Instant::now() + PATIENCE;
    let stream = loop {
        match UnixStream::connect(socket) {
            Ok(stream) => break stream,
            Err(error) if Instant::now() > end => panic!("{}: {error}", socket.display()),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    BufReader::new(stream)
}

impl Drop for Vm {
    fn drop(&mut self) {
        // The process may have ended on its own.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
