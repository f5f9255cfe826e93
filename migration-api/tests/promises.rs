//! Checks `PROMISES.md`: it has a row for every command, event, capability and parameter of
//! `migration.json`, the tests of each row exist, and so does the feature that a row needs.

use std::collections::BTreeSet;
use std::path::Path;

use qapi_parser::schema::{Schema, Type};
use qapi_parser::{Options, parse_file};

/// The folders with tests of the library and of the programs.
const FOLDERS: [&str; 3] = ["src", "tests", "programs/tests"];

/// A row of the table.
struct Row<'a> {
    kind: &'a str,
    name: &'a str,
    feature: &'a str,
    tests: Vec<&'a str>,
}

/// The names that rows may have.
struct Known {
    /// The schema's definitions by kind and name.
    promised: BTreeSet<(String, String)>,
    tests: BTreeSet<String>,
    features: BTreeSet<String>,
}

impl Known {
    fn read() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let schema = here.join("../schema/qapi-schema.json");
        let mut tests = BTreeSet::new();
        FOLDERS.iter().for_each(|folder| read_tests(&here.join(folder), &mut tests));
        Self {
            promised: promised(&parse_file(schema, Options::default()).unwrap().schema),
            tests,
            features: features(&read(&here.join("Cargo.toml"))),
        }
    }

    /// Lists the faults of a table.
    fn faults(&self, table: &str) -> Vec<String> {
        let rows = rows(table);
        let mut faults = Vec::new();
        let mut listed = BTreeSet::new();
        for row in &rows {
            let Row { kind, name, feature, tests } = row;
            if !listed.insert((kind.to_string(), name.to_string())) {
                faults.push(format!("{kind} {name}: a second row"));
            }
            if !feature.is_empty() && !self.features.contains(*feature) {
                faults.push(format!("{kind} {name}: unknown feature {feature}"));
            }
            for test in tests.iter().filter(|test| !self.tests.contains(**test)) {
                faults.push(format!("{kind} {name}: unknown test '{test}'"));
            }
        }
        let missing = self.promised.difference(&listed);
        faults.extend(missing.map(|(kind, name)| format!("{kind} {name}: no row")));
        let unknown = listed.difference(&self.promised);
        faults.extend(unknown.map(|(kind, name)| format!("{kind} {name}: not in the schema")));
        faults
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lists the schema's definitions by kind and name.
fn promised(schema: &Schema) -> BTreeSet<(String, String)> {
    let ours = |module| schema.module(module).name.ends_with("migration.json");
    let commands = schema.commands().iter().map(|command| ("command", &command.definition));
    let events = schema.events().iter().map(|event| ("event", &event.definition));
    let mut names: BTreeSet<(String, String)> = commands
        .chain(events)
        .filter(|(_, definition)| ours(definition.module))
        .map(|(kind, definition)| (kind.to_owned(), definition.name.to_string()))
        .collect();
    for (kind, name) in [("capability", "MigrationCapability"), ("parameter", "MigrationParameter")]
    {
        let Some(Type::Enum(values)) = schema.type_named(name).map(|ty| schema.ty(ty)) else {
            panic!("no enum {name}")
        };
        let values = values.values.iter();
        names.extend(values.map(|value| (kind.to_owned(), value.name.to_string())));
    }
    names
}

/// Lists the features in a manifest.
fn features(manifest: &str) -> BTreeSet<String> {
    let (_, section) = manifest.split_once("[features]\n").expect("features");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| Some(line.split_once(" = [")?.0.to_owned())).collect()
}

/// Adds the names of all functions below a folder that are tests.
fn read_tests(folder: &Path, tests: &mut BTreeSet<String>) {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            read_tests(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&path);
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for (at, line) in lines.iter().enumerate() {
                let mut attributes =
                    lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
                let name = line.strip_prefix("fn ").and_then(|rest| rest.split_once("()"));
                if let Some((name, _)) = name
                    && attributes.any(|line| *line == "#[test]")
                {
                    tests.insert(name.to_owned());
                }
            }
        }
    }
}

/// Lists the rows of all tables whose first cell is a kind.
fn rows(table: &str) -> Vec<Row<'_>> {
    let cells = table.lines().filter_map(|line| {
        let cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|');
        let cells: Vec<&str> = cells.map(|cell| cell.trim().trim_matches('`')).collect();
        <[&str; 5]>::try_from(cells).ok()
    });
    cells
        .filter(|[kind, ..]| matches!(*kind, "command" | "event" | "capability" | "parameter"))
        .map(|[kind, name, _, feature, tests]| Row {
            kind,
            name,
            feature,
            tests: tests.split(", ").map(|test| test.trim_matches('`')).collect(),
        })
        .collect()
}

#[test]
fn every_part_of_the_schema_has_a_row_with_tests_that_exist() {
    let table = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("PROMISES.md"));
    assert_eq!(Known::read().faults(&table), [""; 0]);
}

#[test]
fn faults_of_a_table_are_found() {
    let known = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    let known = Known {
        promised: BTreeSet::from([("event".into(), "A".into()), ("command".into(), "b".into())]),
        tests: known(&["shows_a", "shows_b"]),
        features: features("[features]\n# One.\nx = []\ny = [\"x\"]\n\n[dependencies]\nz = []\n"),
    };
    let a = "| event | `A` | with `x` | `x` | `shows_a`, `shows_b` |\n";
    let b = "| command | `b` | | | `shows_b` |\n";
    let faults = |table: &str| known.faults(table).join("; ");
    assert_eq!(faults(&format!("{a}{b}")), "");
    assert_eq!(faults(a), "command b: no row");
    assert_eq!(faults(&format!("{a}{b}{b}")), "command b: a second row");
    assert_eq!(
        faults(&format!("{a}{b}| event | `C` | | | `shows_a` |")),
        "event C: not in the schema"
    );
    let misspelt = a.replace("shows_a", "shows_c");
    assert_eq!(faults(&format!("{misspelt}{b}")), "event A: unknown test 'shows_c'");
    assert_eq!(faults(&format!("{a}{}", b.replace("`shows_b`", ""))), "command b: unknown test ''");
    assert_eq!(
        faults(&format!("{}{b}", a.replace("| `x` |", "| `z` |"))),
        "event A: unknown feature z"
    );
}
