//! A type name stands for one thing within a crate. Names that several files define are listed
//! here, each with its reason. Enums, structs, traits, unions and type aliases count, but for those
//! of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use syn::{Attribute, Item};

/// The folders of the crates' sources.
const CRATES: [&str; 9] = [
    "migration-api/src",
    "migration-api/programs/src",
    "qapi-parser/src",
    "qapi-codegen/src",
    "qapi-macros/src",
    "qapi/src",
    "qapi-cli/src",
    "qemu-stream/src",
    "tests/src",
];

/// The names that several files of a crate define.
const REPEATED: &[(&str, &[&str], &str)] = &[
    (
        "migration-api/src",
        &[
            "Colo",
            "ColoChannelError",
            "Decompression",
            "Hello",
            "Secondary",
            "Session",
            "SnapshotError",
        ],
        "one thing twice: with a feature and without",
    ),
    (
        "migration-api/programs/src",
        &["Trace"],
        "one thing twice: with feature `tracing` and without",
    ),
    (
        "qapi-parser/src",
        &["Branch", "Command", "Definition", "EnumValue", "Feature", "Member"],
        "one thing at two stages: as written (`ast`) and checked (`schema`)",
    ),
    ("qapi-parser/src", &["Grammar", "Rule"], "generated from the two grammars by pest"),
    (
        "qapi-codegen/src",
        &["Alternative"],
        "one thing at two stages: compared by `diff`, emitted by `emit`",
    ),
    ("qapi/src", &["Client", "Link"], "one thing twice: blocking and with tokio"),
];

/// The files that define each type of a crate, by the type's name.
type Definitions = BTreeMap<String, BTreeSet<PathBuf>>;

/// Collects the types that the files below `folder` define.
fn definitions(folder: &Path, found: &mut Definitions) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            definitions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let syntax = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            if !is_test(&syntax.attrs) && !path.ends_with("tests.rs") {
                add(&path, syntax.items, found);
            }
        }
    }
}

fn add(path: &Path, items: Vec<Item>, found: &mut Definitions) {
    for item in items {
        let name = match item {
            Item::Enum(item) => item.ident,
            Item::Struct(item) => item.ident,
            Item::Trait(item) => item.ident,
            Item::Type(item) => item.ident,
            Item::Union(item) => item.ident,
            Item::Mod(item) if !is_test(&item.attrs) => {
                add(path, item.content.map(|(_, items)| items).unwrap_or_default(), found);
                continue;
            }
            _ => continue,
        };
        found.entry(name.to_string()).or_default().insert(path.to_owned());
    }
}

/// Returns true for `#[cfg(test)]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
    })
}

/// Returns the names that more than one file below `folder` defines.
fn repeated(folder: &Path) -> BTreeMap<String, BTreeSet<PathBuf>> {
    let mut found = Definitions::new();
    definitions(folder, &mut found);
    found.retain(|_, files| files.len() > 1);
    found
}

#[test]
fn one_type_name_is_one_thing_in_a_crate() {
    for folder in CRATES {
        let listed = REPEATED.iter().filter(|(owner, ..)| *owner == folder);
        let listed: BTreeSet<&str> = listed.flat_map(|(_, names, _)| *names).copied().collect();
        let found = repeated(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder));
        let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, listed, "{folder}: {found:#?}");
    }
}

#[test]
fn finds_a_name_in_two_files_and_leaves_out_tests() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("a.rs", "pub struct Shape; enum Own {} mod inner { type Alias = u8; }");
    file("b.rs", "impl Iterator for X { type Own = u8; } #[cfg(test)] mod tests { struct Shape; }");
    let names = || repeated(folder.path()).into_keys().collect::<Vec<_>>();
    fs::create_dir(folder.path().join("tests")).unwrap();
    file("tests/mod.rs", "struct Shape;");
    assert!(names().is_empty());
    file("c.rs", "trait Shape {} struct Alias;");
    assert_eq!(names(), ["Alias", "Shape"]);
}
