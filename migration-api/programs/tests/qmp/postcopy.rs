//! Postcopy by its commands: the switch, a pause from either side, and the recovery.

use serde_json::{Value, json};

use crate::pair::Pair;

/// Starts a guest in postcopy, with almost no page sent without a request.
fn begun(capabilities: &[&str]) -> Pair {
    // The kernel supports no userfaultfd on files of a disk.
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut pair = Pair::in_folder(folder, &["-workload", "dirty,start=1M,end=3M,rate=20000"], &[]);
    pair.capabilities(&[&["postcopy-ram", "postcopy-blocktime"], capabilities].concat());
    let slow = json!({"max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 1});
    pair.source.command("migrate-set-parameters", slow);
    pair.source.command("cont", json!({}));
    pair.begin();
    pair.source.until_status("active");
    pair.source.command("migrate-start-postcopy", json!({}));
    pair.source.until_status("postcopy-active");
    pair.target.until_status("postcopy-active");
    pair
}

fn ends(mut pair: Pair) -> Value {
    pair.source.command("migrate-set-parameters", json!({"max-postcopy-bandwidth": 0}));
    pair.arrives();
    pair.target.command("query-migrate", json!({}))
}

#[test]
fn a_guest_goes_before_its_memory() {
    for preempt in [&[][..], &["postcopy-preempt"]] {
        let info = ends(begun(preempt));
        assert_eq!(info["postcopy-blocktime"], 0, "the guest does not run");
    }
}

#[test]
fn a_pause_is_ended_by_a_recovery() {
    for at_source in [true, false] {
        let mut pair = begun(&[]);
        let side = if at_source { &mut pair.source } else { &mut pair.target };
        side.command("migrate-pause", json!({}));
        for vm in [&mut pair.source, &mut pair.target] {
            vm.until_status("postcopy-paused");
        }
        let socket = format!("unix:{}", pair.folder.path().join("recovery").display());
        pair.target.command("migrate-recover", json!({"uri": socket}));
        pair.source.command("migrate", json!({"uri": socket, "resume": true}));
        for vm in [&mut pair.source, &mut pair.target] {
            vm.until_status("postcopy-active");
        }
        ends(pair);
    }
}
