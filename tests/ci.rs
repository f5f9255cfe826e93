//! `.ci/run` names the tests that need a feature one by one, so that none runs twice: it names all.

use std::fs;
use std::path::Path;

/// The packages whose tests it names.
const PACKAGES: [&str; 3] = ["migration-api", "migration-api/programs", "tests"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the names of the tests in a manifest that need a feature which is off by default.
fn tests(manifest: &str) -> Vec<&str> {
    let list = |text: &'_ str, key: &str| -> Vec<String> {
        let rest = text.split_once(key).and_then(|(_, rest)| rest.split_once(']'));
        let names = rest.map_or("", |(list, _)| list).split(',');
        names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let default = list(manifest, "\ndefault = [");
    let sections = manifest.split("[[test]]").skip(1).filter_map(|rest| rest.split("\n[").next());
    let value = |section: &'_ str, key: &str| -> Option<(usize, usize)> {
        let start = section.find(key)? + key.len();
        Some((start, start + section[start..].find('\n').unwrap_or(section.len() - start)))
    };
    let mut names = Vec::new();
    for section in sections {
        let features = list(section, "required-features = [");
        if features.iter().any(|feature| !default.contains(feature)) {
            let (start, end) = value(section, "name = ").expect("a test has a name");
            names.push(section[start..end].trim_matches('"'));
        }
    }
    names
}

#[test]
fn each_test_with_a_feature_is_run() {
    let script = read(".ci/run");
    let words: Vec<&str> = script.split([' ', '(', ')', '\n']).collect();
    for package in PACKAGES {
        let manifest = read(&format!("{package}/Cargo.toml"));
        let tests = tests(&manifest);
        assert!(!tests.is_empty(), "{package}");
        for test in tests {
            let is_named = words.windows(2).any(|pair| pair == ["--test", test]);
            assert!(is_named, ".ci/run does not run the test {test} of {package}");
        }
    }
}
