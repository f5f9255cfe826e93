//! `qapi shell` with QEMU, its guest agent and a server of this project, beside Python's
//! `qmp-shell`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::processes::{Agent, options, qemu, run};
use crate::python::{Fixture, python};

/// The program, which is built before.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| build("qapi-cli", "qapi"));

/// Builds a program of another package, which a dependency would not do.
pub fn build(package: &str, program: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let arguments = ["build", "-p", package, "--bin", program];
    let status = Command::new(env!("CARGO")).args(arguments).current_dir(root).status().unwrap();
    assert!(status.success(), "the program is built");
    // This program is `target/PROFILE/deps/NAME`.
    let own = std::env::current_exe().unwrap();
    let target = own.parent().and_then(Path::parent).and_then(Path::parent).unwrap();
    target.join("debug").join(program)
}

pub fn shell(socket: &Path, options: &[&str], lines: &str) -> Output {
    let mut command = Command::new(PROGRAM.as_path());
    command.arg("shell").arg(socket).args(options).env("NO_COLOR", "1");
    run(&mut command, lines)
}

/// Returns standard output, line by line, and standard error of a run that succeeds.
pub fn text(output: &Output) -> (Vec<String>, String) {
    let err = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success(), "{}: {err}", output.status);
    let out = String::from_utf8(output.stdout.clone()).unwrap();
    (out.lines().map(str::to_owned).collect(), err)
}

/// A QEMU with a second monitor.
struct Machine {
    _process: qapi::client::Process,
    folder: tempfile::TempDir,
}

impl Machine {
    fn start() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let socket = format!("unix:{}/qmp,server=on,wait=off", folder.path().display());
        Machine { _process: qemu(&["-qmp", &socket], options()), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("qmp")
    }
}

#[test]
fn a_script_drives_qemu() {
    let machine = Machine::start();
    let script = "\
query-status
object-add qom-type=iothread id=i0
blockdev-add driver=null-co node-name=n0 size=1048576
blockdev-add driver=raw node-name=r0 file=n0
blockdev-add driver=raw node-name=r1 file.driver=null-co file.read-zeroes=true
transaction(
block-dirty-bitmap-add node=n0 name=b0
block-dirty-bitmap-add node=n0 name=b1 granularity=65536
)
block-dirty-bitmap-remove node=n0 name=b1
migrate-set-capabilities capabilities=[{'capability': 'xbzrle', 'state': true}]
human-monitor-command command-line='info version'
cont
.wait RESUME 60
";
    let (lines, err) = text(&shell(&machine.path(), &["--batch"], script));
    let messages: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(err, "");
    let replies: Vec<&Value> =
        messages.iter().filter_map(|message| message.get("return")).collect();
    assert_eq!(replies[0], &json!({ "status": "prelaunch", "running": false }));
    assert_eq!(replies.iter().filter(|reply| **reply == &json!({})).count(), 8, "{messages:?}");
    assert!(messages.iter().any(|message| message["event"] == "RESUME"), "{messages:?}");
}

#[test]
fn faults_are_found_before_qemu_sees_them() {
    let machine = Machine::start();
    let script = "\
query-blok
blockdev-add drvier=raw
blockdev-add driver=rwa node-name=n0
blockdev-add driver=raw file.driver=file
blockdev-add driver=null-co size=big
migrate channels=[{'channel-type': 'main', 'addr': {'transport': 'socket', 'type': 'inet', 'host': 'h', 'prot': '1'}}]
migrate-set-parameters multifd-channels={}
device_add driver=no-such-device netdev=n0
";
    let (out, err) = text(&shell(&machine.path(), &["--verbose", "--json"], script));
    assert_eq!(
        err,
        "error: line 1: unknown command 'query-blok'; did you mean 'query-block'?\n\
         error: line 2: blockdev-add: drvier: unknown argument; did you mean 'driver'?\n\
         error: line 3: blockdev-add: driver: unknown value 'rwa'; did you mean 'raw'?\n\
         error: line 4: blockdev-add: file.filename: missing member\n\
         error: line 5: blockdev-add: size: expected an integer, found string 'big'\n\
         error: line 6: migrate: channels[0].addr.prot: unknown member; did you mean 'port'?\n\
         error: line 7: migrate-set-parameters: multifd-channels: expected an integer, \
         found an object\n"
    );
    // Arguments beyond the schema are the server's to judge.
    assert_eq!(out.len(), 2, "{out:?}");
    assert!(out[0].contains("\"netdev\": \"n0\"") && out[1].contains("no-such-device"), "{out:?}");
}

