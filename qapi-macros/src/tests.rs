//! The macro's output and its errors, on tokens.

use std::env;
use std::fs;

use proc_macro2::TokenStream;
use qapi_codegen::{Builder, Options, Role};

use crate::expand::expand;

const SCHEMA: &str = "../schema/qapi-schema.json";

fn expanded(input: &str) -> String {
    expand(input.parse().expect("tokens")).to_string()
}

/// The text of the compile error that `input` becomes.
fn error(input: &str) -> String {
    let output = expanded(input);
    assert!(output.contains("compile_error"), "{input} is no error: {:.200}", output);
    output
}

/// What a build script writes with the same options, as tokens.
fn built(options: Options) -> String {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = Builder::new(SCHEMA)
        .options(options.format(false))
        .out_dir(folder.path())
        .compile("api.rs")
        .expect("Rust");
    let text = fs::read_to_string(file).expect("the file that was written");
    text.parse::<TokenStream>().expect("tokens").to_string()
}

#[test]
fn the_macro_and_a_build_script_make_the_same() {
    let options = Options::new()
        .role(Role::Client)
        .docs(false)
        .select("query-*")
        .rename("MigrationInfo", "Info");
    for (input, options) in [
        (format!("{SCHEMA:?}"), Options::new()),
        (
            format!(
                "{SCHEMA:?}, role = client, docs = false, select = [\"query-*\"], rename = \"MigrationInfo=Info\","
            ),
            options,
        ),
    ] {
        let (macros, build) = (expanded(&input), built(options));
        let rest = macros.strip_prefix(&build).expect("the same tokens first");
        assert!(rest.trim().starts_with("const _ : & [u8]"), "then the files to watch: {rest}");
    }
}

#[test]
fn every_file_of_the_schema_is_watched() {
    let output = expanded(&format!("{SCHEMA:?}, select = \"quit\""));
    let folder = fs::canonicalize("../schema").expect("the folder");
    for file in fs::read_dir(folder).expect("a readable folder") {
        let path = file.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.ends_with(".json") {
            assert!(output.contains(&format!("/{name}\"")), "{name} is not watched");
        }
    }
}

#[test]
fn mistakes_in_the_arguments_say_what_is_right() {
    for (input, part) in [
        ("", "expected the path of a schema in quotes"),
        ("schema", "expected the path of a schema in quotes"),
        ("\"a.json\" role = client", "expected `,`"),
        ("\"a.json\", colour = red", "unknown option 'colour'"),
        ("\"a.json\", role = spectator", "client, server or both"),
        ("\"a.json\", docs = 1", "expected"),
        ("\"a.json\", select = [\"a\" \"b\"]", "expected `,`"),
    ] {
        let text = error(input);
        assert!(text.contains(part), "{input}: {text}");
    }
}

#[test]
fn a_schema_that_is_not_there_or_wrong_is_shown() {
    let text = error("\"no/such.json\"");
    assert!(text.contains("no/such.json"), "{text}");
    assert!(!text.contains("the schema has errors") && !text.contains("error: "), "{text}");

    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("wrong.json");
    fs::write(&path, "{ 'struct': 'Paint',\n  'data': { 'colour': 'Color' } }\n")
        .expect("a writable folder");
    let text = error(&format!("{path:?}"));
    for part in ["wrong.json:2:", "In struct 'Paint'", "'colour': 'Color'"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn options_that_fit_nothing_are_errors() {
    let text = error(&format!("{SCHEMA:?}, select = \"no-such-*\""));
    assert!(text.contains("'no-such-*' matches nothing"), "{text}");
}

#[test]
fn the_folder_is_that_of_the_crate() {
    // The tests rely on it: cargo runs them there.
    assert_eq!(env::current_dir().ok(), env::var_os("CARGO_MANIFEST_DIR").map(Into::into));
}
