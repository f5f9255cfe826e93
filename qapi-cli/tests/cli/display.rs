//! `--color`, `--quiet` and the environment that decides about colours.

use std::process::Stdio;

use crate::folder::{BAD, Folder, GOOD, Run};

const RED_ERROR: &str = "\x1b[1;31merror\x1b[0m: ";

/// Runs the program with its streams in pipes.
fn run(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = folder.command(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    command.output().expect("the program starts").into()
}

#[test]
fn color_overrides_the_environment() {
    let folder = Folder::new();
    folder.file("bad.json", BAD);
    let no_color: &[_] = &[("NO_COLOR", "1")];
    let forced: &[_] = &[("CLICOLOR_FORCE", "1")];
    for (option, environment, coloured) in [
        (None, &[][..], false),
        (None, forced, true),
        (Some("auto"), forced, true),
        (Some("auto"), no_color, false),
        (Some("always"), &[], true),
        (Some("always"), no_color, true),
        (Some("never"), forced, false),
    ] {
        let mut arguments = vec!["check", "bad.json"];
        arguments.extend(option.iter().flat_map(|when| ["--color", when]));
        let run = run(&folder, &arguments, environment);
        assert_eq!(run.status, 1);
        assert_eq!(run.err.contains(RED_ERROR), coloured, "{option:?} {environment:?}");
        assert_eq!(run.err.contains('\x1b'), coloured, "{option:?} {environment:?}");
    }
}

#[test]
fn wrong_arguments_and_help_obey_color() {
    let folder = Folder::new();
    let wrong = run(&folder, &["check", "--color=always", "--wrong"], &[]);
    assert!(wrong.status == 2 && wrong.err.starts_with(RED_ERROR), "{}", wrong.err);
    let plain = run(&folder, &["check", "--wrong"], &[("CLICOLOR_FORCE", "1")]);
    assert!(plain.err.starts_with(RED_ERROR), "{}", plain.err);
    assert!(run(&folder, &["--color", "always", "--help"], &[]).out.contains('\x1b'));
    assert!(
        !run(&folder, &["--color", "never", "--help"], &[("CLICOLOR_FORCE", "1")])
            .out
            .contains('\x1b')
    );
}

#[test]
fn verdicts_are_coloured() {
    let folder = Folder::new();
    folder.file("old.json", "{ 'command': 'a' }\n{ 'command': 'b' }\n");
    folder.file("new.json", "{ 'command': 'b' }\n");
    let diff = |when| run(&folder, &["diff", "old.json", "new.json", "--color", when], &[]).out;
    assert!(diff("always").contains("\x1b[1;31mbreaking\x1b[0m: command removed"));
    assert!(diff("never").contains("\n  breaking: command removed"));
    // Names come from files and may hold escape sequences of their own.
    folder.file(
        "reply.json",
        r#"[{"name": "a\u001b[5m", "meta-type": "command",
        "arg-type": "0", "ret-type": "0"}, {"name": "0", "meta-type": "object", "members": []}]"#,
    );
    let run = run(&folder, &["diff", "reply.json", "new.json", "--color", "always"], &[]);
    assert!(!run.out.contains("\x1b[5m") && run.out.contains("a\\u{1b}[5m"), "{}", run.out);
}

#[test]
fn quiet_prints_errors_and_products_only() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("bad.json", BAD);
    folder.file("style.json", "##\n# @a:\n#\n# One. Two.\n##\n{ 'command': 'a' }\n");
    folder.file("empty.json", "{ 'command': 'a' }\n");
    let style = ["check", "style.json", "--style"];
    assert!(run(&folder, &style, &[]).err.contains("style: "));
    let silent = (0, String::new(), String::new());
    let quiet = |arguments: &[&str]| {
        let run = run(&folder, &[arguments, &["--quiet"]].concat(), &[]);
        (run.status, run.out, run.err)
    };
    assert_eq!(quiet(&style), silent);
    assert_eq!(quiet(&["check", "--examples", "good.json"]), silent);
    assert_eq!(quiet(&["diff", "good.json", "empty.json"]), silent);
    assert_eq!(quiet(&["diff", "good.json", "empty.json", "--breaking"]).0, 1);
    let (status, out, err) = quiet(&["check", "bad.json"]);
    assert!(status == 1 && out.is_empty() && err.contains("error: "), "{err}");
    let listed = run(&folder, &["list", "good.json"], &[]).out;
    assert_eq!(quiet(&["list", "good.json"]), (0, listed, String::new()));
}
