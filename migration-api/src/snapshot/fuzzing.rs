//! A property of intents: no content of a store's files changes anything outside the store, except
//! its image.

use std::fs;
use std::path::Path;

use super::store::Store;
use crate::block::Image;

/// Checks the property for an intent. The first byte selects the other files in the store.
pub fn check(bytes: &[u8]) {
    let [choice, intent @ ..] = bytes else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let store = root.join("disk.snapshots");
    let write = |path: &Path, content: &[u8]| fs::write(path, content).expect("a file");
    write(&root.join("disk"), b"image");
    write(&root.join("beside"), b"of others");
    fs::create_dir(&store).expect("a folder");
    for name in ["a", "b", "c.json", "d.memory"] {
        write(&store.join(name), b"{}");
    }
    write(&store.join("o.intent"), intent);
    if choice & 1 != 0 {
        write(&store.join("o.decided"), br#"{"format": 1, "images": []}"#);
    }
    if choice & 2 != 0 {
        // A decision in this store's folder, with a list of images.
        write(&store.join("p.decided"), intent);
    }
    let image = Image::open(&root.join("disk")).expect("an image").expect("a file");
    let opened = Store::existing(&image);
    let done = matches!(&opened, Ok(Some(_)));
    drop(opened);

    let names = |path: &Path| {
        let names = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file"));
        let mut names: Vec<_> = names.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    let beside = fs::read(root.join("beside")).expect("the file beside");
    assert_eq!(beside, b"of others");
    let mut expected = vec!["beside", "disk"];
    if store.exists() {
        expected.push("disk.snapshots");
    }
    assert_eq!(names(root), expected);
    if done && store.join("o.intent").exists() {
        // Postponed, because the decision may have been moved, so nothing was changed.
        assert_eq!(fs::read(root.join("disk")).expect("the image"), b"image");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutate::mutate;
    use crate::random::Random;

    #[test]
    fn intents_bear_damage() {
        let mut random = Random::new(0x1e7e);
        let seeds: [&[u8]; 4] = [
            br#"{"format": 1, "decision": "", "orphans": ["d.memory"],
                "steps": [{"rename": {"from": "a", "to": "b"}}, {"remove": "c.json"}]}"#,
            br#"{"format": 1, "decision": "", "steps": [{"replace": "d.memory"}], "orphans": []}"#,
            br#"{"format": 1, "decision": "/nowhere/x.snapshots/o.decided",
                "steps": [], "orphans": ["a", "../beside"]}"#,
            br#"{"format": 1, "images": ["../disk", "../beside", "/nowhere"]}"#,
        ];
        for seed in seeds {
            for choice in 0..100 {
                let mut bytes = [&[choice], seed].concat();
                for _ in 0..choice / 20 {
                    let at = 1 + random.below(bytes.len() - 1);
                    mutate(&mut random, &mut bytes, at);
                }
                check(&bytes);
            }
        }
    }
}
