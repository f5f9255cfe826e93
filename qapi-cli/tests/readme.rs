//! The session in the README of this package, typed again and compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the first code block of a language.
fn block<'a>(readme: &'a str, language: &str) -> &'a str {
    let (_, rest) = readme.split_once(&format!("```{language}\n")).expect(language);
    rest.split_once("```").expect("the end of the block").0
}

/// Runs the commands of a session in `folder`, and returns it with what they print.
fn retyped(session: &str, folder: &Path) -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_qapi"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut typed = String::new();
    for command in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder)
            .env("PATH", &path)
            .output()
            .unwrap();
        typed += &format!("$ {command}\n");
        typed += &String::from_utf8(output.stderr).unwrap();
        typed += &String::from_utf8(output.stdout).unwrap();
    }
    typed
}

#[test]
fn the_session_prints_what_the_readme_shows() {
    let readme = fs::read_to_string("README.md").unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.json"), block(&readme, "json")).unwrap();
    let session = block(&readme, "console");
    assert_eq!(retyped(session, folder.path()), session);
}
