//! Records of other formats and sizes in a store.

use super::*;

/// Saves a snapshot `t`. Returns the host and the path of its record beside the first disk.
fn saved(folder: &Path) -> (DiskHost, PathBuf) {
    write_disks(folder, 10);
    let host = both(folder);
    host.save("t", "d0", &["d0", "d1"]).unwrap();
    let store = super::super::Store::folder_of(&disks(folder)[0]);
    let mut files = std::fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    let record = files.find(|path| path.extension().is_some_and(|ending| ending == "json"));
    (host, record.unwrap())
}

#[test]
fn snapshots_without_a_format_are_loaded_and_later_formats_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (host, record) = saved(folder.path());
    let text = std::fs::read_to_string(&record).unwrap();
    assert!(text.starts_with(r#"{"format":1,"tag":"t","vm-state":true,"date-sec":"#), "{text}");
    write_disks(folder.path(), 20);
    std::fs::write(&record, r#"{"tag": "t", "vm-state": true, "date-sec": 1700000000}"#).unwrap();
    assert_eq!(host.load("t", "d0", &["d0", "d1"]), Ok(()));
    assert_eq!(fills(folder.path()), [10, 10]);

    write_disks(folder.path(), 20);
    std::fs::write(&record, text.replace("\"format\":1", "\"format\":2")).unwrap();
    let told = format!(
        "Could not access '{}': record of format 2, but this version reads format 1",
        record.display()
    );
    assert_eq!(host.load("t", "d0", &["d0", "d1"]), Err(told.clone()));
    assert_eq!(host.save("u", "d0", &["d0", "d1"]), Err(told.clone()));
    assert_eq!(host.delete("t", &["d0", "d1"]), Err(told));
    assert_eq!(fills(folder.path()), [20, 20]);
    assert_eq!(stored(folder.path()).len(), 5);
}

#[test]
fn records_are_read_and_written_up_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let (host, record) = saved(folder.path());
    // Much larger than the host's memory. A sparse file takes no room.
    std::fs::File::options().write(true).open(&record).unwrap().set_len(1 << 42).unwrap();
    let too_large = format!("Could not access '{}': larger than 1048576 bytes", record.display());
    assert_eq!(host.load("t", "d0", &["d0", "d1"]), Err(too_large));
    std::fs::remove_file(&record).unwrap();
    let error = host.save(&"t".repeat(1 << 20), "d0", &["d0"]).unwrap_err();
    assert!(error.ends_with(".new': larger than 1048576 bytes"), "{error}");
    assert_eq!(stored(folder.path()).len(), 4, "the failed operation leaves no file");
}
