//! Commands that wait for something that never comes: other monitors answer, and the process ends.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::vm::Vm;

/// Longest time for a reply of another monitor and for the end of the process, with room for a
/// busy host.
const SOON: Duration = Duration::from_secs(2);

/// An engine with two monitors, the second of which is busy with a command.
struct Busy {
    vm: Vm,
    _monitor: UnixStream,
    _folder: tempfile::TempDir,
}

impl Busy {
    fn new(incoming: bool, command: &str, arguments: &dyn Fn(&str) -> serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
        let second = folder.path().join("second");
        let monitor = format!("unix:{},server=on,wait=off", second.display());
        let mut options = vec!["-S", "-qmp", &monitor];
        if incoming {
            options.extend(["-incoming", "defer"]);
        }
        let vm = Vm::engine(folder.path(), "busy", &options);
        let mut monitor = UnixStream::connect(&second).unwrap();
        let arguments = arguments(&fifo.display().to_string());
        let lines = [
            json!({"execute": "qmp_capabilities"}),
            json!({"execute": command, "arguments": arguments}),
        ];
        for line in lines {
            writeln!(monitor, "{line}").unwrap();
        }
        // Long enough for the command to begin to wait.
        std::thread::sleep(Duration::from_millis(200));
        Self { vm, _monitor: monitor, _folder: folder }
    }

    fn ends(mut self, began: Instant) {
        while self.vm.process.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < SOON, "it does not end: {}", self.vm.log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn others_go_on(incoming: bool, command: &str, arguments: &dyn Fn(&str) -> serde_json::Value) {
    let mut busy = Busy::new(incoming, command, arguments);
    let began = Instant::now();
    busy.vm.command("query-migrate", json!({}));
    busy.vm.command("stop", json!({}));
    if !incoming {
        busy.vm.command("cont", json!({}));
    }
    busy.vm.command("query-status", json!({}));
    busy.vm.command("quit", json!({}));
    busy.ends(began);

    let busy = Busy::new(incoming, command, arguments);
    let began = Instant::now();
    let pid = rustix::process::Pid::from_child(&busy.vm.process);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    busy.ends(began);
}

#[test]
fn device_state_in_a_fifo() {
    others_go_on(false, "xen-load-devices-state", &|fifo| json!({"filename": fifo}));
    others_go_on(false, "xen-save-devices-state", &|fifo| json!({"filename": fifo, "live": true}));
}

#[test]
fn a_migration_through_a_fifo_can_be_yanked() {
    let uri = |fifo: &str| json!({"uri": format!("file:{fifo}")});
    let yank = json!({"instances": [{"type": "migration"}]});
    let mut source = Busy::new(false, "migrate", &uri);
    let began = Instant::now();
    source.vm.command("yank", yank.clone());
    while source.vm.command("query-migrate", json!({}))["status"] != "failed" {
        assert!(began.elapsed() < SOON, "it does not fail: {}", source.vm.log());
        std::thread::sleep(Duration::from_millis(2));
    }

    // A destination ends the process when it fails.
    let mut target = Busy::new(true, "migrate-incoming", &uri);
    let began = Instant::now();
    target.vm.command("yank", yank);
    target.ends(began);
}

#[test]
fn a_migration_through_a_fifo() {
    others_go_on(false, "migrate", &|fifo| json!({"uri": format!("file:{fifo}")}));
    others_go_on(true, "migrate-incoming", &|fifo| json!({"uri": format!("file:{fifo}")}));
}
