//! Ends the engine: no client delays it, by unread replies or unfinished requests.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::vm::{Vm, connect};

/// Ten times the required limit for the process to end, as only a hang takes so long. QEMU takes
/// 10 ms.
const SOON: Duration = Duration::from_secs(1);
const MONITOR: &str = "unix:other,server=on,wait=off";

/// Starts an engine with a second monitor, whose client sends `text` and reads nothing.
fn start(folder: &Path, text: &str) -> (Vm, impl Sized + use<>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migration-engine"));
    command.current_dir(folder);
    let mut vm = Vm::start(command, folder, "engine", &["-S", "-qmp", MONITOR]);
    let mut other = connect(&folder.join("other"));
    other.get_mut().write_all(b"{'execute': 'qmp_capabilities'}").unwrap();
    other.get_mut().write_all(text.as_bytes()).unwrap();
    // Commands of all monitors are run one at a time, so the other's first ones have been run.
    vm.command("query-status", json!({}));
    std::thread::sleep(Duration::from_millis(50));
    (vm, other)
}

fn check_end(mut vm: Vm, how: &str, within: Duration) {
    let start = Instant::now();
    let end = start + Duration::from_secs(30);
    while vm.process.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "{how}: the engine has not ended");
        std::thread::sleep(Duration::from_millis(1));
    }
    let taken = start.elapsed();
    assert!(taken < within, "{how}: the engine took {taken:?} to end");
}

/// Replies of 10 kB or more each, in all more than a socket holds.
fn unread_replies() -> String {
    "{'execute': 'query-qmp-schema'}".repeat(100)
}

#[test]
fn clients_do_not_delay_the_end() {
    let folder = tempfile::tempdir().unwrap();
    for text in [&unread_replies(), "{'execute': 'query-status'", "{'execute': 'query-st", "tru"] {
        for how in ["quit", "SIGTERM"] {
            let (mut vm, _other) = start(folder.path(), text);
            if how == "quit" {
                vm.send("quit", json!({}));
            } else {
                let process = rustix::process::Pid::from_child(&vm.process);
                rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
            }
            check_end(vm, how, SOON);
        }
    }
}

#[test]
fn quit_behind_unread_replies_ends_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let (vm, _other) = start(folder.path(), &(unread_replies() + "{'execute': 'quit'}"));
    // The commands before `quit` are run first.
    check_end(vm, "quit", Duration::from_secs(10));
}
