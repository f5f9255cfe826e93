//! `generate` and `expand`: whole files or none, the options and their faults.

use std::fs;

use crate::folder::{BAD, Folder, GOOD};

#[test]
fn rust_goes_to_standard_output_or_to_a_file() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let printed = folder.run(&["generate", "good.json"]);
    assert_eq!((printed.status, printed.err.as_str()), (0, ""));
    assert!(printed.out.contains("pub enum Colour {"), "{}", printed.out);
    let written = folder.run(&["generate", "good.json", "-o", "out.rs"]);
    assert_eq!((written.status, written.out.as_str(), written.err.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(folder.path().join("out.rs")).expect("the file"), printed.out);
    let names: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok).collect();
    assert_eq!(names.len(), 2, "nothing is left beside the file");
}

#[test]
fn an_unchanged_file_is_not_touched() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.run(&["generate", "good.json", "-o", "out.rs"]);
    let modified = || {
        fs::metadata(folder.path().join("out.rs")).and_then(|file| file.modified()).expect("a time")
    };
    let before = modified();
    assert_eq!(folder.run(&["generate", "good.json", "-o", "out.rs"]).status, 0);
    assert_eq!(modified(), before);
}

#[test]
fn permissions_stay_and_special_files_are_written_in_place() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("out.rs", "// old\n");
    let out = folder.path().join("out.rs");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o640)).expect("a file of ours");
    assert_eq!(folder.run(&["generate", "good.json", "-o", "out.rs"]).status, 0);
    assert_eq!(fs::metadata(&out).expect("the file").permissions().mode() & 0o777, 0o640);

    let piped = folder.run(&["generate", "good.json", "-o", "/dev/stdout"]);
    assert_eq!((piped.status, piped.out), (0, fs::read_to_string(&out).expect("the file")));
}

#[test]
fn check_compares_and_writes_nothing() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let check = ["generate", "good.json", "-o", "out.rs", "--check"];
    assert_eq!(folder.run(&check).status, 2, "there is nothing to compare with");
    assert!(!folder.path().join("out.rs").exists());
    folder.run(&["generate", "good.json", "-o", "out.rs"]);
    assert_eq!(folder.run(&check).status, 0);
    folder.file("out.rs", "// old\n");
    let stale = folder.run(&check);
    assert_eq!(stale.status, 1);
    assert!(stale.err.contains("'out.rs' differs"), "{}", stale.err);
    assert_eq!(fs::read_to_string(folder.path().join("out.rs")).expect("the file"), "// old\n");
    assert_eq!(folder.run(&["generate", "good.json", "--check"]).status, 2, "--check needs a file");
}

#[test]
fn nothing_is_written_for_a_bad_schema_or_a_bad_place() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("bad.json", BAD);
    folder.file("out.rs", "// old\n");
    let run = folder.run(&["generate", "bad.json", "-o", "out.rs", "--message-format", "short"]);
    assert_eq!((run.status, run.err.lines().count()), (1, 2), "{}", run.err);
    assert_eq!(fs::read_to_string(folder.path().join("out.rs")).expect("the file"), "// old\n");
    for place in ["no/such/folder/out.rs", "."] {
        let run = folder.run(&["generate", "good.json", "-o", place]);
        assert_eq!(run.status, 2, "{place}");
        assert!(run.err.contains("cannot write") && !run.err.contains("panicked"), "{}", run.err);
    }
}

#[test]
fn options_have_the_same_names_everywhere() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let run = folder.run(&[
        "generate",
        "good.json",
        "--select",
        "Colour",
        "--rename",
        "Colour.red=Scarlet",
        "--no-docs",
    ]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("Scarlet") && !run.out.contains("Paint"), "{}", run.out);
    let run =
        folder.run(&["generate", "good.json", "--role", "client", "--runtime-path", "crate::qmp"]);
    assert!(run.out.contains("crate::qmp::rt::") && !run.out.contains("mod server"), "{}", run.out);
    for (arguments, part) in [
        (["--role", "spectator"], "client, server, both"),
        (["--conditions", "some"], "all, none, features, cfg"),
        (["--rename", "Colour"], "option 'rename' takes NAME=IDENTIFIER"),
        (["--select", "no-such-*"], "matches no definition"),
        (["--select", "Color"], "did you mean 'Colour'?"),
        (["--open", "Colours"], "did you mean 'Colour'?"),
    ] {
        let run = folder.run(&["generate", "good.json", arguments[0], arguments[1]]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains(part), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn several_files_are_one_schema() {
    let folder = Folder::new();
    folder.file("first.json", "{ 'struct': 'Paint', 'data': { 'colour': 'Colour' } }\n");
    folder.file("second.json", "{ 'enum': 'Colour', 'data': [ 'red' ] }\n");
    let run = folder.run(&["generate", "first.json", "second.json", "--no-docs"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert!(run.out.contains("pub struct Paint") && run.out.contains("pub enum Colour"));
    let piped = folder.run_with(
        &["generate", "first.json", "-", "--no-docs"],
        "{ 'enum': 'Colour', 'data': [ 'red' ] }\n",
    );
    assert_eq!((piped.status, piped.out), (0, run.out));
    let run = folder.run(&["expand", "first.json", "second.json", "Colour"]);
    assert!(run.out.contains("Red") && !run.out.contains("Paint"), "{}{}", run.out, run.err);
    let run = folder.run(&["generate", "first.json"]);
    assert_eq!(run.status, 1, "one file alone is not the schema");
    let run = folder.run(&["generate", "-", "-"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("only one FILE can be standard input"), "{}", run.err);
}

#[test]
fn reports_colliding_names_at_their_place() {
    let folder = Folder::new();
    folder.file(
        "meet.json",
        "{ 'enum': 'Sign', 'data': [ 'a-b', 'a.b' ] }\n{ 'enum': 'Two', 'data': [ 'ab', 'a-b' ] }\n",
    );
    let run = folder.run(&["generate", "meet.json", "--message-format", "short"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(
        run.err.lines().all(|line| line.starts_with("meet.json:") && line.contains(": error: ")),
        "{}",
        run.err
    );
}

#[test]
fn expand_shows_one_definition() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let run = folder.run(&["expand", "good.json", "Colour"]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("pub enum Colour {") && !run.out.contains("Paint"), "{}", run.out);
    let run = folder.run(&["expand", "good.json", "paint"]);
    assert!(
        run.out.contains("trait GoodCommands") && !run.out.contains("pub enum Colour"),
        "{}",
        run.out
    );
    let run = folder.run(&["expand", "good.json", "Color"]);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    assert!(run.err.contains("did you mean 'Colour'?"), "{}", run.err);
}

#[test]
fn every_option_is_a_flag_and_documented() {
    let documented = fs::read_to_string("../docs/OPTIONS.md").expect("the options");
    let folder = Folder::new();
    let help = folder.run(&["generate", "--help"]).out;
    for info in qapi_codegen::Options::ALL {
        let flag = match info.kind {
            qapi_codegen::OptionKind::Switch => format!("--no-{}", info.name),
            _ => format!("--{}", info.name),
        };
        assert!(help.split_whitespace().any(|word| word == flag), "{flag}: {help}");
        assert!(documented.contains(&format!("`{}`", info.name)), "{}", info.name);
    }
}
