//! The limits in SECURITY.md are those of the code.

use std::fs;
use std::path::Path;

/// The checkout.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Returns the text of all Rust files below a folder.
fn code(folder: &Path) -> String {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut text = String::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            text += &code(&path);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

/// Returns the rows of all tables of limits: name, value, folder.
fn rows(text: &str) -> Vec<[&str; 3]> {
    text.lines()
        .filter_map(|line| {
            let mut cells =
                line.strip_prefix("| `")?.split('|').map(|cell| cell.trim().trim_matches('`'));
            Some([cells.next()?, cells.next()?, cells.next()?])
        })
        .collect()
}

/// Returns true if a line of `code` sets `name` to `value`: a constant, a field or a default.
fn sets(code: &str, name: &str, value: &str) -> bool {
    code.lines().any(|line| {
        let constant =
            line.contains(&format!("const {name}:")) && line.ends_with(&format!("= {value};"));
        let field = format!("{name}: {value}");
        let end = line.find(&field).map(|at| &line[at + field.len()..]);
        constant || end.is_some_and(|rest| rest.starts_with([',', ' ']))
    })
}

#[test]
fn listed_limits_have_the_values_of_the_code() {
    let workspace = Path::new(WORKSPACE);
    let text = fs::read_to_string(workspace.join("SECURITY.md")).unwrap();
    let rows = rows(&text);
    assert!(rows.len() > 20, "{} rows", rows.len());
    for [name, value, folder] in rows {
        let code = code(&workspace.join(folder));
        assert!(sets(&code, name, value), "{folder} does not set {name} to {value}");
    }
}
