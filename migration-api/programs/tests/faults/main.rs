//! Processes that die, hang or run out of space during a migration: the guest is never lost, and no
//! process hangs.

mod deaths;
mod ending;
mod multifd;
mod process;
mod storage;
mod waits;
mod yank;

#[path = "../../../../qemu-stream/tests/common/random.rs"]
mod random;
#[path = "../../../tests/common/relay.rs"]
#[allow(dead_code, reason = "shared with tests that cut the source off, too")]
mod relay;
#[path = "../common/vm.rs"]
mod vm;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use vm::Vm;

/// Size of the guest's memory in bytes, and the region that the workload dirties.
const SIZE: usize = 4 << 20;
const BUSY: std::ops::Range<usize> = 1 << 20..2 << 20;

/// A working guest in its own process, with a file as memory.
struct Source {
    vm: Vm,
    memory: PathBuf,
    /// Memory before the workload began.
    first: Vec<u8>,
}

impl Source {
    fn new(folder: &Path) -> Self {
        Self::run_by(Command::new(env!("CARGO_BIN_EXE_migration-engine")), folder)
    }

    /// Starts it by a command whose own arguments precede those of the engine.
    fn run_by(command: Command, folder: &Path) -> Self {
        let memory = folder.join("memory");
        let object =
            format!("memory-backend-file,id=ram,size=4M,mem-path={},share=on", memory.display());
        let arguments = ["-S", "-machine", "none,memory-backend=ram", "-object", &object];
        let workloads = [
            "-workload",
            "pattern,seed=5,zero=40",
            "-workload",
            "dirty,start=1M,end=2M,rate=20000",
        ];
        let mut vm = Vm::start(command, folder, "source", &[&arguments[..], &workloads].concat());
        let first = std::fs::read(&memory).unwrap();
        vm.command("cont", json!({}));
        Self { vm, memory, first }
    }

    fn migrate(&mut self, uri: &str) {
        self.vm.command("migrate", json!({"uri": uri}));
    }

    /// Waits for the end of a migration that cannot succeed. Checks that the guest runs on, and
    /// returns the error.
    fn fails(mut self) -> String {
        let info = self.vm.ends();
        assert_eq!(info["status"], "failed", "{info}");
        let reason =
            info["error-desc"].as_str().unwrap_or_else(|| panic!("no reason: {info}")).to_owned();
        self.stays_whole();
        reason
    }

    /// Checks that the guest runs, and that its memory holds the workload's changes only.
    fn stays_whole(mut self) {
        assert_eq!(self.vm.status(), "running");
        self.vm.command("stop", json!({}));
        let memory = std::fs::read(&self.memory).unwrap();
        assert_eq!(memory.len(), SIZE);
        assert!(memory[..BUSY.start] == self.first[..BUSY.start]);
        assert!(memory[BUSY.end..] == self.first[BUSY.end..]);
        // The workload adds 1 to a byte of each page in turn, so pages before a certain one have
        // one more than those after it.
        let pages = (BUSY.start..BUSY.end).step_by(4096);
        let raised: Vec<u8> =
            pages.clone().map(|at| memory[at].wrapping_sub(self.first[at])).collect();
        let behind = raised[raised.len() - 1];
        let turn = raised.partition_point(|&count| count != behind);
        assert!(raised[..turn].iter().all(|&count| count == behind.wrapping_add(1)), "{raised:?}");
        assert!(raised[turn..].iter().all(|&count| count == behind), "{raised:?}");
        for at in pages {
            assert!(memory[at + 1..at + 4096] == self.first[at + 1..at + 4096]);
        }
    }
}

/// Starts a process that waits for the guest.
fn target(folder: &Path, capabilities: &[&str]) -> Vm {
    let mut target = Vm::engine(folder, "target", &["-m", "4", "-incoming", "defer"]);
    target.capabilities(capabilities);
    target
}

/// Checks that neither process has panicked.
fn nobody_panicked(folder: &Path) {
    for name in ["source", "target"] {
        let log = std::fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
        assert!(!log.contains("panicked"), "{name}: {log}");
    }
}

/// Returns true if the process has a status that only the end of a migration sets.
fn is_over(info: &Value) -> bool {
    matches!(info["status"].as_str(), Some("completed" | "failed" | "cancelled"))
}
