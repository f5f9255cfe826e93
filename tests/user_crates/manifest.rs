//! A build script that generates further code from the manifest.

use crate::project::Project;

/// The program: generated code, and the function that the build script adds to it.
const MAIN: &str = "\
mod api {
    include!(concat!(env!(\"OUT_DIR\"), \"/api.rs\"));
}
include!(concat!(env!(\"OUT_DIR\"), \"/check.rs\"));

fn main() {
    assert_eq!(check(\"paint\", r#\"{\"colour\": \"red\"}\"#), Some(Ok(())));
    let error = check(\"paint\", r#\"{\"colour\": \"rad\"}\"#).unwrap().unwrap_err();
    assert!(error.to_string().contains(\"rad\"), \"{error}\");
    assert_eq!(check(\"paint-all\", r#\"{\"type\": 1}\"#), Some(Ok(())));
    assert_eq!(check(\"dry\", \"{}\"), Some(Ok(())));
    assert!(check(\"paimt\", \"{}\").is_none());
}
";

#[test]
fn a_build_script_generates_further_code() {
    let script = include_str!("../../qapi-codegen/examples/build_script.rs");
    let project = Project::with_build_script("with-manifest", script);
    let schema = "\
{ 'enum': 'Colour', 'data': [ 'red' ] }
{ 'struct': 'Coat', 'data': { 'colour': 'Colour' } }
{ 'command': 'paint', 'data': 'Coat' }
{ 'command': 'paint-all', 'data': { 'type': 'int' } }
{ 'command': 'dry' }
";
    project.file("schema.json", schema);
    project.file("src/main.rs", MAIN);
    project.run();
}
