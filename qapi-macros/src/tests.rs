//! The macro's output and its errors, on tokens.

use std::env;
use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use qapi_codegen::{Builder, Options, Role};

use crate::expand::{expand, guard, root_at_fault};

const SCHEMA: &str = "../schema/qapi-schema.json";

fn expanded(input: &str) -> String {
    expand(input.parse().expect("tokens")).to_string()
}

/// The expansion of `input` without the guard that starts it.
fn code(input: &str) -> String {
    let output = expanded(input);
    let code = output.strip_prefix(&guard().to_string());
    code.unwrap_or_else(|| panic!("no guard: {output:.200}")).trim_start().to_owned()
}

/// The text of the compile error that `input` becomes.
fn error(input: &str) -> String {
    let output = expanded(input);
    assert!(output.contains("compile_error"), "{input} is no error: {:.200}", output);
    output
}

/// The output of a build script with the same options, as tokens.
fn built(roots: &[&str], options: Options) -> String {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let builder = roots[1..].iter().fold(Builder::new(roots[0]), Builder::file);
    let file = builder
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
        let (macros, build) = (code(&input), built(&[SCHEMA], options));
        let rest = macros.strip_prefix(&build).expect("the same tokens first");
        assert!(rest.trim().starts_with("const _ : & [u8]"), "then the files to watch: {rest}");
    }
}

#[test]
fn several_root_files_are_one_schema() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a writable folder");
        path.to_str().expect("UTF-8").to_owned()
    };
    let first = file("first.json", "{ 'struct': 'Paint', 'data': { 'colour': 'Colour' } }\n");
    let second = file("second.json", "{ 'enum': 'Colour', 'data': [ 'red' ] }\n");
    let output = code(&format!("[{first:?}, {second:?}], docs = false"));
    let build = built(&[&first, &second], Options::new().docs(false));
    let rest = output.strip_prefix(&build).expect("the same tokens first");
    assert!(rest.contains(&first) && rest.contains(&second), "both are watched: {rest}");

    let text = error(&format!("[{first:?}, \"no/such.json\"]"));
    assert!(text.contains("no/such.json") && !text.contains("first.json"), "{text}");
    assert!(error("[]").contains("or a list of such paths"));
}

#[test]
fn an_error_belongs_to_the_root_file_that_it_names() {
    let files = ["/s/a.json", "/s", "/s/b.json"].map(PathBuf::from);
    for (path, root) in [("/s/b.json", Some(2)), ("/s", Some(1)), ("/s/c.json", None)] {
        let message = format!("can't read schema file '{path}': Is a directory");
        assert_eq!(root_at_fault(&files, &message), root, "{path}");
    }
}

#[test]
fn the_code_can_be_included_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("new/api.rs");
    let output = code(&format!("{SCHEMA:?}, select = \"quit\", debug = {file:?}"));
    let included = format!("::core::include!({file:?});").parse::<TokenStream>().expect("tokens");
    let rest = output.strip_prefix(&included.to_string()).expect("an include");
    assert!(rest.trim().starts_with("const _ : & [u8]"), "then the files to watch: {rest}");
    let text = fs::read_to_string(&file).expect("the file");
    assert!(text.contains("\npub mod commands {\n"), "{text}");
    let direct = expanded(&format!("{SCHEMA:?}, select = \"quit\""));
    let text = text.parse::<TokenStream>().expect("tokens").to_string();
    assert!(direct.len() > text.len() && direct.contains("pub struct Quit"), "{direct}");

    let text = error(&format!("{SCHEMA:?}, debug = \"/dev/null/api.rs\""));
    assert!(text.contains("/dev/null"), "{text}");

    let root = folder.path().join("root.json");
    fs::write(&root, "{ 'command': 'a' }\n").expect("a file");
    let text = error(&format!("{root:?}, debug = {root:?}"));
    assert!(text.contains("it is a file of the schema"), "{text}");
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
        ("\"a.json\", colour = red", "unknown option 'colour'; expected one of select, role"),
        ("\"a.json\", colour = red", "format, debug"),
        ("\"a.json\", colour = red", "unstable_feature, docs, type_attribute"),
        ("\"a.json\", type_atribute = true", "did you mean 'type_attribute'?"),
        ("\"a.json\", rolle = client", "did you mean 'role'?"),
        ("\"a.json\", debug = true", "expected string literal"),
        ("\"a.json\", define = A, conditions = cfg", "cannot be combined with"),
        ("\"a.json\", role = client, role = server", "option 'role' is given twice"),
        ("\"a.json\", docs = [true, true]", "option 'docs' is given twice"),
        ("\"a.json\", debug = \"a\", debug = \"b\"", "option 'debug' is given twice"),
        ("\"a.json\", role = spectator", "client, server or both"),
        ("\"a.json\", docs = 1", "expected"),
        ("\"a.json\", select = [\"a\" \"b\"]", "expected `,`"),
        ("\"a.json\", select = []", "option 'select': an empty list sets nothing: give a value"),
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
    assert!(!text.contains("error: error: "), "{text}");
}

#[test]
fn options_that_fit_nothing_are_errors() {
    let text = error(&format!("{SCHEMA:?}, select = \"no-such-*\""));
    assert!(text.contains("'no-such-*' matches no definition of the schema"), "{text}");
    let text = error(&format!("{SCHEMA:?}, select = [\"migrat\", \"query-migrte\"]"));
    assert_eq!(text.matches("compile_error").count(), 2, "one at each value: {text}");
    for name in ["migrate", "query-migrate"] {
        assert!(text.contains(&format!("did you mean '{name}'?")), "{text}");
    }
}

#[test]
fn the_folder_is_that_of_the_crate() {
    // The tests rely on it: cargo runs them there.
    assert_eq!(env::current_dir().ok(), env::var_os("CARGO_MANIFEST_DIR").map(Into::into));
}
