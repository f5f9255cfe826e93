//! A second QEMU, named by `QAPI_QEMU`. All tests run again with it in a second process.

use std::path::PathBuf;
use std::process::Command;

/// Names the second QEMU.
const NAME: &str = "QAPI_QEMU";
/// Set in the process whose tests talk to the second QEMU.
const IN_USE: &str = "QAPI_QEMU_IN_USE";
/// The test that starts the process.
const TEST: &str = "second::all_tests_pass_with_the_second_qemu";

/// Returns the second QEMU in the process whose tests talk to it.
pub fn in_use() -> Option<PathBuf> {
    std::env::var_os(IN_USE).map(PathBuf::from)
}

#[test]
fn all_tests_pass_with_the_second_qemu() {
    let Some(qemu) = std::env::var_os(NAME).map(PathBuf::from) else {
        println!("{NAME} is not set: no second QEMU");
        return;
    };
    assert!(qemu.is_file(), "{NAME} names '{}', which is no file", qemu.display());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--skip", TEST]).env(IN_USE, &qemu);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "with {}:\n{text}", qemu.display());
    println!("with {}: {}", qemu.display(), text.lines().last().unwrap_or_default());
}
