//! Replays recorded migrations of QEMU to the program. It accepts the guest, answers as QEMU did,
//! and has the recorded memory.
//!
//! `QAPI_SHARED` names the folder with the captures.

#[path = "../../../../qemu-stream/tests/common/capture.rs"]
mod capture;
mod replay;
#[path = "../../../../qemu-stream/tests/common/shared.rs"]
mod shared;
#[path = "../common/vm.rs"]
#[allow(dead_code, reason = "shared with tests that ask for more")]
mod vm;

use std::path::{Path, PathBuf};

use capture::{Capture, each};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use vm::Vm;

/// Makes a folder in memory, which a guest's RAM needs for postcopy.
fn folder() -> TempDir {
    TempDir::new_in("/dev/shm").unwrap()
}

impl Capture {
    /// Returns the source's command line, changed for a destination whose RAM is `memory`. The
    /// engine accepts streams with and without a description, so it has no such option.
    fn arguments(&self, memory: &Path) -> Vec<String> {
        let mut words: Vec<&str> = self.command_line().collect();
        if let Some(at) = words.iter().position(|word| *word == "suppress-vmdesc=on") {
            words.drain(at - 1..=at);
        }
        let own = |word: &str| {
            let settings = word.split(',').map(|setting| match setting.strip_prefix("mem-path=") {
                Some(_) => format!("mem-path={}", memory.display()),
                None => setting.to_owned(),
            });
            settings.collect::<Vec<_>>().join(",")
        };
        words.into_iter().map(own).collect()
    }

    /// Makes `vm` listen with the settings of this migration. Returns the socket's path.
    fn expect(&self, vm: &mut Vm, folder: &Path) -> PathBuf {
        let known = vm.command("query-migrate-parameters", json!({}));
        let set = self.description["parameters"].as_object().unwrap().iter();
        let set: Map<String, Value> = set
            .filter(|(name, _)| known.get(name.as_str()).is_some())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        vm.command("migrate-set-parameters", set.into());
        let capabilities = self.description["capabilities"].as_object().unwrap();
        let on = capabilities.iter().filter(|capability| *capability.1 == true);
        vm.capabilities(&on.map(|capability| capability.0.as_str()).collect::<Vec<_>>());
        let socket = folder.join("incoming");
        vm.command("migrate-incoming", json!({"uri": format!("unix:{}", socket.display())}));
        socket
    }
}

impl Capture {
    /// Sends the whole capture to `vm`, and compares the answers.
    fn comes_in(&self, vm: &mut Vm, folder: &Path) {
        let socket = self.expect(vm, folder);
        let mut answers = vec![replay::begin(self, &socket).answers()];
        for again in self.role("main-recover") {
            vm.until_paused();
            let socket = folder.join("again");
            vm.command("migrate-recover", json!({"uri": format!("unix:{}", socket.display())}));
            answers.push(replay::again(again, &socket).answers());
        }
        vm.completes();
        let recorded: Vec<_> = self.role("return-path").map(replay::answers).collect();
        assert_eq!(answers, if recorded.is_empty() { vec![Vec::new()] } else { recorded });
    }
}

/// Starts an engine that waits for a guest.
fn waiting(folder: &Path, name: &str, arguments: &[String]) -> Vm {
    let arguments = arguments.iter().map(String::as_str).chain(["-S", "-incoming", "defer"]);
    Vm::engine(folder, name, &arguments.collect::<Vec<_>>())
}

/// Sends a capture to a machine like its source.
fn into_a_machine(capture: &Capture) {
    // Not in any release whose schema this project has.
    if capture.has("mapped-ram") {
        return;
    }
    let folder = folder();
    let memory = folder.path().join("memory");
    let mut vm = waiting(folder.path(), "machine", &capture.arguments(&memory));
    capture.comes_in(&mut vm, folder.path());
    for name in capture.blocks() {
        capture.check_memory(name, &std::fs::read(&memory).unwrap());
    }
}

/// Sends a capture to a relay, and from there to a machine like its source.
fn through_a_relay(capture: &Capture) {
    if capture.has("mapped-ram") {
        return;
    }
    let folder = folder();
    let memory = folder.path().join("memory");
    let arguments = capture.arguments(&memory);
    let uuid: Vec<String> =
        arguments.iter().skip_while(|word| *word != "-uuid").take(2).cloned().collect();
    let relay = [vec!["-machine".to_owned(), "relay".to_owned()], uuid].concat();
    let mut relay = waiting(folder.path(), "relay", &relay);
    capture.comes_in(&mut relay, folder.path());
    relay.command("migrate-set-parameters", json!({"max-bandwidth": 0}));
    let mut machine = waiting(folder.path(), "machine", &arguments);
    let socket = capture.expect(&mut machine, folder.path());
    relay.command("migrate", json!({"uri": format!("unix:{}", socket.display())}));
    relay.completes();
    machine.completes();
    for name in capture.blocks() {
        capture.check_memory(name, &std::fs::read(&memory).unwrap());
    }
}

impl Vm {
    /// Waits until a postcopy is paused.
    fn until_paused(&mut self) {
        let end = std::time::Instant::now() + vm::PATIENCE;
        loop {
            let info = self.command("query-migrate", json!({}));
            if info["status"] == "postcopy-paused" {
                return;
            }
            assert!(std::time::Instant::now() < end, "{info}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

#[test]
fn every_capture_comes_into_a_machine() {
    each(into_a_machine);
}

#[test]
fn every_capture_passes_through_a_relay() {
    each(through_a_relay);
}
