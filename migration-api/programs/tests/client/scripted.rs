//! QMP servers that answer from a script, for states that real ones pass through too fast or never
//! reach.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// A value that is sent as NaN, as `printf` writes it.
pub const NAN: &str = "\"nan\"";

/// The answers of a server.
#[derive(Clone, Default)]
pub struct Script {
    /// The server accepts the connection and sends nothing.
    pub is_mute: bool,
    /// The command that is never answered, nor any command after it.
    pub silent_at: Option<&'static str>,
    /// The command that is answered, but no command after it.
    pub silent_after: Option<&'static str>,
    /// The values that commands return, in order; the last one again and again. Others return `{}`.
    pub returns: BTreeMap<&'static str, VecDeque<Value>>,
    /// The descriptions of errors that commands return.
    pub refusals: BTreeMap<&'static str, &'static str>,
    /// The states that `query-migrate` returns once `migrate_cancel` was executed.
    pub after_cancel: VecDeque<Value>,
    /// The command at which the server closes the connection, and the number of answers before it.
    pub closes_at: Option<(&'static str, usize)>,
}

impl Script {
    /// Makes a server that returns these states to `query-migrate`.
    pub fn states(states: impl IntoIterator<Item = Value>) -> Self {
        Self::default().returning("query-migrate", states)
    }

    /// Sets what a command returns.
    pub fn returning(
        mut self,
        command: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        self.returns.insert(command, values.into_iter().collect());
        self
    }

    /// Sets the error that a command returns.
    pub fn refusing(mut self, command: &'static str, text: &'static str) -> Self {
        self.refusals.insert(command, text);
        self
    }

    /// Leaves a command without an answer.
    pub fn silent_at(mut self, command: &'static str) -> Self {
        self.silent_at = Some(command);
        self
    }
}

/// A server of a script, and the commands that it has received.
pub struct Scripted {
    pub commands: Receiver<(String, Value)>,
}

impl Scripted {
    /// Serves the first client at the path.
    pub fn start(path: &Path, script: Script) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let (sender, commands) = channel();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            // The client may close at any time.
            let _ = serve(stream, script, &sender);
            // A later client can connect, but is not served.
            std::thread::park();
        });
        Self { commands }
    }

    /// Waits until a command has come and returns its arguments.
    pub fn await_command(&self, name: &str) -> Value {
        loop {
            let received = self.commands.recv_timeout(Duration::from_secs(20));
            let (command, arguments) = received.unwrap_or_else(|_| panic!("no {name}"));
            if command == name {
                return arguments;
            }
        }
    }
}

fn serve(
    mut stream: UnixStream,
    mut script: Script,
    sender: &Sender<(String, Value)>,
) -> std::io::Result<()> {
    if script.is_mute {
        drop(sender.send(("connect".into(), Value::Null)));
        std::thread::park();
    }
    let greeting = json!({"QMP": {"version": {"qemu": {"major": 10, "minor": 0, "micro": 2},
        "package": ""}, "capabilities": ["oob"]}});
    writeln!(stream, "{greeting}")?;
    let (mut cancelled, mut silent) = (false, false);
    for line in BufReader::new(stream.try_clone()?).lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let command = request["execute"].as_str().or(request["exec-oob"].as_str()).unwrap();
        silent |= script.silent_at == Some(command);
        cancelled |= command == "migrate_cancel";
        drop(sender.send((command.into(), request["arguments"].clone())));
        match &mut script.closes_at {
            Some((name, 0)) if *name == command => return Ok(()),
            Some((name, answers)) if *name == command => *answers -= 1,
            _ => {}
        }
        if silent {
            continue;
        }
        if let Some(text) = script.refusals.get(command) {
            let error = json!({"class": "GenericError", "desc": text});
            writeln!(stream, "{}", json!({"id": request["id"], "error": error}))?;
            continue;
        }
        let values = match script.returns.get_mut(command) {
            Some(_) if cancelled && command == "query-migrate" => Some(&mut script.after_cancel),
            values => values,
        };
        let value = values.and_then(|values| match values.len() {
            0 | 1 => values.front().cloned(),
            _ => values.pop_front(),
        });
        let value = value.unwrap_or_else(|| json!({})).to_string().replace(NAN, "-nan");
        silent |= script.silent_after == Some(command);
        writeln!(stream, "{{\"id\": {}, \"return\": {value}}}", request["id"])?;
    }
    Ok(())
}

/// A source and a destination of scripts, as `source.sock` and `destination.sock` in a folder.
pub struct Stage {
    pub folder: tempfile::TempDir,
    pub source: Scripted,
    pub destination: Scripted,
}

impl Stage {
    pub fn new(source: Script, destination: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            source: Scripted::start(&folder.path().join("source.sock"), source),
            destination: Scripted::start(&folder.path().join("destination.sock"), destination),
            folder,
        }
    }

    /// Starts the program in the folder, so that it prints relative paths.
    pub fn start(&self, options: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qapi-migrate"));
        command.args(["source.sock", "destination.sock"]).args(options);
        self.spawn(command)
    }

    /// Starts a command in the folder.
    pub fn spawn(&self, mut command: Command) -> Child {
        command.current_dir(self.folder.path()).env("TMPDIR", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Runs the program to its end.
    pub fn run(&self, options: &[&str]) -> Run {
        Run::of(self.start(options))
    }
}

/// The program's end and its output.
#[derive(Debug)]
pub struct Run {
    pub status: Option<i32>,
    pub out: String,
    pub errors: String,
}

impl Run {
    pub fn of(program: Child) -> Self {
        let done = program.wait_with_output().unwrap();
        Self {
            status: done.status.code(),
            out: String::from_utf8(done.stdout).unwrap(),
            errors: String::from_utf8(done.stderr).unwrap(),
        }
    }
}

/// The state of a migration on its way, with figures.
pub fn active() -> Value {
    json!({
        "status": "active", "total-time": 2000, "expected-downtime": 300, "setup-time": 3,
        "ram": {"transferred": 2097152, "remaining": 8388608, "total": 16777216, "mbps": 8.388608,
            "dirty-pages-rate": 256, "dirty-sync-count": 2, "page-size": 4096,
            "postcopy-requests": 0},
    })
}

/// The state of a migration that is done.
pub fn completed() -> Value {
    json!({
        "status": "completed", "total-time": 4000, "downtime": 12, "setup-time": 3,
        "ram": {"transferred": 4194304, "remaining": 0, "total": 16777216, "mbps": 8.388608,
            "dirty-pages-rate": 0, "dirty-sync-count": 3, "page-size": 4096,
            "postcopy-requests": 0},
    })
}

/// The state of this name, without figures.
pub fn state(name: &str) -> Value {
    json!({"status": name})
}
