//! A process of QEMU.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::vm::Vm;

impl Vm {
    /// Starts QEMU.
    pub fn qemu(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("qemu-system-x86_64");
        command.args(["-nodefaults", "-display", "none"]);
        Self::start(command, folder, name, arguments)
    }

    /// Reads the beginning of its physical memory. QEMU only.
    pub fn memory(&mut self, folder: &Path, size: u64) -> Vec<u8> {
        let file = folder.join(format!("{}.memory", self.name));
        self.command("pmemsave", json!({"val": 0, "size": size, "filename": file}));
        std::fs::read(file).unwrap()
    }
}
