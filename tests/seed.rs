//! `schema/migration.json` declares what the schema it was made from declares, but for `migrate`'s
//! `uri`.

use std::io;
use std::path::Path;

use qapi_parser::loader::Root;
use qapi_parser::{Options, dump, parse_sources};
use qapi_tests::folder;

/// The declarations of `migration.json` and what it needs; `migration` stands in for that file.
fn declarations(migration: Option<&str>) -> String {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let pragma = "{ 'pragma': { 'command-name-exceptions': [ 'migrate_cancel' ] } }\n";
    let files = |path: &Path| -> io::Result<Vec<u8>> {
        match migration {
            Some(text) if path.ends_with("migration.json") => Ok(text.as_bytes().to_vec()),
            _ => std::fs::read(path),
        }
    };
    let root = format!("{pragma}{{ 'include': 'migration.json' }}\n");
    let root = Root::Text { path: schema.join("root.json"), bytes: root.into_bytes() };
    let checked =
        parse_sources(&[root], &files, Options::default()).expect("a schema without errors");
    let text = dump(&checked.schema);
    text.split("\ndoc ").next().unwrap_or_default().to_owned()
}

#[test]
fn seed_schema_differs_only_in_uri() {
    let seed = folder("QAPI_SHARED").join("seeds/migration.definitions.txt");
    let seed = std::fs::read_to_string(&seed)
        .unwrap_or_else(|error| panic!("{}: {error}", seed.display()));
    let (ours, theirs) = (declarations(None), declarations(Some(&seed)));
    assert_eq!(ours.lines().count(), theirs.lines().count());
    let different: Vec<(&str, &str)> =
        ours.lines().zip(theirs.lines()).filter(|(ours, theirs)| ours != theirs).collect();
    assert_eq!(
        different,
        [("    member uri: str optional=True", "    member uri: str optional=False")]
    );
}
