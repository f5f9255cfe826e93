//! Two processes, each with a file as its guest's memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::vm::{PATIENCE, Vm};

/// Initial contents of memory: noise, with some zero pages.
pub const NOISE: &str = "pattern,seed=3,zero=30";

/// A source and a destination with 4 MiB of memory each. An arriving guest stays paused, so that it
/// can be compared.
pub struct Pair {
    pub folder: TempDir,
    pub source: Vm,
    pub target: Vm,
}

impl Pair {
    /// Starts a pair with this workload. The guest does not run yet.
    pub fn new(workload: &str) -> Self {
        Self::with(&["-workload", workload], &[])
    }

    /// Starts a pair with further arguments for either side.
    pub fn with(source: &[&str], target: &[&str]) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), source, target)
    }

    /// Starts a pair in a folder with files that the arguments name.
    pub fn in_folder(folder: TempDir, source: &[&str], target: &[&str]) -> Self {
        let start = |name: &str, more: &[&[&str]]| {
            let backend = backend(&memory(folder.path(), name));
            let mut arguments = vec!["-machine", "none,memory-backend=ram", "-object", &backend];
            arguments.extend(more.concat());
            Vm::engine(folder.path(), name, &arguments)
        };
        let source = start("source", &[&["-S", "-workload", NOISE], source]);
        let target = start("target", &[&["-S", "-incoming", "defer"], target]);
        Self { folder, source, target }
    }

    /// Sets capabilities on both sides.
    pub fn capabilities(&mut self, names: &[&str]) {
        self.source.capabilities(names);
        self.target.capabilities(names);
    }

    /// Sets parameters on both sides.
    pub fn parameters(&mut self, parameters: &Value) {
        for vm in [&mut self.source, &mut self.target] {
            vm.command("migrate-set-parameters", parameters.clone());
        }
    }

    /// Starts a migration over TCP.
    pub fn begin(&mut self) {
        self.target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
        let uri = self.target.address();
        self.source.command("migrate", json!({"uri": uri}));
    }

    /// Waits until the migration is complete on both sides, and compares memory.
    pub fn arrives(&mut self) {
        self.source.completes();
        self.target.completes();
        let [sent, came] = ["source", "target"].map(|name| self.memory(name));
        assert!(sent == came, "memory differs");
        assert!(sent.iter().any(|&byte| byte != 0));
    }

    /// Migrates and compares memory.
    pub fn migrates(&mut self) {
        self.begin();
        self.arrives();
    }

    /// Returns the memory of one side.
    pub fn memory(&self, name: &str) -> Vec<u8> {
        std::fs::read(memory(self.folder.path(), name)).unwrap()
    }
}

fn memory(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.memory"))
}

/// Returns the option for RAM in a file.
pub fn backend(file: &Path) -> String {
    format!("memory-backend-file,id=ram,size=4M,mem-path={},share=on", file.display())
}

impl Vm {
    /// Polls until the migration's figures satisfy a condition.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let info = self.command("query-migrate", json!({}));
            if is_so(&info) {
                return info;
            }
            assert!(Instant::now() < end, "{}: not {what}: {info}", self.name);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the migration is in this status.
    pub fn until_status(&mut self, status: &str) -> Value {
        self.until(status, |info| info["status"] == status)
    }

    /// Waits for an event, and returns it.
    pub fn until_event(&mut self, name: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(event) = self.events.iter().find(|event| event["event"] == name) {
                return event["data"].clone();
            }
            assert!(Instant::now() < end, "{}: no {name} among {:?}", self.name, self.events);
            std::thread::sleep(Duration::from_millis(10));
            self.status();
        }
    }

    /// Returns the names of the events so far, with the status or pass of those of a migration.
    pub fn told(&mut self) -> Vec<String> {
        self.status();
        let told = self.events.iter().map(|event| {
            let name = event["event"].as_str().unwrap();
            let data = &event["data"];
            match name {
                "MIGRATION" => data["status"].as_str().unwrap().to_owned(),
                "MIGRATION_PASS" => format!("pass {}", data["pass"]),
                _ => name.to_owned(),
            }
        });
        told.collect()
    }
}
