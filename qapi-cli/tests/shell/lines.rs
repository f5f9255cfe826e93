//! Lines as commands and refusals.

use std::time::Duration;

use qapi_cli::shell::{Model, Session, Step};

use crate::model::model;

/// Returns the message that a line sends, or the reason that it is refused.
fn sent(session: &mut Session<'_>, line: &str) -> Result<String, String> {
    match session.feed(line) {
        Ok(Step::Execute(command)) => Ok(command.to_string()),
        Ok(other) => Ok(format!("{other:?}")),
        Err(refusal) => Err(refusal.to_string()),
    }
}

fn one(line: &str) -> Result<String, String> {
    sent(&mut Session::new(&model()), line)
}

fn arguments(line: &str) -> String {
    let message = one(line).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
    let (_, arguments) = message.split_once("\"arguments\": ").expect("arguments");
    arguments.strip_suffix('}').expect("an object").to_owned()
}

#[test]
fn the_schema_decides_about_types() {
    for (line, expected) in [
        ("stop force=true", r#"{"force": true}"#),
        ("stop force=False mode=dark-green", r#"{"force": false, "mode": "dark-green"}"#),
        ("stop reason=5", r#"{"reason": "5"}"#),
        ("stop reason='a \"b'", r#"{"reason": "a \"b"}"#),
        ("stop reason=", r#"{"reason": ""}"#),
        ("node-add driver=null latency=1.5", r#"{"driver": "null", "latency": 1.5}"#),
        ("node-add driver=null latency=2", r#"{"driver": "null", "latency": 2}"#),
        (
            "node-add driver=qcow2 file=n0 size=0x10",
            r#"{"driver": "qcow2", "file": "n0", "size": 16}"#,
        ),
        (
            "node-add driver=qcow2 file.driver=file file.filename=1",
            r#"{"driver": "qcow2", "file": {"driver": "file", "filename": "1"}}"#,
        ),
        (
            "node-add driver=qcow2 file={'driver':'file',\"filename\":'a b'}",
            r#"{"driver": "qcow2", "file": {"driver": "file", "filename": "a b"}}"#,
        ),
        ("node-add {'driver': 'null'} latency=1", r#"{"driver": "null", "latency": 1}"#),
        (
            "send keys.0.code=red keys.1.code=green keys.1.time=3",
            r#"{"keys": [{"code": "red"}, {"code": "green", "time": 3}]}"#,
        ),
        ("send keys=[] names=[a,'b']", r#"{"keys": [], "names": ["a", "b"]}"#),
        ("send keys=[] level=null", r#"{"keys": [], "level": null}"#),
        ("send keys=[] level=7", r#"{"keys": [], "level": 7}"#),
        ("send keys=[] level=true", r#"{"keys": [], "level": true}"#),
        ("send keys=[] level=red", r#"{"keys": [], "level": "red"}"#),
        (
            "send keys=[] extra={'a':[None,-1,1e2]}",
            r#"{"keys": [], "extra": {"a": [null, -1, 100]}}"#,
        ),
        ("send keys=[] extra=5", r#"{"keys": [], "extra": 5}"#),
        // The server decides about further arguments.
        ("device-add driver=x id=d0 queues=4", r#"{"driver": "x", "id": "d0", "queues": 4}"#),
        ("{'execute': 'stop', 'arguments': {'force': true}, 'id': 7}", r#"{"force": true}"#),
    ] {
        assert_eq!(arguments(line), expected, "{line}");
    }
    assert_eq!(one("stop-all").as_deref(), Ok(r#"{"execute": "stop-all"}"#));
    assert_eq!(one("  # text").as_deref(), Ok("Nothing"));
    assert_eq!(one("").as_deref(), Ok("Nothing"));
}

#[test]
fn faults_name_the_path_and_the_fix() {
    for (line, refusal) in [
        ("stpo", "unknown command 'stpo'; did you mean 'stop'?"),
        ("frobnicate", "unknown command 'frobnicate'"),
        ("stop mod=red", "stop: mod: unknown argument; did you mean 'mode'?"),
        ("stop-all x=1", "stop-all: x: unknown argument"),
        ("stop force=on", "stop: force: expected true or false, found string 'on'"),
        ("stop mode=gren", "stop: mode: unknown value 'gren'; did you mean 'green'?"),
        ("stop mode=7", "stop: mode: unknown value '7'; expected one of red, green, dark-green"),
        ("send", "send: keys: missing argument"),
        ("send keys=5", "send: keys: expected an array, found string '5'"),
        ("send keys=[{}]", "send: keys[0].code: missing member"),
        (
            "send keys=[{'code':'red','tim':1}]",
            "send: keys[0].tim: unknown member; did you mean 'time'?",
        ),
        (
            "send keys.0.code=red keys.0.time=x",
            "send: keys[0].time: expected an integer, found string 'x'",
        ),
        ("send keys=[] at=x", "send: at: expected a number, found string 'x'"),
        ("send keys=[] names=['a',1]", "send: names[1]: expected a string, found 1"),
        (
            "send keys=[] level=1.5",
            "send: level: unknown value '1.5'; expected one of red, green, dark-green",
        ),
        (
            "send keys=[] level=[]",
            "send: level: expected an integer or true or false or null or a string, found an array",
        ),
        ("node-add driver=fiel", "node-add: driver: unknown value 'fiel'; did you mean 'file'?"),
        ("node-add driver=null filename=x", "node-add: filename: unknown argument"),
        ("node-add driver=qcow2 file.driver=file", "node-add: file.filename: missing member"),
        (
            "node-add driver=qcow2 file={'driver':'file','filename':1}",
            "node-add: file.filename: expected a string, found 1",
        ),
        ("node-add size=1", "node-add: driver: missing argument"),
        (
            "stop force=1 mode=blue",
            "stop: force: expected true or false, found string '1'\n\
             stop: mode: unknown value 'blue'; expected one of red, green, dark-green",
        ),
        ("stop force=true force=true", "column 17: 'force' is given twice"),
        ("stop x", "column 6: expected NAME=VALUE, found 'x'"),
        ("x=1", "column 1: expected the name of a command"),
        ("{'exec-oob': 'stop'}", "message: unknown member 'exec-oob'"),
        ("{'arguments': {}}", "message: expected a member 'execute' with a command"),
        (".halp", "unknown command '.halp' of the shell; see .help"),
        (".wait", "usage: .wait EVENT [SECONDS]"),
        (".wait STOPPED soon", "usage: .wait EVENT [SECONDS]"),
        (".wait STOPED", "unknown event 'STOPED'; did you mean 'STOPPED'?"),
        (".help frob", "no description of 'frob'"),
    ] {
        assert_eq!(one(line), Err(refusal.to_owned()), "{line}");
    }
}

#[test]
fn the_shells_own_commands_are_steps() {
    let model = model();
    let mut session = Session::new(&model);
    let waits = |seconds| Step::Wait {
        event: "STOPPED".to_owned(),
        within: Duration::from_secs_f64(seconds),
    };
    assert_eq!(session.feed(".wait STOPPED"), Ok(waits(60.0)));
    assert_eq!(session.feed(".wait STOPPED 0.5"), Ok(waits(0.5)));
    assert_eq!(session.feed(".exit"), Ok(Step::Exit));
}

#[test]
fn a_transaction_has_an_action_on_each_line() {
    let model = model();
    let mut session = Session::new(&model);
    let expected = r#"{"execute": "transaction", "arguments": {"actions": [{"type": "stop", "data": {"force": true}}, {"type": "press", "data": {"code": "red"}}]}}"#;
    assert_eq!(session.feed("transaction("), Ok(Step::More));
    assert!(session.is_in_transaction());
    assert_eq!(session.feed("stop force=true"), Ok(Step::More));
    // A refused action leaves the others.
    let refusal = sent(&mut session, "press code=rad").unwrap_err();
    assert_eq!(
        refusal,
        "transaction: actions[1].data.code: unknown value 'rad'; did you mean 'red'?"
    );
    let refusal = sent(&mut session, "pres code=red").unwrap_err();
    assert_eq!(
        refusal,
        "transaction: actions[1].type: unknown value 'pres'; did you mean 'press'?"
    );
    assert_eq!(session.feed("press code=red"), Ok(Step::More));
    assert_eq!(sent(&mut session, ")").as_deref(), Ok(expected));
    assert!(!session.is_in_transaction());

    assert_eq!(session.feed("transaction( stop force=true"), Ok(Step::More));
    assert_eq!(sent(&mut session, "press code=red )").as_deref(), Ok(expected));
    let whole = one("transaction( stop )").unwrap();
    assert!(whole.ends_with(r#"[{"type": "stop", "data": {}}]}}"#), "{whole}");
    assert!(one("transaction( sotp )").is_err());
}

#[test]
fn an_unfinished_line_goes_on() {
    let model = model();
    let mut session = Session::new(&model);
    assert_eq!(session.feed("stop reason='a"), Ok(Step::More));
    assert!(session.is_in_value());
    let message = sent(&mut session, "b' force=true").unwrap();
    assert!(message.contains(r#"{"reason": "a\nb", "force": true}"#), "{message}");
    assert_eq!(session.feed("send keys=["), Ok(Step::More));
    assert_eq!(session.feed("{'code':"), Ok(Step::More));
    assert!(sent(&mut session, "red}]").unwrap().contains(r#"[{"code": "red"}]"#));

    assert_eq!(session.feed("send keys=["), Ok(Step::More));
    assert!(session.reset() && !session.reset());
    assert_eq!(session.feed("stop-all").map(|step| step != Step::More), Ok(true));

    session.feed("transaction(").unwrap();
    let ended = session.finish().unwrap_err().to_string();
    assert_eq!(ended, "the input ends within a transaction");
    let mut session = Session::new(&model);
    session.feed("send keys=[").unwrap();
    assert_eq!(session.finish().unwrap_err().to_string(), "the input ends within a value");
}

#[test]
fn a_server_without_a_schema_takes_guesses() {
    let model = Model::from_names(["guest-exec".to_owned(), "guest-ping".to_owned()]);
    let mut session = Session::new(&model);
    let message = sent(&mut session, "guest-exec path=ls count=5 x.y=true z=1.5 n=null").unwrap();
    let expected = r#"{"path": "ls", "count": 5, "x": {"y": true}, "z": "1.5", "n": "null"}"#;
    assert!(message.contains(expected), "{message}");
    let refusal = sent(&mut session, "guest-pong").unwrap_err();
    assert_eq!(refusal, "unknown command 'guest-pong'; did you mean 'guest-ping'?");
    assert!(sent(&mut Session::new(&Model::default()), "anything a=b").is_ok());
}

#[test]
fn a_server_without_a_schema_is_named_as_the_reason() {
    let help = |model: &Model| Session::new(model).feed(".help stopp").unwrap_err().to_string();
    assert_eq!(
        help(&Model::default()),
        "no description of 'stopp': the server does not answer query-qmp-schema: no completion, \
         checks or help; --schema FILE gives them"
    );
    let names = Model::from_names(["stop".to_owned()]);
    assert!(help(&names).contains("beyond the names of commands"), "{}", help(&names));
    assert_eq!(help(&model()), "no description of 'stopp'");
}

#[test]
fn commands_of_the_shell_need_their_dot() {
    for model in [model(), Model::default()] {
        for (line, hint) in [("help stop", ".help"), ("exit", ".exit")] {
            let refusal = sent(&mut Session::new(&model), line).unwrap_err();
            let name = &hint[1..];
            assert_eq!(refusal, format!("unknown command '{name}'; did you mean '{hint}'?"));
        }
    }
    let model = Model::from_names(["exit".to_owned()]);
    assert!(sent(&mut Session::new(&model), "exit").is_ok());
}

#[test]
fn unchecked_lines_go_to_the_server() {
    let model = model();
    let mut session = Session::new(&model).unchecked();
    let expected = r#"{"execute": "stop", "arguments": {"mode": "blue", "x": 1}}"#;
    assert_eq!(sent(&mut session, "stop mode=blue x=1").as_deref(), Ok(expected));
    assert_eq!(sent(&mut session, "none").as_deref(), Ok(r#"{"execute": "none"}"#));
}

#[test]
fn a_schema_tells_which_commands_are_open() {
    let model = model().with_open_commands(["device-add".to_owned()]);
    let mut session = Session::new(&model);
    assert!(sent(&mut session, "device-add driver=x bux=y").is_ok());
    let refusal = sent(&mut session, "node-add driver=null frob=1").unwrap_err();
    assert_eq!(refusal, "node-add: frob: unknown argument");
}
