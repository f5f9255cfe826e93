//! Generated code in a program that uses none of it: no warning of rustc, clippy or rustdoc.

use std::fs;
use std::path::Path;

use crate::project::{Project, WORKSPACE};

/// Names of files that need care to become names of modules, traits and functions.
const FILES: &[&str] =
    &["self.json", "2x.json", "схема.json", "漢字.json", "---.json", "async-x.json", "x.json"];

#[test]
fn modules_of_any_name_compile() {
    let files: String = FILES.iter().map(|file| format!(".file({file:?})")).collect();
    let script = format!(
        "fn main() -> Result<(), qapi_codegen::Error> {{\n    \
         qapi_codegen::Builder::new(\"root.json\"){files}.compile(\"api.rs\").map(drop)\n}}\n"
    );
    let project = Project::with_build_script("module-names", &script);
    project.file("root.json", "");
    for (number, file) in FILES.iter().enumerate() {
        project.file(file, &format!("{{ 'command': 'order-{number}' }}\n"));
    }
    let main = "\
mod api {
    include!(concat!(env!(\"OUT_DIR\"), \"/api.rs\"));
}

struct Deaf;

impl api::server::SelfCommands for Deaf {}
impl api::server::_2xCommands for Deaf {}
impl api::server::ModuleCommands for Deaf {}
impl api::server::Module2Commands for Deaf {}
impl api::server::Module3Commands for Deaf {}
impl api::server::AsyncXCommands for Deaf {}
impl api::server::X2Commands for Deaf {}

fn main() {
    let tables = api::server::commands::<Deaf>();
    let names = tables.iter().map(|table| table.len()).sum::<usize>();
    assert_eq!((tables.len(), names), (7, 7));
}
";
    project.file("src/main.rs", main);
    project.run();
    project.clean(&["clippy"]);
    project.clean(&["doc", "--no-deps"]);
}

#[test]
fn every_shape_is_clean_in_a_program() {
    let project = Project::with_macro("shapes");
    let snapshots = Path::new(WORKSPACE).join("qapi-codegen/tests/snapshots");
    let mut main = "#![allow(unexpected_cfgs)]\n".to_owned();
    let mut count = 0;
    for entry in fs::read_dir(snapshots).expect("the snapshots of qapi-codegen") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(shape) = name.strip_suffix(".snap.rs") else { continue };
        let module = shape.trim_start_matches("snapshots__").replace('-', "_");
        main.push_str(&format!("mod {module}_ {{\n    include!({path:?});\n}}\n"));
        count += 1;
    }
    assert!(count > 10, "{count} shapes");
    project.file("src/main.rs", &format!("{main}fn main() {{}}\n"));
    project.check();
    project.clean(&["clippy"]);
    project.clean(&["doc", "--no-deps"]);
}
