//! The form of messages: formats, order, summary, unprintable characters.

use serde_json::Value;

use crate::folder::{BAD, Folder, GOOD, Run};

/// Returns a schema with `count` style findings.
fn unstylish(count: usize) -> String {
    let lines = "# One sentence. Another.\n".repeat(count);
    format!("##\n# @Hue:\n#\n{lines}##\n{{ 'enum': 'Hue', 'data': [] }}\n")
}

/// Parses the findings of a run in JSON.
fn findings(run: &Run) -> Vec<Value> {
    run.err.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_fault_obeys_the_format() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("stale.rs", "// old\n");
    let faults: &[(&[&str], i32, &str, &str)] = &[
        (&["generate", "good.json", "--role", "y"], 2, "invalid-usage", "invalid value 'y'"),
        (
            &["generate", "good.json", "--select", "x*"],
            2,
            "unmatched-pattern",
            "matches no definition",
        ),
        (&["generate", "good.json", "--rename", "x"], 2, "invalid-option", "NAME=IDENTIFIER"),
        (
            &["generate", "good.json", "--conditions", "cfg", "--define", "A"],
            2,
            "conflicting-options",
            "cannot be combined",
        ),
        (&["generate", "good.json", "--check"], 2, "invalid-usage", "--out"),
        (&["generate", "good.json", "--check", "-o", "-"], 2, "invalid-usage", "--out"),
        (&["generate", "good.json", "--check", "-o", "stale.rs"], 1, "stale-file", "stale.rs"),
        (&["generate", "good.json", "-o", "no/out.rs"], 2, "input-output", "no/out.rs"),
        (&["expand", "good.json", "Color"], 2, "no-such-definition", "Color"),
        (&["check", "missing.json"], 2, "unreadable-schema", "missing.json"),
        (&["check"], 2, "invalid-usage", "<FILE>"),
        (&["check", "--stile", "good.json"], 2, "invalid-usage", "--stile"),
        (&["completions", "csh"], 2, "invalid-usage", "csh"),
        (&["diff", "missing.json", "good.json"], 2, "input-output", "missing.json"),
        (&["diff", "good.json", "good.json", "--select", "x*"], 2, "unmatched-pattern", "x*"),
        (&["introspect", "good.json", "--define", ""], 2, "invalid-option", "CONFIG_LINUX"),
        (&["diff", "good.json"], 2, "invalid-usage", "<NEW>"),
        (&["paint"], 2, "invalid-usage", "paint"),
        (&[], 2, "invalid-usage", "subcommand"),
    ];
    for (arguments, status, code, part) in faults {
        let run = folder.run(&[&["--message-format", "json"], *arguments].concat());
        assert_eq!((run.status, run.out.as_str()), (*status, ""), "{arguments:?}");
        let findings = findings(&run);
        assert_eq!(findings.len(), 1, "{arguments:?}: {}", run.err);
        assert_eq!(
            (&findings[0]["severity"], &findings[0]["file"]),
            (&"error".into(), &Value::Null)
        );
        assert_eq!(findings[0]["code"], *code, "{arguments:?}");
        let message = findings[0]["message"].as_str().expect("a message");
        assert!(message.contains(part), "{arguments:?}: {message}");

        let run = folder.run(&[&["--message-format=short"], *arguments].concat());
        assert_eq!((run.status, run.err.lines().count()), (*status, 1), "{}", run.err);
        assert!(run.err.starts_with("error: ") && run.err.contains(part), "{}", run.err);
    }
}

#[test]
fn a_fault_of_usage_has_hints() {
    let folder = Folder::new();
    let run = folder.run(&["check", "--stile", "x.json", "--message-format", "json"]);
    let findings = findings(&run);
    assert_eq!(findings[0]["message"], "unexpected argument '--stile' found");
    assert_eq!(findings[0]["hints"][0], "a similar argument exists: '--style'");
    let run = folder.run(&["check", "--stile", "x.json"]);
    assert!(run.err.contains("\nhint: usage: qapi check"), "{}", run.err);
}

#[test]
fn prints_the_help_without_a_verb() {
    let run = Folder::new().run(&[]);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    assert!(run.err.contains("introspect"), "{}", run.err);
}

#[test]
fn errors_come_last() {
    let folder = Folder::new();
    folder.file("bad.json", BAD);
    folder.file("style.json", &unstylish(2));
    for format in ["human", "short", "json"] {
        let arguments =
            ["check", "--style", "bad.json", "style.json", "missing.json", "--message-format"];
        let run = folder.run(&[&arguments[..], &[format]].concat());
        assert_eq!(run.status, 1);
        let places: Vec<_> = ["style.json:", "style.json\"", "bad.json", "missing.json"]
            .iter()
            .filter_map(|name| run.err.find(name))
            .collect();
        assert_eq!(places.len(), 3, "{}", run.err);
        assert!(places.is_sorted(), "{}", run.err);
    }
}

