//! The screens in `docs/screens`. `UPDATE_SCREENS=1` writes them anew.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::Folder;

/// A schema with errors in two of its definitions.
const SHOP: &str = "\
##
# = Shop
##

##
# @Colour:
#
# What is on sale.
#
# Since: 1.0
##
{ 'enum': 'Colour', 'data': [ 'red', 'blue' ] }

##
# @Paint:
#
# @colour: the colour
#
# Since: 1.0
##
{ 'union': 'Paint', 'base': { 'colour': 'Colour' },
  'discriminator': 'color',
  'data': { 'red': 'Pot' } }

##
# @paint:
#
# @wall: the wall
#
# Since: 1.0
##
{ 'command': 'paint', 'data': { 'wall': 'str', 'coats': 'integer' } }
";

const OLD: &str = "\
{ 'enum': 'Colour', 'data': [ 'red', 'green' ] }
{ 'command': 'paint', 'data': { 'colour': 'Colour', '*coats': 'int' } }
{ 'command': 'look', 'returns': 'Look' }
{ 'struct': 'Look', 'data': { 'colour': 'Colour', '*dry': 'bool' } }
{ 'event': 'DRY' }
";

const NEW: &str = "\
{ 'enum': 'Colour', 'data': [ 'red', 'green', 'blue' ] }
{ 'command': 'paint', 'data': { 'colour': 'Colour', 'coats': 'int' } }
{ 'command': 'look', 'returns': 'Look' }
{ 'struct': 'Look', 'data': { 'colour': 'Colour' } }
{ 'event': 'DRY', 'data': { 'after': 'number' } }
{ 'command': 'wash' }
";

/// Runs commands as a terminal shows them, both output streams in one, and compares the text with
/// the file.
fn compare(name: &str, commands: &[&str]) {
    let folder = Folder::new();
    for (file, text) in [("shop.json", SHOP), ("old.json", OLD), ("new.json", NEW)] {
        folder.file(file, text);
    }
    let mut text = String::new();
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"exec "$0" "$@" 2>&1"#, env!("CARGO_BIN_EXE_qapi")]);
        let output = shell.args(&arguments).current_dir(folder.path()).stdin(Stdio::null());
        let output = output.output().expect("the program starts");
        let status = output.status.code().expect("the program exits by itself");
        let shown = String::from_utf8(output.stdout).expect("UTF-8");
        text.push_str(&format!("$ qapi {command}\n{shown}[exit status {status}]\n\n"));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens").join(name);
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(&path, &text).expect("a writable file");
    }
    let kept = std::fs::read_to_string(&path).expect("the screen");
    assert!(kept == text, "{} differs; UPDATE_SCREENS=1 writes this:\n{text}", path.display());
}

#[test]
fn errors_of_a_schema() {
    compare(
        "qapi-check.txt",
        &["check shop.json", "check shop.json --message-format short", "check shpo.json"],
    );
}

#[test]
fn changes_between_schemas() {
    compare(
        "qapi-diff.txt",
        &[
            "diff old.json new.json",
            "diff old.json new.json --select paint --breaking --message-format short",
            "diff old.json new.json --select pant",
        ],
    );
}
