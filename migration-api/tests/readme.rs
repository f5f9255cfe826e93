//! Checks that the README's table has a row for every feature that `migration.json` promises, and
//! that the tests of each row exist.

use std::collections::BTreeSet;
use std::path::Path;

use qapi_parser::schema::{Schema, Type};
use qapi_parser::{Options, parse_file};

/// One row: a kind, a name, and the tests.
struct Row<'a> {
    kind: &'a str,
    name: &'a str,
    tests: Vec<&'a str>,
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lists the schema's definitions by kind and name.
fn promised(schema: &Schema) -> BTreeSet<(&str, &str)> {
    let ours = |module| schema.module(module).name.ends_with("migration.json");
    let commands = schema.commands().iter().map(|command| ("command", &command.definition));
    let events = schema.events().iter().map(|event| ("event", &event.definition));
    let mut names: BTreeSet<(&str, &str)> = commands
        .chain(events)
        .filter(|(_, definition)| ours(definition.module))
        .map(|(kind, definition)| (kind, definition.name.as_str()))
        .collect();
    for (kind, name) in [("capability", "MigrationCapability"), ("parameter", "MigrationParameter")]
    {
        let Some(Type::Enum(values)) = schema.type_named(name).map(|ty| schema.ty(ty)) else {
            panic!("no enum {name}")
        };
        names.extend(values.values.iter().map(|value| (kind, value.name.as_str())));
    }
    names
}

/// Lists the rows of all tables whose first cell is a kind.
fn rows(readme: &str) -> Vec<Row<'_>> {
    let cells = readme.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
        Some((cells.next()?, cells.next()?, cells.next_back()?))
    });
    let rows = cells
        .filter(|(kind, ..)| matches!(*kind, "command" | "event" | "capability" | "parameter"));
    rows.map(|(kind, name, tests)| {
        let tests = tests.split(", ").map(|test| test.trim_matches('`')).collect();
        Row { kind, name: name.trim_matches('`'), tests }
    })
    .collect()
}

/// Returns true if a file, relative to this package, has a test function of that name.
fn has_test(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(here().join(file))
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let function = format!("fn {name}()");
    lines.iter().enumerate().any(|(at, line)| {
        let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        line.starts_with(&function) && attributes.into_iter().any(|line| *line == "#[test]")
    })
}

#[test]
fn every_part_of_the_schema_has_a_row() {
    let schema =
        parse_file(here().join("../schema/qapi-schema.json"), Options::default()).unwrap().schema;
    let readme = std::fs::read_to_string(here().join("README.md")).unwrap();
    let rows = rows(&readme);
    let listed: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.kind, row.name)).collect();
    let promised = promised(&schema);
    assert_eq!(
        promised.difference(&listed).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new(),
        "rows are missing"
    );
    assert_eq!(
        listed.difference(&promised).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new(),
        "rows of nothing"
    );
    assert_eq!(rows.len(), listed.len(), "a row is there twice");
}

#[test]
fn every_row_names_tests_that_exist() {
    let readme = std::fs::read_to_string(here().join("README.md")).unwrap();
    for Row { kind, name, tests } in rows(&readme) {
        assert!(!tests.is_empty(), "{kind} {name}");
        for test in tests {
            let (file, function) =
                test.split_once("::").unwrap_or_else(|| panic!("{kind} {name}: {test}"));
            assert!(has_test(file, function), "{kind} {name}: no test {function} in {file}");
        }
    }
}
