//! The table of refusals, checked with QEMU itself.

use crate::refused::{AT_DESTINATION, AT_SOURCE, differences, later};
use crate::vm::Vm;

const NONE: [&str; 0] = [];
const MACHINE: [&str; 4] = ["-machine", "none", "-m", "4"];

#[test]
fn the_table_holds_what_qemu_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Vm::qemu(folder.path(), "source", &[&MACHINE[..], &["-S"]].concat());
    assert_eq!(differences(&mut source, AT_SOURCE), NONE);
    later(&mut source);
    // QEMU takes no second address after one that it could not open.
    for refusal in AT_DESTINATION {
        let waiting = [&MACHINE[..], &["-incoming", "defer"]].concat();
        let mut target = Vm::qemu(folder.path(), "target", &waiting);
        assert_eq!(differences(&mut target, std::slice::from_ref(refusal)), NONE);
    }
}
