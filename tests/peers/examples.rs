//! The examples of crate `qapi`, run against real programs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::LazyLock;

use qapi::Dict;
use qapi::client::{Address, Client};

use crate::LONG;
use crate::processes::{Agent, options, qemu, run};

/// The folder of the examples' programs, which are built before.
static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| {
    // The features of the tests of crate `qapi`, whose build this shares.
    let arguments = ["build", "-p", "qapi", "--features", "tokio,tracing", "--examples"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let status = Command::new(env!("CARGO")).args(arguments).current_dir(root).status().unwrap();
    assert!(status.success(), "the examples are built");
    // This program is `target/PROFILE/deps/NAME`.
    let own = std::env::current_exe().unwrap();
    own.parent().and_then(Path::parent).and_then(Path::parent).unwrap().join("debug/examples")
});

/// An example with its arguments.
fn example(name: &str, arguments: &[&Path]) -> Command {
    let mut command = Command::new(PROGRAMS.join(name));
    command.args(arguments);
    command
}

/// Runs an example and returns its output, line by line.
fn lines(name: &str, arguments: &[&Path]) -> Vec<String> {
    let Output { status, stdout, stderr } = run(&mut example(name, arguments), "");
    let stdout = String::from_utf8(stdout).unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{name}: {status}\n{stdout}\n{stderr}");
    stdout.lines().map(str::to_owned).collect()
}

/// A QEMU with a socket for an example to use.
struct Machine {
    process: qapi::client::Process,
    folder: tempfile::TempDir,
}

impl Machine {
    fn start(arguments: &[&str]) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let socket = format!("unix:{}/example,server=on,wait=off", folder.path().display());
        let mut all = vec!["-qmp", &socket];
        all.extend(arguments);
        Machine { process: qemu(&all, options()), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn socket(&self) -> PathBuf {
        self.path("example")
    }

    fn version(&mut self) -> String {
        let version = &self.process.client().greeting().unwrap().version;
        version.to_string()
    }

    fn state(&mut self) -> String {
        let status = self.process.client().execute_raw("query-status", &Dict::new()).unwrap();
        status.get("status").unwrap().as_str().unwrap().to_owned()
    }
}

#[test]
fn client_example_runs() {
    let mut machine = Machine::start(&[]);
    let lines = lines("client", &[&machine.socket()]);
    assert_eq!(lines[0], format!("QEMU {}", machine.version()));
    assert_eq!(lines[1], "status: Prelaunch");
    assert!(lines[2].starts_with("resumed at "), "{lines:?}");
    let refused = "not woken up: Unable to wake up: guest is not in suspended state";
    assert_eq!(lines[3..], [refused, "stopped"]);
    assert_eq!(machine.state(), "paused");
}

#[test]
fn tokio_client_example_runs() {
    let mut machine = Machine::start(&["-machine", "none", "-name", "demo"]);
    let lines = lines("tokio_client", &[&machine.socket()]);
    let version = machine.version();
    assert!(version.starts_with(lines[0].strip_prefix("demo: QEMU ").unwrap()), "{}", lines[0]);
    assert_eq!(lines[1..], ["event: resumed", "event: stopped"]);
    assert_eq!(machine.state(), "paused");
}

#[test]
fn hotplug_example_runs() {
    let machine = Machine::start(&["-device", "virtio-scsi-pci,id=scsi0"]);
    let image = machine.path("disk.img");
    std::fs::write(&image, vec![0; 1 << 20]).unwrap();
    let lines = lines("hotplug", &[&machine.socket(), &image]);
    assert_eq!(lines, ["plugged", "unplugged"]);
}

#[test]
fn guest_agent_example_runs() {
    let agent = Agent::start();
    let lines = lines("guest_agent", &[&agent.path("agent")]);
    assert!(lines[0].starts_with("agent ") && lines[0].ends_with(" commands"), "{lines:?}");
    assert_eq!(lines[2..], ["exit code Some(3): HELLO"]);
}

#[test]
fn two_versions_example_runs() {
    let machine = Machine::start(&["-machine", "none"]);
    let lines = lines("two_versions", &[&machine.socket()]);
    assert_eq!(
        lines,
        ["prelaunch, running: false, single step: None", "the server has the member: false"]
    );
}

#[test]
fn migrate_example_runs() {
    let mut source = Machine::start(&["-machine", "none", "-m", "16M"]);
    let mut destination = Machine::start(&["-machine", "none", "-m", "16M", "-incoming", "defer"]);
    let uri = PathBuf::from(format!("unix:{}", source.path("migration").display()));
    let lines = lines("migrate", &[&source.socket(), &destination.socket(), &uri]);
    let find = |line: &str| lines.iter().position(|one| one == line);
    let (sent, received) = (find("source: completed"), find("destination: completed"));
    assert!(sent.is_some() && sent < received, "{lines:?}");
    assert!(lines.last().unwrap().contains(" bytes in "), "{lines:?}");
    assert_ne!(destination.state(), "inmigrate");
    assert_ne!(source.state(), "running");
}

/// A process that is killed and reaped when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn server_example_serves_the_client_example() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("qmp");
    let mut server = Running(example("server", &[&socket]).spawn().unwrap());
    let lines = lines("client", &[&socket]);
    assert_eq!(lines[1], "status: Prelaunch");
    let refused = "not woken up: The command system_wakeup has not been found";
    assert_eq!(lines[3..], [refused, "stopped"]);
    let client = Client::connect(Address::unix(&socket), options()).unwrap();
    client.execute_within(&qapi_tests::wire::full::commands::Quit, LONG).unwrap();
    assert!(server.0.wait().unwrap().success());
}
