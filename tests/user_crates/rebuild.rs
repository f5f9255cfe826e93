//! A user's crate is built again when a file of its schema changes, included ones too, and only
//! then.

use crate::project::Project;

/// Builds after an edit to an included file, and after none.
fn check(project: &Project) {
    project.file(
        "root.json",
        "{ 'include': 'colour.json' }\n{ 'struct': 'Paint', 'data': { '*c': 'Colour' } }\n",
    );
    project.file("colour.json", "{ 'enum': 'Colour', 'data': [ 'red' ] }\n");
    project.build();
    assert!(!project.build(), "no edit, no build");
    project.file("colour.json", "{ 'enum': 'Colour', 'data': [ 'red', 'green' ] }\n");
    assert!(project.build(), "an edit to an included file is built");
    assert!(!project.build(), "and built once");
    project.file("src/lib.rs", &project.read("src/lib.rs").replace("Red", "Green"));
    assert!(project.build(), "the new value is there");
}

#[test]
fn a_build_script_runs_again_for_an_included_file() {
    let script = "fn main() -> Result<(), qapi_codegen::Error> {\n    \
                  qapi_codegen::Builder::new(\"root.json\").compile(\"api.rs\")?;\n    Ok(())\n}\n";
    let project = Project::with_build_script("with-build-script", script);
    let lib = "pub mod api {\n    include!(concat!(env!(\"OUT_DIR\"), \"/api.rs\"));\n}\n\
               pub const COLOUR: api::Colour = api::Colour::Red;\n";
    project.file("src/lib.rs", lib);
    check(&project);
}

#[test]
fn the_macro_is_expanded_again_for_an_included_file() {
    let project = Project::with_macro("with-macro");
    let lib = "pub mod api {\n    qapi::include_qapi!(\"root.json\");\n}\n\
               pub const COLOUR: api::Colour = api::Colour::Red;\n";
    project.file("src/lib.rs", lib);
    check(&project);
}
