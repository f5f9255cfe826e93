//! `diff`: inputs, formats, exit statuses.

use serde_json::{Value, json};

use crate::folder::{BAD, Folder};

const OLD: &str = "\
{ 'enum': 'Colour', 'data': [ 'red', 'green' ] }
{ 'command': 'paint', 'data': { 'colour': 'Colour', '*coats': 'int' } }
{ 'command': 'look', 'returns': 'Look' }
{ 'struct': 'Look', 'data': { 'colour': 'Colour' } }
";

const NEW: &str = "\
{ 'enum': 'Colour', 'data': [ 'red', 'blue' ] }
{ 'command': 'paint', 'data': { 'colour': 'Colour', '*coats': { 'type': 'int', 'features': [ 'deprecated' ] } } }
{ 'command': 'look', 'returns': 'Look' }
{ 'struct': 'Look', 'data': { 'colour': 'Colour' } }
{ 'event': 'DRY', 'if': 'AIR' }
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("old.json", OLD);
    folder.file("new.json", NEW);
    folder
}

#[test]
fn human_format_has_groups_and_totals() {
    let run = folder().run(&["diff", "old.json", "new.json"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert_eq!(
        run.out,
        "\
command look
  breaking: returns.colour: value 'green' removed [value-removed]
    sent and received in Colour; old old.json:1; new new.json:1
    also command paint
  breaking for strict clients: returns.colour: value 'blue' added [value-added]
    sent and received in Colour; old old.json:1; new new.json:1
    also command paint

event DRY
  breaking for strict clients: event added [event-added]
    received; new new.json:5

command paint
  compatible: arguments.coats: feature 'deprecated' added [feature-added]
    sent; old old.json:2; new new.json:2

1 breaking, 2 breaking for strict clients, 1 compatible
"
    );
}

#[test]
fn short_format_has_a_line_for_each_change() {
    let run = folder().run(&["--message-format", "short", "diff", "new.json", "old.json"]);
    let expected = [
        "old.json:1: breaking: command look: returns.colour: value 'blue' removed [value-removed]",
        "old.json:1: breaking for strict clients: command look: returns.colour: value 'green' added \
         [value-added]",
        "new.json:5: breaking: event DRY: event removed [event-removed]",
        "old.json:2: compatible: command paint: arguments.coats: feature 'deprecated' removed \
         [feature-removed]",
    ];
    assert_eq!(run.out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn json_format_has_every_field() {
    let run = folder().run(&["diff", "old.json", "new.json", "--message-format=json"]);
    let lines: Vec<Value> =
        run.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        json!({
            "verdict": "breaking",
            "code": "value-removed",
            "user": { "kind": "command", "name": "look" },
            "path": "returns.colour",
            "name": "green",
            "message": "value 'green' removed",
            "direction": "both",
            "old_type": "Colour",
            "new_type": "Colour",
            "old": { "file": "old.json", "line": 1 },
            "new": { "file": "new.json", "line": 1 },
            "users": [
                { "kind": "command", "name": "look" },
                { "kind": "command", "name": "paint" },
            ],
        })
    );
}

#[test]
fn breaking_option_sets_the_exit_status() {
    let folder = folder();
    for (arguments, status) in [
        (["diff", "--breaking", "old.json", "new.json"].as_slice(), 1),
        (&["diff", "--breaking", "old.json", "old.json"], 0),
        // A strict client alone may break.
        (&["diff", "--breaking", "old.json", "new.json", "--select", "DRY"], 0),
        (&["diff", "--breaking=lenient", "old.json", "new.json", "--select", "DRY"], 0),
        (&["diff", "--breaking=strict", "old.json", "new.json", "--select", "DRY"], 1),
        (&["diff", "--breaking=strict", "old.json", "old.json"], 0),
        (&["diff", "--breaking", "new.json", "old.json", "--select", "DRY"], 1),
        (&["diff", "--breaking", "new.json", "old.json", "--select=DRY", "--conditions=none"], 2),
        (&["diff", "--breaking", "new.json", "old.json", "--select=DRY", "--define=AIR"], 1),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.status, status, "{arguments:?} {}", run.err);
        assert_eq!(run.err.is_empty(), status < 2, "{arguments:?} {}", run.err);
    }
    assert_eq!(folder.run(&["diff", "old.json", "old.json"]).out, "no changes\n");
}

#[test]
fn a_reply_is_an_input() {
    let folder = folder();
    let reply = folder.run(&["introspect", "new.json"]).out;
    folder.file("reply.json", &format!("{{\"return\": {reply}}}"));
    let changes = |run: crate::folder::Run| {
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        run.out.lines().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect()
    };
    let short = ["--message-format", "short", "diff"];
    let expected: Vec<String> =
        changes(folder.run(&[&short[..], &["old.json", "new.json"]].concat()));
    let found: Vec<String> =
        changes(folder.run(&[&short[..], &["old.json", "reply.json"]].concat()));
    assert_eq!(found, expected);
    let found: Vec<String> =
        changes(folder.run_with(&[&short[..], &["old.json", "-"]].concat(), &reply));
    assert_eq!(found, expected);
    let run = folder.run(&["diff", "new.json", "reply.json"]);
    assert_eq!((run.status, run.out.as_str()), (0, "no changes\n"));
    let run = folder.run(&[&short[..], &["old.json", "reply.json"]].concat());
    assert!(run.out.starts_with("reply.json:return["), "{}", run.out);
}

#[test]
fn reports_bad_inputs() {
    let folder = folder();
    folder.file("bad.json", BAD);
    folder.file("reply.json", "[ { \"name\": \"X\", \"meta-type\": \"event\" } ]");
    folder.file("cut.json", "{ \"return\": [");
    for (input, status, message) in [
        ("bad.json", 1, "bad.json:1:"),
        ("reply.json", 1, "reply.json:[0]: member 'arg-type' is missing"),
        ("cut.json", 1, "cut.json: not a query-qmp-schema reply: EOF while parsing a list"),
        ("none.json", 2, "cannot read 'none.json': "),
    ] {
        let run = folder.run(&["--message-format=short", "diff", "old.json", input]);
        assert_eq!((run.status, run.out.as_str()), (status, ""), "{input}");
        assert!(run.err.contains(message), "{}", run.err);
    }
    for arguments in [
        ["diff", "-", "-"].as_slice(),
        &["diff", "old.json", "new.json", "--define=A", "--conditions=all"],
    ] {
        assert_eq!(folder.run(arguments).status, 2);
    }
    let run = folder.run(&["diff", "old.json", "new.json", "--select", "pain", "--select=DYR"]);
    let none = "matches no command, event or type of either interface";
    let expected = format!(
        "error: option 'select': 'pain' {none}\nhint: did you mean 'paint'?\n\
         error: option 'select': 'DYR' {none}\nhint: did you mean 'DRY'?\n"
    );
    assert_eq!((run.status, run.err), (2, expected));
}

#[test]
fn finds_the_schema_reply_in_a_session() {
    let folder = folder();
    let greeting = r#"{"QMP": {"version": {}, "capabilities": []}}"#;
    let entities = folder.run(&["introspect", "old.json"]).out.replace('\n', "");
    folder.file(
        "session",
        &format!("{greeting}\r\n{{\"return\": {{}}}}\r\n{{\"return\": {entities}}}\r\n"),
    );
    let run = folder.run(&["diff", "old.json", "session"]);
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "no changes\n", ""));

    folder.file("session", &format!("{greeting}\n{{\"return\": {{}}}}\n"));
    let run = folder.run(&["diff", "old.json", "session"]);
    let error = "error: 'session' is a QMP session without a reply to query-qmp-schema on a line of \
                 its own\n";
    assert_eq!((run.status, run.err.as_str()), (2, error));
}
