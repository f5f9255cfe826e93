//! Links and other special files in the place of files of a store.

use super::*;

#[test]
fn links_in_a_store_are_not_followed() {
    use std::os::unix::fs::symlink;
    let save = |folder: &Path| {
        write_disks(folder, 10);
        let host = both(folder);
        host.save("t", "d0", &["d0", "d1"]).unwrap();
        write_disks(folder, 20);
        host
    };
    for kind in ["json", "disk", "vmstate"] {
        let folder = tempfile::tempdir().unwrap();
        let host = save(folder.path());
        let secret = folder.path().join("secret");
        let store = folder.path().join("a/disk0.snapshots");
        let name = std::fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().path());
        let name = name.into_iter().find(|path| path.extension().is_some_and(|end| end == kind));
        let name = name.unwrap();
        // The link's target has the right content, but is outside the store.
        std::fs::rename(&name, &secret).unwrap();
        symlink(&secret, &name).unwrap();
        let error = host.load("t", "d0", &["d0", "d1"]).unwrap_err();
        let told =
            format!("Could not access '{}': symbolic links are not followed", name.display());
        assert_eq!(error, told);
        assert_eq!(fills(folder.path()), [20, 20], "{kind}: a disk was replaced");
        assert!(secret.exists());
    }
    // The folder itself.
    let folder = tempfile::tempdir().unwrap();
    let host = save(folder.path());
    let (store, away) = (folder.path().join("a/disk0.snapshots"), folder.path().join("away"));
    std::fs::rename(&store, &away).unwrap();
    symlink(&away, &store).unwrap();
    assert!(host.load("t", "d0", &["d0", "d1"]).is_err());
    assert!(host.save("u", "d0", &["d0", "d1"]).is_err());
    assert!(host.delete("t", &["d0", "d1"]).is_err());
    assert_eq!((fills(folder.path()), std::fs::read_dir(&away).unwrap().count()), ([20, 20], 3));
}

#[test]
fn an_intent_from_elsewhere_cannot_make_an_image_a_link() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let secret = folder.path().join("secret");
    std::fs::write(&secret, b"secret").unwrap();
    let disk = &disks(folder.path())[0];
    let store = folder.path().join("a/disk0.snapshots");
    std::fs::create_dir(&store).unwrap();
    std::os::unix::fs::symlink(&secret, store.join("x.content")).unwrap();
    let steps = r#"[{"replace": "x.content"}]"#;
    let intent = format!(r#"{{"format": 1, "decision": "", "steps": {steps}, "orphans": []}}"#);
    std::fs::write(store.join("o.intent"), intent).unwrap();
    std::fs::write(store.join("o.decided"), r#"{"format": 1, "images": []}"#).unwrap();
    let error = both(folder.path()).engine.recover_snapshots().unwrap_err().to_string();
    assert!(error.ends_with("x.content': symbolic links are not followed"), "{error}");
    assert!(disk.symlink_metadata().unwrap().is_file());
    assert_eq!(fills(folder.path()), [10, 10]);
    // A FIFO is refused as well, without waiting for its writer.
    std::fs::remove_file(store.join("o.intent")).unwrap();
    make_fifo(&store.join("o.intent"));
    let error = both(folder.path()).engine.recover_snapshots().unwrap_err().to_string();
    assert!(error.ends_with("o.intent': not a regular file"), "{error}");
}

#[test]
fn a_link_is_no_decision() {
    for linked in ["", "file", "folder"] {
        let folder = tempfile::tempdir().unwrap();
        write_disks(folder.path(), 10);
        let [_, disk] = disks(folder.path());
        let [store, other, away] = ["b/disk1.snapshots", "other", "away"].map(|name| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        });
        let decision = other.join("o.decided");
        std::fs::write(&decision, r#"{"format": 1, "images": []}"#).unwrap();
        let moved = match linked {
            "file" => Some(&decision),
            "folder" => Some(&other),
            _ => None,
        };
        if let Some(path) = moved {
            let target = away.join("target");
            std::fs::rename(path, &target).unwrap();
            std::os::unix::fs::symlink(&target, path).unwrap();
        }
        std::fs::write(store.join("x.content"), vec![22; 5000]).unwrap();
        let steps = r#"[{"replace": "x.content"}]"#;
        let (decision, orphans) = (decision.display(), r#"["x.content"]"#);
        let intent = format!(
            r#"{{"format": 1, "decision": "{decision}", "steps": {steps}, "orphans": {orphans}}}"#
        );
        std::fs::write(store.join("o.intent"), intent).unwrap();
        both(folder.path()).engine.recover_snapshots().unwrap();
        let expected = if linked.is_empty() { 22 } else { 12 };
        assert!(std::fs::read(disk).unwrap() == [expected; 5000], "linked: {linked}");
    }
}

#[test]
fn an_image_that_became_a_fifo_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    write_disks(folder.path(), 10);
    let host = both(folder.path());
    let disk = &disks(folder.path())[1];
    std::fs::remove_file(disk).unwrap();
    make_fifo(disk);
    let error = host.save("t", "d0", &["d0", "d1"]).unwrap_err();
    assert_eq!(error, format!("Could not access '{}': not a regular file", disk.display()));
    assert!(stored(folder.path()).is_empty());
}

fn make_fifo(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
}
