//! Starts and ends the programs.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use qapi::client::{Address, Client, Options, Process};

use crate::{LONG, second};

/// The interval between checks whether a process has ended.
const TICK: std::time::Duration = std::time::Duration::from_millis(20);

pub fn options() -> Options {
    Options::within(LONG)
}

/// Returns the QEMU to test with, without arguments.
pub fn qemu_command() -> Command {
    Command::new(second::in_use().unwrap_or_else(|| "qemu-system-x86_64".into()))
}

/// Starts a QEMU that does not run its guest, with a client.
pub fn qemu(arguments: &[&str], options: Options) -> Process {
    let mut command = qemu_command();
    command.args(["-display", "none", "-nodefaults", "-S"]).args(arguments);
    Process::spawn(command, options).expect("qemu-system-x86_64 starts; see .ci/install")
}

/// Starts a QEMU without a machine.
pub fn no_machine() -> Process {
    qemu(&["-machine", "none"], options())
}

/// A guest agent. Killed and reaped when dropped.
pub struct Agent {
    child: Child,
    folder: tempfile::TempDir,
}

impl Agent {
    pub fn start() -> Agent {
        let folder = tempfile::tempdir().unwrap();
        // The second QEMU's agent is beside it. Distributions install theirs outside most users'
        // search path.
        let beside = second::in_use().and_then(|qemu| Some(qemu.parent()?.join("qemu-ga")));
        let mut command = Command::new(beside.unwrap_or_else(|| "qemu-ga".into()));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        command.args(["-m", "unix-listen", "-p"]).arg(folder.path().join("agent"));
        command.arg("-t").arg(folder.path());
        let child = command.spawn().expect("qemu-ga starts; see .ci/install");
        Agent { child, folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Connects a client.
    pub fn client(&self) -> Client {
        let options = options().agent(true);
        Client::connect(Address::unix(self.path("agent")), options).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program with this input to its end. Kills it after a time limit; its status then fails.
pub fn run(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    // The input fits into the pipe. A program that does not read it prints the reason.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let until = Instant::now() + LONG;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() >= until {
            child.kill().unwrap();
            break;
        }
        std::thread::sleep(TICK);
    }
    child.wait_with_output().unwrap()
}