#[test]
fn the_human_monitor_is_passed_through() {
    let machine = Machine::start();
    let (out, err) = text(&shell(&machine.path(), &["-H"], "cpu 0\ninfo status\ncpu 9\n"));
    assert_eq!((out[0].as_str(), err.as_str()), ("VM status: paused (prelaunch)", ""));
    assert!(out[1].starts_with("error: GenericError: "), "{out:?}");
}

#[test]
fn an_agent_is_completed_by_its_own_list() {
    let agent = Agent::start();
    // The agent may take a moment to listen.
    drop(agent.client());
    let script = "guest-ping\nguest-pnig\nguest-exec path=/bin/true\n";
    let (out, err) = text(&shell(&agent.path("agent"), &["--agent"], script));
    assert_eq!(out[0], "ok");
    assert!(out[1].starts_with("pid: "), "{out:?}");
    assert_eq!(err, "error: line 2: unknown command 'guest-pnig'; did you mean 'guest-ping'?\n");
}

#[test]
fn a_server_of_this_project_is_completed_and_checked() {
    let fixture = Fixture::start();
    let script = "stop\n.wait STOP 60\nquery-status\nmigrate-set-capabilities capabilities=[{'capability': 'xbzrel', 'state': true}]\n";
    let (out, err) = text(&shell(&fixture.path(), &[], script));
    assert!(out[0].starts_with("event STOP at "), "{out:?}");
    assert_eq!(out[1..], ["ok", "status: \"paused\"", "running: false"]);
    assert_eq!(
        err,
        "error: line 4: migrate-set-capabilities: capabilities[0].capability: \
         unknown value 'xbzrel'; did you mean 'xbzrle'?\n"
    );
}

/// Returns the commands among the messages that a shell shows.
fn commands(output: &Output) -> Vec<Value> {
    let out = String::from_utf8_lossy(&output.stdout).replace("(QEMU) ", "").replace("TRANS> ", "");
    let messages = out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let commands =
        messages.filter(|message| message.get("execute").is_some()).map(|mut command| {
            // An empty object may be left out.
            command.as_object_mut().unwrap().entry("arguments").or_insert_with(|| json!({}));
            command
        });
    commands.collect()
}

#[test]
fn lines_mean_what_they_mean_to_pythons_shell() {
    // Python's shell takes dots in one argument only, the last: it puts what follows below it.
    let script = r#"query-status
x a=1 b=text c=true d=False e=1.5 f=null g=-5 h=+5 i=0x5 j=TRUE k=
x z=1 a.b.c=1
x a={'b':"c",'d':[1,None,True,false,null]}
x a={"b":"c d"} a.e=1
x a=["x",1.5,-1,[],{}]
x a=b'c d'e f=g=h
x a=18446744073709551615
transaction( x a=1 b={'c':1} )
transaction(
x a=1
y
)
transaction( )
x a=1 a=2
x a=1 a.b=2
x b
stop
"#;
    let machine = Machine::start();
    let home = tempfile::tempdir().unwrap();
    let mut theirs = python();
    theirs.args(["-m", "qemu.qmp.qmp_shell", "-v"]).arg(machine.path()).env("HOME", home.path());
    let theirs = commands(&run(&mut theirs, script));
    // Without a schema, since types would decide.
    let schema = home.path().join("empty.json");
    std::fs::write(&schema, "").unwrap();
    let options = ["--no-check", "--json", "--verbose", "--schema", schema.to_str().unwrap()];
    let ours = commands(&shell(&machine.path(), &options, script));
    assert_eq!(ours, theirs);
    assert_eq!(theirs.len(), 12, "{theirs:?}");
}
