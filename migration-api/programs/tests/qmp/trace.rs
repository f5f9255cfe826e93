//! `-trace`.

use crate::pair::Pair;

#[test]
fn statuses_and_passes_are_traced_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace");
    let trace = format!("info,file={}", file.display());
    let mut pair = Pair::in_folder(folder, &["-trace", &trace], &[]);
    pair.migrates();
    let text = std::fs::read_to_string(file).unwrap();
    let has =
        |parts: &[&str]| text.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(has(&["INFO", "status", "from=setup", "to=active"]), "{text}");
    assert!(has(&["INFO", "attempt", "pass{number=1", "close"]), "{text}");
    assert!(has(&["status", "to=completed"]), "{text}");
}
