//! A client that yanks its own monitor is disconnected. The process continues, and serves the next
//! client.

use std::io::Read;

use super::*;
use crate::vm::connect;

#[test]
fn a_monitor_can_be_yanked() {
    let folder = tempfile::tempdir().unwrap();
    let mut vm = Vm::engine(folder.path(), "source", &["-m", "4"]);
    let monitor = json!({"type": "chardev", "id": "compat_monitor0"});
    assert_eq!(vm.command("query-yank", json!({})), json!([monitor]));
    let unknown = json!({"instances": [monitor, {"type": "chardev", "id": "other"}]});
    assert_eq!(vm.try_command("yank", unknown), Err("Instance not found".into()));
    assert_eq!(vm.status(), "running");
    vm.send("yank", json!({"instances": [monitor]}));
    // The reply may arrive or not.
    let mut rest = String::new();
    vm.replies.read_to_string(&mut rest).unwrap();
    vm.replies = connect(&folder.path().join("source.qmp"));
    vm.greet();
    assert_eq!(vm.status(), "running");
}
