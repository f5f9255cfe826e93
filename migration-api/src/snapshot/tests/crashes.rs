//! Kills a process between any two changes on disk. Its operation is complete afterwards, or
//! absent.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use super::super::crash;
use super::*;

const FOLDER: &str = "MIGRATION_API_TEST_FOLDER";
const OPERATION: &str = "MIGRATION_API_TEST_OPERATION";
const PLACE: &str = "MIGRATION_API_TEST_PLACE";

/// Runs in the process that is killed; not a test of its own.
#[test]
#[ignore = "run by the test below, as a process of its own"]
fn victim() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(folder), Some(operation)) = (variable(FOLDER), variable(OPERATION)) else { return };
    let host = both(Path::new(&folder));
    crash::after(variable(PLACE).unwrap().parse().unwrap());
    act(&host, &operation).unwrap();
}

fn act(host: &DiskHost, operation: &str) -> Result<(), String> {
    match operation {
        "save" => host.save("t", "d1", &["d0", "d1"]),
        "load" => host.load("t", "d1", &["d0", "d1"]),
        _ => host.delete("t", &["d0", "d1"]),
    }
}

/// Prepares the disks, kills the operation at a point, and recovers. Returns `false` if the
/// operation had fewer points.
fn kill(folder: &Path, operation: &str, place: usize) -> bool {
    write_disks(folder, 10);
    if operation != "save" {
        let host = both(folder);
        // Another snapshot, which must survive.
        host.save("other", "d0", &["d0"]).unwrap();
        host.save("t", "d1", &["d0", "d1"]).unwrap();
        write_disks(folder, 20);
    }
    let mut victim = Command::new(std::env::current_exe().unwrap());
    victim.args(["--exact", "snapshot::tests::crashes::victim", "--ignored"]);
    victim.env(FOLDER, folder).env(OPERATION, operation).env(PLACE, place.to_string());
    let output = victim.output().unwrap();
    if output.status.success() {
        return false;
    }
    assert_eq!(output.status.signal(), Some(9), "{operation} at {place}: {output:?}");
    // The next process may open both disks, or one after the other.
    match place % 3 {
        0 => both(folder).engine.recover_snapshots().unwrap(),
        first => {
            let names = if first == 1 { ["d0", "d1"] } else { ["d1", "d0"] };
            for name in names {
                host(folder, &[name], Vec::new(), false).engine.recover_snapshots().unwrap();
            }
        }
    }
    true
}

/// Kills an operation at each of its points, and calls `check` with the snapshot's existence.
/// Returns the number of points.
fn at_every_place(operation: &str, check: impl Fn(&Path, bool)) -> usize {
    for place in 1.. {
        let folder = tempfile::tempdir().unwrap();
        if !kill(folder.path(), operation, place) {
            return place - 1;
        }
        let files = stored(folder.path());
        let others = if operation == "save" { 0 } else { 3 };
        assert!([others, others + 5].contains(&files.len()), "{operation} at {place}: {files:?}");
        check(folder.path(), files.len() > others);
        // The next operation works in every case.
        let host = both(folder.path());
        if files.len() > others {
            host.load("t", "d1", &["d0", "d1"]).unwrap();
            assert_eq!(fills(folder.path()), [10, 10]);
            host.delete("t", &["d0", "d1"]).unwrap();
        } else {
            host.save("t", "d0", &["d0", "d1"]).unwrap();
        }
    }
    unreachable!("places run out")
}

#[test]
fn a_killed_save_leaves_a_snapshot_or_none() {
    let places = at_every_place("save", |folder, _| assert_eq!(fills(folder), [10, 10]));
    assert!(places > 20, "{places}");
}

#[test]
fn a_killed_load_leaves_all_disks_as_they_were_or_none() {
    let places = at_every_place("load", |folder, there| {
        assert!(there);
        let fills = fills(folder);
        assert!(fills == [10, 10] || fills == [20, 20], "{fills:?}");
    });
    assert!(places > 20, "{places}");
}

#[test]
fn a_killed_delete_leaves_the_snapshot_or_none() {
    let places = at_every_place("delete", |folder, _| assert_eq!(fills(folder), [20, 20]));
    assert!(places > 10, "{places}");
}
