//! A process of QEMU.

use std::cell::RefCell;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::vm::Vm;

/// The QEMU that every test uses.
pub const DEFAULT: &str = "qemu-system-x86_64";

thread_local! {
    static PROGRAM: RefCell<String> = RefCell::new(DEFAULT.into());
}

/// Runs `test` with another QEMU.
pub fn with_program<T>(program: &str, test: impl FnOnce() -> T) -> T {
    PROGRAM.set(program.into());
    let result = test();
    PROGRAM.set(DEFAULT.into());
    result
}

impl Vm {
    /// Starts QEMU: the default, or the one chosen by [`with_program`].
    pub fn qemu(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM.with_borrow(String::clone));
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
