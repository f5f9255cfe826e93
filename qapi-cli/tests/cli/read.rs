//! The verbs that only read: their output and exit status.

use serde_json::json;

use crate::folder::{BAD, Folder, GOOD};

#[test]
fn prints_nothing_for_a_valid_schema() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let run = folder.run(&["check", "good.json"]);
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn every_error_is_reported_a_line_each() {
    let folder = Folder::new();
    folder.file("bad.json", BAD);
    for arguments in [
        ["--message-format", "short", "check", "bad.json"],
        ["check", "--message-format", "short", "bad.json"],
    ] {
        let run = folder.run(&arguments);
        assert_eq!((run.status, run.out.as_str()), (1, ""));
        let lines: Vec<&str> = run.err.lines().collect();
        assert_eq!(lines.len(), 2, "{}", run.err);
        assert!(
            lines[0].starts_with("bad.json:1:") && lines[0].contains(": error: "),
            "{}",
            run.err
        );
        assert!(
            lines[1].starts_with("bad.json:2:") && lines[1].contains(": error: "),
            "{}",
            run.err
        );
    }
}

#[test]
fn human_format_has_the_line_the_context_and_a_hint() {
    let folder = Folder::new();
    folder.file(
        "bad.json",
        "{ 'enum': 'Colour', 'data': [] }\n{ 'struct': 'Paint', 'data': { 'c': 'Color' } }\n",
    );
    let run = folder.run(&["check", "bad.json"]);
    assert_eq!(run.status, 1);
    for part in ["bad.json:2:", "In struct 'Paint'", "{ 'struct': 'Paint', 'data'", "^", "'Colour'"]
    {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
}

#[test]
fn definitions_are_listed_as_json_objects() {
    let folder = Folder::new();
    folder.file("good.json", "{ 'event': 'DRY' }\n\n{ 'enum': 'Colour', 'data': [] }\n");
    let run = folder.run(&["list", "good.json", "--message-format", "json"]);
    let lines: Vec<serde_json::Value> =
        run.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let expected = [
        json!({ "kind": "event", "name": "DRY", "file": "good.json", "line": 1 }),
        json!({ "kind": "enum", "name": "Colour", "file": "good.json", "line": 3 }),
    ];
    assert_eq!((run.status, lines.as_slice()), (0, expected.as_slice()));
}

#[test]
fn faults_of_examples_are_reported_and_counted() {
    let documented = |uri: &str| {
        format!(
            "##\n# @fetch:\n#\n# @key: k\n#\n# Example:\n#\n\
             # -> {{ \"execute\": \"fetch\", \"arguments\": {{ \"key\": {uri} }} }}\n\
             # <- {{ ... }}\n##\n{{ 'command': 'fetch', 'data': {{ 'key': 'str' }} }}\n"
        )
    };
    let folder = Folder::new();
    folder.file("right.json", &documented("\"a\""));
    folder.file("wrong.json", &documented("1"));
    let run = folder.run(&["check", "wrong.json"]);
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let run =
        folder.run(&["--message-format=short", "check", "--examples", "wrong.json", "right.json"]);
    assert_eq!(run.status, 1);
    assert_eq!(
        run.out,
        "wrong.json: 1 example checked, 1 elided, 0 without their request, 1 fault\n\
         right.json: 1 example checked, 1 elided, 0 without their request, 0 faults\n"
    );
    assert_eq!(run.err, "wrong.json:8:50: error: arguments.key: expected string, found number\n");
    let run = folder.run(&["--message-format=json", "check", "--examples", "right.json"]);
    let counts: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!((run.status, &counts["checked"], run.err.as_str()), (0, &1.into(), ""));
}

#[test]
fn json_format_has_an_object_a_line() {
    let folder = Folder::new();
    folder.file("bad.json", BAD);
    let run = folder.run(&["check", "bad.json", "--message-format", "json"]);
    assert_eq!((run.status, run.out.as_str(), run.err.lines().count()), (1, "", 2));
    for line in run.err.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        for key in
            ["file", "line", "column", "end_line", "end_column", "severity", "code", "message"]
        {
            assert!(!object[key].is_null(), "{key}: {line}");
        }
        assert!(
            object["context"].is_string()
                && object["hints"].is_array()
                && object["includes"].is_array()
        );
    }
}

