//! Refusals in the words of QEMU 10.0.2.

use serde_json::json;

use crate::refused::{AT_DESTINATION, AT_SOURCE, differences, later};
use crate::vm::Vm;

const NONE: [&str; 0] = [];

#[test]
fn refusals_are_those_of_qemu() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Vm::engine(folder.path(), "source", &["-m", "4", "-S"]);
    assert_eq!(differences(&mut source, AT_SOURCE), NONE);
    later(&mut source);
    let mut target = Vm::engine(folder.path(), "target", &["-m", "4", "-incoming", "defer"]);
    assert_eq!(differences(&mut target, AT_DESTINATION), NONE);
    // None of them has changed anything.
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
}