#[test]
fn many_findings_end_with_a_summary() {
    let folder = Folder::new();
    folder.file("bad.json", BAD);
    folder.file("style.json", &unstylish(19));
    let check = |arguments: &[&str]| folder.run(&[&["check", "--style"], arguments].concat());
    for format in ["human", "short"] {
        let run = check(&["bad.json", "style.json", "--message-format", format]);
        let last = run.err.lines().last();
        assert_eq!(last, Some("2 errors, 19 style findings in 2 files"), "{}", run.err);
    }
    let run = check(&["style.json"]);
    assert!(!run.err.contains("style findings"), "{}", run.err);
    folder.file("style.json", &unstylish(21));
    let run = check(&["style.json"]);
    assert_eq!(run.err.lines().last(), Some("21 style findings in 1 file"));
    let run = check(&["style.json", "--message-format", "json"]);
    assert_eq!(findings(&run).len(), 21);
    let run = folder.run(&["check", "style.json"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "style is off by default");
}

#[test]
fn every_verb_checks_style_on_request() {
    let folder = Folder::new();
    folder.file("style.json", &unstylish(1));
    for verb in [
        &["check", "style.json"][..],
        &["dump", "style.json"],
        &["list", "style.json"],
        &["introspect", "style.json"],
        &["generate", "style.json"],
        &["expand", "style.json", "Hue"],
        &["diff", "style.json", "style.json"],
    ] {
        let run = folder.run(verb);
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{verb:?}");
        let run = folder.run(&[verb, &["--style", "--message-format=short"]].concat());
        assert_eq!(run.status, 0);
        assert!(run.err.starts_with("style.json:4:15: style: "), "{verb:?}: {}", run.err);
        let run = folder.run(&[verb, &["--deny-warnings", "--message-format=short"]].concat());
        assert_eq!((run.status, run.out.as_str()), (1, ""));
        assert!(run.err.starts_with("style.json:4:15: error: "), "{verb:?}: {}", run.err);
    }
}

#[test]
fn errors_are_coloured_for_a_terminal() {
    let folder = Folder::new();
    folder.file("bad.json", BAD);
    let check = |format| -> Run {
        let mut command = folder.command(&["check", "bad.json", "--message-format", format]);
        command.env("CLICOLOR_FORCE", "1").output().expect("the program starts").into()
    };
    assert!(check("human").err.contains("\x1b[1;31merror\x1b[0m: "), "{}", check("human").err);
    assert!(!check("short").err.contains('\x1b'), "{}", check("short").err);
    assert!(!folder.run(&["check", "bad.json"]).err.contains('\x1b'));
}

#[cfg(unix)]
#[test]
fn unprintable_characters_are_escaped() {
    let folder = Folder::new();
    let name = "a\x1b[31m\nb\u{202e}.json";
    folder.file(name, "{ 'struct': 'S', 'data': { 'x': 'T\u{202e}' } } # \u{202e}\u{9b}\n");
    folder.file("root.json", "{ 'include': 'gone\u{202e}.json' }\n");
    folder.file("good.json", GOOD);
    let raw = |text: &str| text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}'));
    for arguments in [
        &["check", name][..],
        &["check", "root.json"],
        &["check", "missing\x1b\n\u{202e}.json"],
        &["generate", name, "--role", "\x1b\n\u{202e}"],
        &["introspect", name, "--\x1b\n\u{202e}"],
        &["generate", "good.json", "-o", "no/\x1b\n\u{202e}.rs"],
        &["generate", "good.json", "-o", "no/\x1b\n\u{202e}.rs", "--check"],
        &["expand", "good.json", "\x1b\n\u{202e}"],
    ] {
        for format in ["human", "short", "json"] {
            let run = folder.run(&[arguments, &["--message-format", format]].concat());
            assert_ne!(run.status, 0, "{arguments:?}");
            assert!(!raw(&run.err), "{arguments:?}: {:?}", run.err);
            assert!(format == "human" || run.err.lines().count() == 1, "{:?}", run.err);
        }
    }
    let run = folder.run(&["check", name, "--message-format=short"]);
    assert!(run.err.starts_with(r"a\u{1b}[31m\nb\u{202e}.json:1:"), "{}", run.err);
    let run = folder.run(&["generate", "good.json", "--role", "\u{202e}"]);
    assert!(run.err.contains(r"invalid value '\u{202e}'"), "{}", run.err);
    let run = folder.run(&["check", name]);
    assert!(run.err.contains("'T\u{fffd}' } } # \u{fffd}\u{fffd}"), "{}", run.err);
    let run = folder.run(&["check", name, "--message-format=json"]);
    assert_eq!(findings(&run)[0]["file"], name);

    let folder = Folder::new();
    folder.file(name, GOOD);
    let run = folder.run(&["list", name]);
    assert_eq!((run.out.lines().count(), raw(&run.out)), (3, false), "{:?}", run.out);
}
