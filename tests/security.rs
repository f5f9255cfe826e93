//! The limits in SECURITY.md are those of the code.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the rows of all tables of limits: name, value, file.
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
    let text = read("SECURITY.md");
    let rows = rows(&text);
    assert!(rows.len() > 20, "{} rows", rows.len());
    for [name, value, file] in rows {
        assert!(sets(&read(file), name, value), "{file} does not set {name} to {value}");
    }
}
