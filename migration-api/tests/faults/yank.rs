//! Whoever yanks a monitor's own connection is cut off; the process goes on, and the next client is served.

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
    // The answer comes, or does not.
    let mut rest = String::new();
    vm.replies.read_to_string(&mut rest).unwrap();
    vm.replies = connect(&folder.path().join("source.qmp"));
    vm.greet();
    assert_eq!(vm.status(), "running");
}
