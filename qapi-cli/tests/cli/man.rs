//! Manual pages, and the exit statuses that they share with the help and the README.

use crate::folder::{BAD, Folder, GOOD};

/// Returns the pairs of status and meaning in lines such as `  1  errors in a schema`.
fn statuses<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let pair = |line: &'a str| line.trim().split_once("  ");
    lines.map_while(pair).map(|(status, meaning)| (status.into(), meaning.into())).collect()
}

#[test]
fn exit_statuses_are_the_same_in_help_readme_and_manual() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]).out;
    let listed = statuses(help.split_once("Exit status:\n").expect("a list").1.lines());
    let numbers: Vec<_> = listed.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(numbers, ["0", "1", "2"]);

    let of_verb = folder.run(&["diff", "--help"]).out;
    assert!(of_verb.ends_with(help.split_once("Exit status:\n").expect("a list").1));

    let manual = folder.run(&["man"]).out;
    let section = manual.split_once(".SH \"EXIT STATUS\"\n").expect("a section").1;
    let expected: String = listed
        .iter()
        .map(|(status, meaning)| format!(".TP\n\\fB{status}\\fR\n{meaning}\n"))
        .collect();
    assert_eq!(section.replace("\\-", "-"), expected);

    let readme = include_str!("../../README.md");
    let section = readme.split_once("## Exit status\n").expect("a section").1;
    let expected: String =
        listed.iter().map(|(status, meaning)| format!("| {status} | {} |\n", meaning)).collect();
    assert!(section.contains(&expected), "{expected}");
}

#[test]
fn exit_statuses_are_as_documented() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("bad.json", BAD);
    folder.file("empty.json", "");
    folder.file("stale.rs", "");
    for (arguments, status) in [
        (&["check", "good.json"][..], 0),
        (&["diff", "good.json", "empty.json"], 0),
        (&["check", "bad.json"], 1),
        (&["generate", "good.json", "--out", "stale.rs", "--check"], 1),
        (&["diff", "good.json", "empty.json", "--breaking"], 1),
        (&["check", "missing.json"], 2),
        (&["check"], 2),
        (&["man", "chekc"], 2),
    ] {
        assert_eq!(folder.run(arguments).status, status, "{arguments:?}");
    }
}

#[test]
fn every_verb_has_a_manual_page() {
    let folder = Folder::new();
    let run = folder.run(&["man", "--out", "."]);
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let help = folder.run(&["--help"]).out;
    let verbs = help.split_once("Commands:\n").expect("verbs").1.split_once("\n\n").unwrap().0;
    let names = verbs.lines().filter(|line| !line.starts_with("    "));
    let names: Vec<_> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"check") && names.contains(&"man"), "{names:?}");
    for verb in names.iter().filter(|verb| **verb != "help") {
        let page = std::fs::read_to_string(folder.path().join(format!("qapi-{verb}.1")));
        let page = page.unwrap_or_else(|error| panic!("qapi-{verb}.1: {error}"));
        assert!(page.contains(".SH SYNOPSIS\n") && page.contains(".SH OPTIONS\n"), "{page}");
        assert_eq!(folder.run(&["man", verb]).out, page);
    }
    let page = std::fs::read_to_string(folder.path().join("qapi.1")).expect("qapi.1");
    assert!(page.contains(".TH QAPI 1") && page.contains("qapi\\-check(1)"), "{page}");
}

#[test]
fn an_unknown_verb_has_a_hint() {
    let run = Folder::new().run(&["man", "chekc"]);
    assert_eq!(run.err, "error: unknown verb 'chekc'\nhint: did you mean 'check'?\n");
}
