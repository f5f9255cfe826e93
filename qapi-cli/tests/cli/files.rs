//! Files of every kind as roots, includes and outputs.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::folder::{Folder, GOOD, Run};

/// Makes a FIFO in the folder.
fn fifo(folder: &Folder, name: &str) {
    let made = Command::new("mkfifo").arg(folder.path().join(name)).status();
    assert!(made.expect("mkfifo").success());
}

#[test]
fn an_included_fifo_is_refused() {
    let folder = Folder::new();
    fifo(&folder, "fifo.json");
    for included in ["fifo.json", "/dev/zero", "link.json"] {
        folder.file("root.json", &format!("\n{{ 'include': '{included}' }}\n"));
        if included == "link.json" {
            symlink("fifo.json", folder.path().join(included)).expect("a link");
        }
        let run = folder.run(&["check", "root.json", "--message-format=short"]);
        assert_eq!(run.status, 1, "{included}");
        assert!(run.err.starts_with("root.json:2:"), "{}", run.err);
        assert!(run.err.ends_with(": not a regular file\n"), "{}", run.err);
    }
}

#[test]
fn a_source_tree_in_place_of_its_root_gets_a_hint() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("tree/qapi")).expect("a folder");
    let plain = folder.run(&["check", "tree"]);
    assert_eq!(plain.status, 2);
    assert!(!plain.err.contains("the root is"), "{}", plain.err);
    folder.file("tree/qapi/qapi-schema.json", GOOD);
    for arguments in
        [&["check", "tree"][..], &["check", "tree", "a.json"], &["diff", "tree", "tree"]]
    {
        let run = folder.run(arguments);
        assert_eq!(run.status, 2, "{}", run.err);
        assert!(run.err.contains("'tree' is a directory"), "{}", run.err);
        assert!(run.err.contains("the root is 'tree/qapi/qapi-schema.json'"), "{}", run.err);
    }
}

#[test]
fn a_root_may_be_a_pipe() {
    let folder = Folder::new();
    fifo(&folder, "fifo.json");
    folder.file("colour.json", "{ 'enum': 'Colour', 'data': [ 'red' ] }\n");
    let path = folder.path().join("fifo.json");
    let writer = std::thread::spawn(move || {
        fs::write(path, "{ 'include': 'colour.json' }\n{ 'command': 'a' }\n")
    });
    let run = folder.run(&["list", "fifo.json"]);
    writer.join().expect("a writer").expect("the pipe is read");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert_eq!(run.out.lines().count(), 2, "{}", run.out);
}

#[test]
fn paths_need_not_be_utf_8() {
    let folder = Folder::new();
    let name = OsStr::from_bytes(b"a\xff.json");
    let out = OsStr::from_bytes(b"o\xfe.rs");
    let run = |arguments: &[&str], paths: &[&OsStr]| -> Run {
        folder.command(arguments).args(paths).output().expect("the program starts").into()
    };
    let missing = run(&["check", "--message-format=short"], &[name]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains(r"'a\xff.json'"), "{}", missing.err);
    fs::write(folder.path().join(name), GOOD).expect("a file");
    for verb in ["check", "dump", "list", "introspect", "generate"] {
        let run = run(&[verb], &[name]);
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{verb}");
    }
    let written = run(&["generate", "-o"], &[out, name]);
    assert_eq!((written.status, written.out.as_str()), (0, ""), "{}", written.err);
    assert!(folder.path().join(out).exists());
    fs::write(folder.path().join(name), "{").expect("a file");
    let bad = run(&["check", "--message-format=short"], &[name]);
    assert!(bad.err.starts_with(r"a\xff.json:1:"), "{}", bad.err);
}

#[test]
fn a_full_device_fails_every_verb() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("empty.json", "");
    for arguments in [
        &["help"][..],
        &["--help"],
        &["--version"],
        &["help", "check"],
        &["check", "--help"],
        &["check", "--examples", "good.json"],
        &["dump", "good.json"],
        &["list", "good.json"],
        &["introspect", "good.json"],
        &["generate", "good.json"],
        &["generate", "good.json", "-o", "-"],
        &["generate", "good.json", "-o", "/dev/full"],
        &["expand", "good.json", "Colour"],
        &["diff", "good.json", "good.json"],
        &["completions", "bash"],
        &["diff", "empty.json", "good.json"],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("a full device");
        let run: Run = folder
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(full)
            .output()
            .expect("the program starts")
            .into();
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(run.err.contains("No space left on device"), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn writes_to_standard_output_for_a_dash() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let printed = folder.run(&["generate", "good.json"]);
    let run = folder.run(&["generate", "good.json", "-o", "-"]);
    assert_eq!((run.status, run.out), (0, printed.out));
    assert!(!folder.path().join("-").exists());
    folder.run(&["generate", "good.json", "-o", "./-"]);
    assert!(folder.path().join("-").is_file());
}

#[test]
fn symlinks_are_followed_to_a_missing_file() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("sub")).expect("a folder");
    symlink("sub/second.rs", at("first.rs")).expect("a link");
    symlink("target.rs", at("sub/second.rs")).expect("a link");
    for _ in 0..2 {
        let run = folder.run(&["generate", "good.json", "-o", "first.rs"]);
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        assert!(at("first.rs").is_symlink() && at("sub/second.rs").is_symlink());
        assert!(fs::read_to_string(at("sub/target.rs")).expect("the file").contains("enum Colour"));
        fs::write(at("sub/target.rs"), "// old\n").expect("the file");
    }
    symlink("loop.rs", at("loop.rs")).expect("a link");
    symlink("no/folder.rs", at("lost.rs")).expect("a link");
    for link in ["loop.rs", "lost.rs"] {
        let run = folder.run(&["generate", "good.json", "-o", link]);
        assert_eq!(run.status, 2);
        assert!(run.err.contains(&format!("cannot write '{link}'")), "{}", run.err);
        assert!(at(link).is_symlink());
    }
}

#[test]
fn only_a_regular_file_is_compared() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    fifo(&folder, "fifo.rs");
    let run = folder.run(&["generate", "good.json", "-o", "fifo.rs", "--check"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("'fifo.rs' is not a regular file"), "{}", run.err);
}

#[test]
fn help_into_a_closed_pipe_ends_without_a_message() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let run = Folder::new().command(&["--help"]).stdout(writer).output();
    let run = run.expect("the program starts");
    assert_eq!((run.status.code(), run.stderr.as_slice()), (Some(2), &b""[..]));
}

#[test]
fn the_output_replaces_no_file_of_the_schema() {
    let folder = Folder::new();
    let root = "{ 'include': 'part.json' }\n{ 'command': 'a' }\n";
    folder.file("root.json", root);
    folder.file("part.json", GOOD);
    symlink("part.json", folder.path().join("link.rs")).expect("a link");
    for out in ["root.json", "./part.json", "link.rs"] {
        let run = folder.run(&["generate", "root.json", "--out", out]);
        let message = format!("error: cannot write '{out}': it is a file of the schema\n");
        assert_eq!((run.status, run.err), (2, message));
    }
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!((text("root.json").as_str(), text("part.json").as_str()), (root, GOOD));
}
