//! `include_qapi!` in a user's crate: its place in the crate, and the places of its errors.

use crate::project::Project;

const SCHEMA: &str = "\
{ 'enum': 'Colour', 'data': [ 'red', { 'name': 'green', 'if': 'GREEN' } ] }
{ 'command': 'paint', 'data': { 'colour': 'Colour' }, 'if': 'PAINT' }
{ 'command': 'dry' }
";

fn project(name: &str, lib: &str) -> Project {
    let project = Project::with_macro(name);
    project.file("schema.json", SCHEMA);
    project.file("src/lib.rs", lib);
    project
}

/// Returns the first error, from its message to its place.
fn first_error(text: &str) -> String {
    let start = text.find("error").unwrap_or_else(|| panic!("no error: {text}"));
    let lines = text[start..].lines();
    let end = lines.clone().position(|line| line.trim_start().starts_with("--> "));
    lines.take(end.unwrap_or_else(|| panic!("no place: {text}")) + 1).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_module_has_room_for_one() {
    let lib = "\
pub mod one {
    qapi::include_qapi!(\"schema.json\");
    pub mod two {
        qapi::include_qapi!(\"schema.json\", role = client);
    }
}
pub fn paint() -> String {
    mod api {
        qapi::include_qapi!(\"schema.json\", role = client);
    }
    qapi::to_text(&api::commands::Paint::new(api::Colour::Red))
}
";
    project("macro-modules", lib).check();
}

#[test]
fn a_place_without_a_module_is_named() {
    let lib = "qapi::include_qapi!(\"schema.json\");\nqapi::include_qapi!(\"schema.json\");\n";
    let error = first_error(&project("macro-twice", lib).errors());
    assert!(error.contains("`include_qapi_needs_a_module_of_its_own` is defined"), "{error}");
    assert!(error.ends_with("src/lib.rs:2:1"), "{error}");

    let lib = "pub fn paint() {\n    qapi::include_qapi!(\"schema.json\");\n}\n";
    let error = project("macro-function", lib).errors();
    let part = "no `include_qapi_needs_a_module_of_its_own` in the root";
    let first = error.split("\n\n").find(|part| part.contains("error")).unwrap_or_default();
    assert!(first.contains(part) && first.contains("src/lib.rs:2:5"), "{error}");
}

#[test]
fn errors_point_at_their_values() {
    let lib = "qapi::include_qapi!(\n    \"schema.json\",\n    role = client,\n    \
               select = [\"dry\", \"piant\"],\n    rename = \"Colour.rad=Red\",\n);\n";
    let text = project("macro-select", lib).errors();
    let error = first_error(&text);
    assert!(error.starts_with("error: option 'select': 'piant' matches no definition"), "{error}");
    assert!(
        error.contains("did you mean 'paint'?") && error.ends_with("src/lib.rs:4:22"),
        "{error}"
    );
    assert_eq!(text.matches("error: ").count(), 2, "one error and cargo's summary: {text}");

    let lib = lib.replace("piant", "paint");
    let text = project("macro-rename", &lib).errors();
    let error = first_error(&text);
    assert!(error.contains("did you mean 'Colour.red'?") && error.ends_with("src/lib.rs:5:14"));

    let lib = "qapi::include_qapi!([\"schema.json\", \"absent.json\"]);\n";
    let error = first_error(&project("macro-absent", lib).errors());
    assert!(error.starts_with("error: can't read schema file '"), "{error}");
    assert!(error.contains("absent.json': ") && error.ends_with("src/lib.rs:1:37"), "{error}");
}

#[test]
fn rustc_points_at_lines_of_the_debug_file() {
    let lib = "qapi::include_qapi!(\"schema.json\", debug = \"out/api.rs\",\n    \
               type_attribute = \"Colour=#[derive(Absent)]\");\n";
    let project = project("macro-debug", lib);
    let error = first_error(&project.errors());
    let text = project.read("out/api.rs");
    let line = text.lines().position(|line| line.contains("Absent")).expect("the derive") + 1;
    assert!(error.contains("cannot find derive macro `Absent`"), "{error}");
    assert!(error.contains(&format!("out/api.rs:{line}:")), "line {line}: {error}");
    project.file("src/lib.rs", &lib.replace("derive(Absent)", "derive()"));
    project.check();
}

#[test]
fn conditions_as_cfgs_are_quiet_where_the_module_allows_them() {
    let lib = "\
#[allow(unexpected_cfgs)]
pub mod cfgs {
    qapi::include_qapi!(\"schema.json\", conditions = cfg);
}
#[allow(unexpected_cfgs)]
pub mod features {
    qapi::include_qapi!(\"schema.json\", conditions = features);
}
";
    project("macro-cfgs", lib).check();
    let text = project("macro-cfgs", &lib.replace("#[allow(unexpected_cfgs)]", "")).errors();
    for symbol in ["GREEN", "PAINT"] {
        assert_eq!(text.matches(&format!("condition name: `{symbol}`")).count(), 1, "{text}");
    }
}
