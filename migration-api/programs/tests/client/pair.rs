//! Two servers and the program between them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use qapi::client::{Address, Client, Options};
use qapi::{Dict, Value};

/// A server, which ends with the test.
struct Server(Child);

impl Server {
    fn start(mut command: Command, socket: &Path, arguments: &[&str]) -> Self {
        command.args(["-machine", "none"]).args(arguments).arg("-qmp");
        command.arg(format!("unix:{},server=on,wait=off", socket.display()));
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended on its own.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns a command for a QEMU without devices and with a stopped guest.
#[cfg(feature = "qemu")]
fn qemu(program: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["-nodefaults", "-display", "none", "-S"]);
    command
}

/// A source and a destination.
pub struct Pair {
    folder: tempfile::TempDir,
    pub source: PathBuf,
    pub destination: PathBuf,
    _servers: [Server; 2],
}

impl Pair {
    /// Starts two processes of the engine. The source runs with these arguments.
    pub fn engines(arguments: &[&str]) -> Self {
        Self::engines_with(arguments, &[])
    }

    /// Starts two processes of the engine with these arguments.
    pub fn engines_with(source: &[&str], destination: &[&str]) -> Self {
        let engine = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_migration-engine"));
            command.args(["-m", "16M"]);
            command
        };
        Self::start(engine, source, destination)
    }

    /// Starts two processes of this QEMU with these sizes of memory.
    #[cfg(feature = "qemu")]
    pub fn qemus(program: &str, source: &str, destination: &str) -> Self {
        Self::qemus_with(program, &["-m", source], &["-m", destination])
    }

    /// Starts two processes of this QEMU with these arguments.
    #[cfg(feature = "qemu")]
    pub fn qemus_with(program: &str, source: &[&str], destination: &[&str]) -> Self {
        Self::start(|| qemu(program), source, destination)
    }

    /// Starts an engine with these arguments, and this QEMU as its destination.
    #[cfg(feature = "qemu")]
    pub fn engine_and_qemu(arguments: &[&str], program: &str) -> Self {
        let engine = Command::new(env!("CARGO_BIN_EXE_migration-engine"));
        let source = [&["-m", "16M"], arguments].concat();
        Self::start_both([engine, qemu(program)], &source, &["-m", "16M"])
    }

    fn start(command: impl Fn() -> Command, source: &[&str], destination: &[&str]) -> Self {
        Self::start_both([command(), command()], source, destination)
    }

    fn start_both(commands: [Command; 2], source: &[&str], destination: &[&str]) -> Self {
        let [first, second] = commands;
        let (sends, receives) = (source, [destination, &["-incoming", "defer"]].concat());
        let folder = tempfile::tempdir().unwrap();
        let (source, destination) =
            (folder.path().join("source"), folder.path().join("destination"));
        let servers =
            [Server::start(first, &source, sends), Server::start(second, &destination, &receives)];
        let pair = Self { folder, source, destination, _servers: servers };
        // Both listen from here on.
        pair.ask(&pair.source);
        pair.ask(&pair.destination);
        pair
    }

    /// Starts the program.
    pub fn migrate(&self, options: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qapi-migrate"));
        command
            .args([&self.source, &self.destination])
            .args(options)
            .env("TMPDIR", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs a command on a server, with arguments in JSON.
    pub fn execute(&self, socket: &Path, command: &str, arguments: &str) -> Value {
        let options = Options::new().connect(Duration::from_secs(60));
        let client = Client::connect(Address::unix(socket), options).unwrap();
        let arguments: Dict = qapi::from_text(arguments, &qapi::Rules::STRICT).unwrap();
        client.execute_raw(command, &arguments).unwrap()
    }

    fn ask(&self, socket: &Path) -> String {
        let status = self.execute(socket, "query-status", "{}");
        status.get("status").and_then(Value::as_str).unwrap().into()
    }

    /// Returns the source's run state.
    pub fn source_status(&self) -> String {
        self.ask(&self.source)
    }

    /// Returns the run states of both.
    pub fn statuses(&self) -> (String, String) {
        (self.ask(&self.source), self.ask(&self.destination))
    }
}

/// Waits for a line of output that begins with `what`.
pub fn until(program: &mut Child, what: &str) {
    let lines = BufReader::new(program.stderr.take().unwrap()).lines();
    for line in lines {
        if line.unwrap().starts_with(what) {
            return;
        }
    }
    panic!("the program has ended");
}

/// Sends the signal of Ctrl-C.
pub fn interrupt(program: &Child) {
    let pid = rustix::process::Pid::from_child(program);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}
