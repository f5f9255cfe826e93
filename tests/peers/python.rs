//! Python's `qemu.qmp` at a server generated from this project's schema.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use qapi::server::{Listener, Server};
use qapi::{Commands, Context, QmpError};

use crate::processes::run;

#[allow(missing_docs)]
mod api {
    qapi::include_qapi!("../schema/qapi-schema.json", docs = false);
}

use api::{
    CommandInfo, RunState, SchemaInfo, ShutdownCause, StatusInfo, VersionInfo, VersionTriple,
    YankInstance, events, server,
};

/// A guest that is either running or paused.
struct Host {
    running: AtomicBool,
    fds: Mutex<HashMap<String, Option<OwnedFd>>>,
}

fn commands() -> Commands<Host> {
    server::commands().into_iter().fold(Commands::new(), Commands::with)
}

impl server::RunStateCommands for Host {
    fn query_status(&self, _: &Context<'_>) -> Result<StatusInfo, QmpError> {
        let running = self.running.load(Ordering::SeqCst);
        Ok(StatusInfo::new(running, if running { RunState::Running } else { RunState::Paused }))
    }
}

impl server::MiscCommands for Host {
    fn stop(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        self.running.store(false, Ordering::SeqCst);
        cx.emit(&events::Stop);
        Ok(())
    }

    fn cont(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        self.running.store(true, Ordering::SeqCst);
        cx.emit(&events::Resume);
        Ok(())
    }

    fn getfd(&self, cx: &Context<'_>, arguments: api::commands::Getfd) -> Result<(), QmpError> {
        self.fds.lock().unwrap().insert(arguments.fdname, cx.fds().take());
        Ok(())
    }

    fn closefd(&self, _: &Context<'_>, arguments: api::commands::Closefd) -> Result<(), QmpError> {
        let name = arguments.fdname;
        let closed = self.fds.lock().unwrap().remove(&name);
        let missing = || QmpError::generic(format!("File descriptor named '{name}' not found"));
        closed.map(drop).ok_or_else(missing)
    }
}

impl server::ControlCommands for Host {
    fn query_version(&self, cx: &Context<'_>) -> Result<VersionInfo, QmpError> {
        let version = cx.monitor().version();
        let triple =
            VersionTriple::new(version.major.into(), version.minor.into(), version.micro.into());
        Ok(VersionInfo::new(triple, version.package.clone()))
    }

    fn query_commands(&self, _: &Context<'_>) -> Result<Vec<CommandInfo>, QmpError> {
        Ok(commands().infos().map(|info| CommandInfo::new(info.name())).collect())
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.emit(&events::Shutdown { guest: false, reason: ShutdownCause::HostQmpQuit });
        cx.monitor().quit();
        Ok(())
    }
}

impl server::IntrospectCommands for Host {
    fn query_qmp_schema(&self, cx: &Context<'_>) -> Result<Vec<SchemaInfo>, QmpError> {
        let reply = qapi::introspect::reply(api::schema::PIECES, cx.monitor().policy());
        reply.map_err(|error| QmpError::generic(error.to_string()))
    }
}

impl server::YankCommands for Host {
    fn query_yank(&self, _: &Context<'_>) -> Result<Vec<YankInstance>, QmpError> {
        Ok(Vec::new())
    }
}

impl server::BlockCoreCommands for Host {}
impl server::JobCommands for Host {}
impl server::MachineCommands for Host {}
impl server::MigrationCommands for Host {}
impl server::QomCommands for Host {}

/// The server on a socket. Stops when dropped.
pub struct Fixture {
    server: Server<Host>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
    folder: tempfile::TempDir,
}

impl Fixture {
    pub fn start() -> Fixture {
        let host = Host { running: AtomicBool::new(true), fds: Mutex::default() };
        let server = Server::builder(commands(), host).build();
        let folder = tempfile::tempdir().unwrap();
        let listener = Listener::unix(folder.path().join("qmp")).unwrap();
        let serving = server.clone();
        let serving = Some(std::thread::spawn(move || serving.serve(&listener)));
        Fixture { server, serving, folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("qmp")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.server.shutdown();
        let _ = self.serving.take().map(JoinHandle::join);
    }
}

pub fn python() -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONUNBUFFERED", "1");
    command
}

/// Runs the shell as a process; its history goes into `home`.
fn shell(fixture: &Fixture, home: &Path, input: &str) -> Output {
    let mut command = python();
    command.args(["-m", "qemu.qmp.qmp_shell"]).arg(fixture.path()).env("HOME", home);
    run(&mut command, input)
}

fn text(output: &Output) -> String {
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{stdout}\n{stderr}", output.status)
}

#[test]
fn client_connects_disconnects_and_reconnects() {
    let mut fixture = Fixture::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/client.py");
    let output = run(python().arg(script).arg(fixture.path()), "");
    assert!(output.status.success(), "{}", text(&output));
    let served = fixture.serving.take().unwrap().join();
    assert!(matches!(served, Ok(Ok(()))), "the server has ended: {served:?}");
}

#[test]
fn shell_shows_replies_errors_and_events() {
    let (fixture, home) = (Fixture::start(), tempfile::tempdir().unwrap());
    let input = "query-status\nstop\n\nquery-status\nquery-nonsense\ngetfd nonsense=1\n\
                 closefd\ngetfd fdname=name\nclosefd fdname=name\n";
    let output = shell(&fixture, home.path(), input);
    assert!(output.status.success(), "{}", text(&output));
    let seen = String::from_utf8_lossy(&output.stdout);
    let lines = seen.lines().map(|line| line.trim_start_matches("(QEMU) "));
    let replies: Vec<serde_json::Value> =
        lines.clone().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let error =
        |class: &str, desc: &str| serde_json::json!({"error": {"class": class, "desc": desc}});
    let empty = serde_json::json!({"return": {}});
    let expected = [
        serde_json::json!({"return": {"running": true, "status": "running"}}),
        empty.clone(),
        serde_json::json!({"return": {"running": false, "status": "paused"}}),
        error("CommandNotFound", "The command query-nonsense has not been found"),
        error("GenericError", "Parameter 'fdname' is missing"),
        error("GenericError", "Parameter 'fdname' is missing"),
        empty.clone(),
        empty,
    ];
    assert_eq!(replies, expected, "{}", text(&output));
    assert!(lines.clone().any(|line| line.contains("STOP")), "{}", text(&output));

    // A second shell finds the server in the state that the first has left.
    let output = shell(&fixture, home.path(), "query-status\n");
    assert!(text(&output).contains("paused"), "{}", text(&output));
}