#[test]
fn json_format_labels_the_error_in_its_definition() {
    let folder = Folder::new();
    folder.file("bad.json", "{ 'struct': 'Paint',\n  'data': { 'Colour': 'str' } }\n");
    let run = folder.run(&["check", "bad.json", "--message-format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&run.err).expect("JSON");
    assert_eq!(
        (&object["line"], &object["labels"][0]["line"]),
        (&1.into(), &2.into()),
        "{}",
        run.err
    );
    assert_eq!(object["labels"][0]["message"], "here");
}

#[test]
fn checks_the_files_after_a_bad_one() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    folder.file("bad.json", BAD);
    folder.file("worse.json", "{");
    let run =
        folder.run(&["check", "bad.json", "good.json", "worse.json", "--message-format=short"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains("bad.json:") && run.err.contains("worse.json:"), "{}", run.err);
}

#[test]
fn standard_input_is_a_schema() {
    let folder = Folder::new();
    folder.file("colour.json", "{ 'enum': 'Colour', 'data': [ 'red' ] }\n");
    let text =
        "{ 'include': 'colour.json' }\n{ 'struct': 'Paint', 'data': { 'colour': 'Colour' } }\n";
    let run = folder.run_with(&["list", "-"], text);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert!(run.out.contains("Colour") && run.out.contains("Paint"), "{}", run.out);
    let run = folder.run_with(&["check", "-", "--message-format=short"], "{ 'struct': 'Paint' }");
    assert_eq!(run.status, 1);
    assert!(run.err.starts_with("<stdin>:1:"), "{}", run.err);
}

#[test]
fn dump_and_list_print_products_only() {
    let folder = Folder::new();
    folder.file("good.json", GOOD);
    let run = folder.run(&["dump", "good.json"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert!(run.out.starts_with("module ./builtin\nobject q_empty\n"), "{}", run.out);
    assert!(run.out.contains("\nmodule good.json\nenum Colour\n    member red\n"), "{}", run.out);
    let run = folder.run(&["list", "good.json"]);
    let kinds: Vec<&str> =
        run.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(kinds, ["enum", "struct", "command"]);
    assert!(run.out.lines().all(|line| line.contains(" good.json:")), "{}", run.out);
}

#[test]
fn list_omits_types_implied_by_simple_unions() {
    let folder = Folder::new();
    let text = "{ 'union': 'Uuu', 'data': { 'a': 'str', 'b': [ 'int' ] } }\n";
    folder.file("union.json", text);
    let run = folder.run(&["list", "union.json"]);
    let words: Vec<&str> = run.out.split_whitespace().collect();
    assert_eq!(words, ["union", "Uuu", "union.json:1"]);
}

#[test]
fn style_is_reported_on_request_and_can_be_denied() {
    let folder = Folder::new();
    folder.file(
        "warned.json",
        "##\n# @Eee:\n#\n# One sentence. Another.\n##\n{ 'enum': 'Eee', 'data': [] }\n",
    );
    let run = folder.run(&["check", "warned.json", "--message-format=short"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let run = folder.run(&["check", "--style", "warned.json", "--message-format=short"]);
    assert_eq!(run.status, 0);
    assert!(run.err.contains(": style: "), "{}", run.err);
    let run = folder.run(&["check", "--deny-warnings", "warned.json", "--message-format=short"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains(": error: "), "{}", run.err);
}

#[test]
fn usage_and_unreadable_files_exit_with_2() {
    let folder = Folder::new();
    let missing = folder.run(&["check", "missing.json"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("missing.json"), "{}", missing.err);
    for arguments in [&["paint"][..], &[], &["check"], &["check", "x", "--message-format=loud"]] {
        assert_eq!(folder.run(arguments).status, 2, "{arguments:?}");
    }
    folder.file("root.json", "{ 'include': 'gone.json' }\n");
    assert_eq!(
        folder.run(&["check", "root.json"]).status,
        1,
        "an include that is missing is the schema's error"
    );
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_without_a_message() {
    use std::process::Stdio;

    let folder = Folder::new();
    let values: String = (0..50_000).map(|index| format!("'value{index}',")).collect();
    folder.file("long.json", &format!("{{ 'enum': 'Long', 'data': [ {values} 'last' ] }}\n"));
    let mut child = folder
        .command(&["dump", "long.json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let run = crate::folder::Run::from(child.wait_with_output().expect("the program ends"));
    assert_eq!((run.status, run.err.as_str()), (2, ""));
}

#[test]
fn every_shell_gets_completions() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = folder.run(&["completions", shell]);
        assert_eq!(run.status, 0);
        assert!(run.out.contains("check"), "{shell}");
    }
}

#[test]
fn introspect_evaluates_conditions() {
    let folder = Folder::new();
    folder.file(
        "good.json",
        "{ 'command': 'a', 'data': { 'x': 'Hue' }, 'if': 'X' }\n\
         { 'command': 'b', 'if': 'Y' }\n{ 'enum': 'Hue', 'data': [ 'red' ] }\n",
    );
    let introspect = |arguments: &[&str]| {
        let run = folder.run(&[&["introspect", "good.json"], arguments].concat());
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        let data: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
        let names = data.iter().map(|entity| match entity.get("@if") {
            Some(condition) => format!("{} if {condition}", entity["@value"]["name"]),
            None => entity["name"].to_string(),
        });
        names.collect::<Vec<_>>().join(" ").replace('"', "")
    };
    assert_eq!(introspect(&[]), introspect(&["--conditions", "all"]));
    assert_eq!(introspect(&["--unmask"]), "a b q_obj_a-arg q_empty Hue");
    assert_eq!(
        introspect(&["--unmask", "--define", "X", "--define", "Z"]),
        "a q_obj_a-arg q_empty Hue"
    );
    assert_eq!(introspect(&["--define", "Y", "--define", "X"]), introspect(&[]));
    assert_eq!(introspect(&["--unmask", "--conditions=none"]), "q_empty Hue");
    let none = introspect(&["--unmask", "--conditions=none", "--define", "Y"]);
    assert_eq!(none, introspect(&["--unmask", "--define=Y"]));
    let annotated = introspect(&["--unmask", "--conditions", "annotate"]);
    assert!(annotated.starts_with("a if X b if Y "), "{annotated}");
    for conditions in ["all", "annotate"] {
        let arguments = ["introspect", "good.json", "--define=X", "--conditions", conditions];
        let run = folder.run(&arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""));
        let part = format!("'define' cannot be combined with 'conditions = {conditions}'");
        assert!(run.err.contains(&part), "{}", run.err);
    }
    for symbol in ["", "lower", "A B"] {
        let run = folder.run(&["introspect", "good.json", "--define", symbol]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{symbol}");
        assert!(run.err.contains("takes a configuration symbol"), "{}", run.err);
    }
}
