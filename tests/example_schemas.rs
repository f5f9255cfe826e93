//! The schemas of the examples in `qapi/`, compared with the releases that they are written for.

use std::fs;
use std::path::{Path, PathBuf};

use qapi_codegen::diff::{Interface, Verdict, diff};
use qapi_parser::schema::Schema;
use qapi_tests::trees::{Tree, trees};

/// A schema with the root that it is a part of, and the releases whose servers it fits: from the
/// first, and before the second.
struct Part {
    name: &'static str,
    root: &'static str,
    from: [u32; 2],
    before: [u32; 2],
}

const QMP: &str = "qapi/qapi-schema.json";
const AGENT: &str = "qga/qapi-schema.json";
const NEWEST: [u32; 2] = [u32::MAX, 0];

const PARTS: &[Part] = &[
    Part { name: "client", root: QMP, from: [7, 2], before: NEWEST },
    Part { name: "guest_agent", root: AGENT, from: [7, 2], before: NEWEST },
    Part { name: "hotplug", root: QMP, from: [7, 2], before: NEWEST },
    Part { name: "migrate", root: QMP, from: [7, 2], before: NEWEST },
    Part { name: "server", root: QMP, from: [7, 2], before: NEWEST },
    Part { name: "tokio_client", root: QMP, from: [7, 2], before: NEWEST },
    Part { name: "two_versions_10_0", root: QMP, from: [9, 0], before: NEWEST },
    Part { name: "two_versions_7_2", root: QMP, from: [7, 2], before: [9, 0] },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../qapi/examples/schema")
}

fn parse(path: &Path) -> Schema {
    let options = qapi_parser::Options::default();
    let checked = qapi_parser::parse_file(path, options);
    checked.unwrap_or_else(|error| panic!("{error}")).schema
}

/// Returns the changes that break a client of `part` at a server of `tree`.
fn breaking(part: &Part, tree: &Tree) -> Vec<String> {
    let own = parse(&folder().join(format!("{}.json", part.name)));
    let real = parse(&tree.path.join(part.root));
    let commands = own.commands().iter().map(|command| command.definition.name.clone());
    let events = own.events().iter().map(|event| event.definition.name.clone());
    let select: Vec<String> = commands.chain(events).collect();
    let interface = |schema| Interface::from_schema(schema, None);
    let changes = diff(&interface(&own), &interface(&real), &select).unwrap();
    let broken = changes.iter().filter(|change| change.verdict == Verdict::Breaking);
    broken.map(|change| format!("{}: {}", change.path, change.message)).collect()
}

fn releases() -> impl Iterator<Item = Tree> {
    trees().into_iter().filter(|tree| tree.name.starts_with("qemu-"))
}

#[test]
fn every_example_schema_fits_its_releases() {
    for tree in releases() {
        let version = tree.version();
        for part in PARTS {
            if version[..2] >= part.from[..] && version[..2] < part.before[..] {
                assert_eq!(breaking(part, &tree), [""; 0], "{} at {}", part.name, tree.name);
            }
        }
    }
}

#[test]
fn one_schema_does_not_fit_both_versions() {
    let part = |name: &str| PARTS.iter().find(|part| part.name == name).unwrap();
    let (older, newer) = (part("two_versions_7_2"), part("two_versions_10_0"));
    for tree in releases() {
        if tree.version()[..2] >= newer.from[..] {
            let broken = breaking(older, &tree);
            assert_eq!(broken.len(), 1, "{}: {broken:?}", tree.name);
            assert!(broken[0].contains("'singlestep' removed"), "{broken:?}");
        }
    }
}

#[test]
fn every_example_schema_is_compared() {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> =
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, PARTS.iter().map(|part| part.name).collect::<Vec<_>>());
}

/// Words of a text, without comment signs, markup and punctuation.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '-');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The length of a run of words that counts as copied.
const COPIED: usize = 7;

#[test]
fn the_documentation_is_our_own() {
    let newest = releases().max_by_key(Tree::version).unwrap();
    let theirs = comments(&newest);
    for part in PARTS {
        let own = fs::read_to_string(folder().join(format!("{}.json", part.name))).unwrap();
        for block in own.split("##").skip(1).step_by(2) {
            for run in words(block).windows(COPIED) {
                let run = format!(" {} ", run.join(" "));
                assert!(!theirs.contains(&run), "{}: {run}", part.name);
            }
        }
    }
}

/// The comments of a tree's schema files, as words.
fn comments(tree: &Tree) -> String {
    let mut text = String::from(" ");
    for folder in ["qapi", "qga"] {
        for entry in fs::read_dir(tree.path.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let file = fs::read_to_string(path).unwrap();
                for line in file.lines().filter(|line| line.starts_with('#')) {
                    text.extend(words(line).iter().map(|word| format!("{word} ")));
                }
            }
        }
    }
    text
}
