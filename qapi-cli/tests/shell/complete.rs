//! Completion: tables of lines and candidates.

use qapi_cli::shell::{Model, Session, complete};

use crate::model::model;

/// Returns the line after each candidate for its end.
fn completed(session: &Session<'_>, line: &str) -> Vec<String> {
    let completion = complete(session, line, line.len());
    let before = &line[..completion.start];
    completion.candidates.iter().map(|found| format!("{before}{}", found.text)).collect()
}

fn table(session: &Session<'_>, rows: &[(&str, &[&str])]) {
    for (line, expected) in rows {
        assert_eq!(completed(session, line), *expected, "{line:?}");
    }
}

#[test]
fn commands_arguments_and_values_are_completed() {
    let model = model();
    table(
        &Session::new(&model),
        &[
            ("st", &["stop ", "stop-all"]),
            ("  query", &["  query-status"]),
            ("tr", &["transaction ", "transaction( "]),
            ("x", &[]),
            ("stop ", &["stop force=", "stop mode=", "stop reason="]),
            ("stop f", &["stop force="]),
            ("stop force=true ", &["stop force=true mode=", "stop force=true reason="]),
            ("stop force=", &["stop force=true ", "stop force=false "]),
            ("stop mode=", &["stop mode=red ", "stop mode=green ", "stop mode=dark-green "]),
            ("stop mode=d", &["stop mode=dark-green "]),
            ("stop reason=x", &[]),
            ("stop-all ", &[]),
            ("send keys=[] l", &["send keys=[] level="]),
            ("send k", &["send keys=["]),
            ("send keys=[] level=n", &["send keys=[] level=null "]),
            ("send keys=[] level=t", &["send keys=[] level=true "]),
        ],
    );
}

#[test]
fn the_tag_selects_members() {
    let model = model();
    table(
        &Session::new(&model),
        &[
            ("node-add ", &["node-add driver=", "node-add node-name="]),
            ("node-add driver=q", &["node-add driver=qcow2 "]),
            (
                "node-add driver=qcow2 ",
                &[
                    "node-add driver=qcow2 node-name=",
                    "node-add driver=qcow2 file",
                    "node-add driver=qcow2 size=",
                ],
            ),
            (
                "node-add driver=qcow2 file.",
                &["node-add driver=qcow2 file.driver=", "node-add driver=qcow2 file.node-name="],
            ),
            (
                "node-add driver=qcow2 file.driver=file file.f",
                &["node-add driver=qcow2 file.driver=file file.filename="],
            ),
            (
                "node-add driver=qcow2 file.driver=file file.aio=d",
                &["node-add driver=qcow2 file.driver=file file.aio=dark-green "],
            ),
            ("send keys.", &["send keys.0."]),
            ("send keys.0.", &["send keys.0.code=", "send keys.0.time="]),
            ("send keys.0.code=red keys.", &["send keys.0.code=red keys.1."]),
            ("send keys.0.code=r", &["send keys.0.code=red "]),
        ],
    );
}

#[test]
fn json_is_completed() {
    let model = model();
    table(
        &Session::new(&model),
        &[
            ("send keys=[{", &["send keys=[{\"code\": ", "send keys=[{\"time\": "]),
            ("send keys=[{'c", &["send keys=[{'code': "]),
            ("send keys=[{'code': 'r", &["send keys=[{'code': 'red'"]),
            ("send keys=[{\"code\": d", &["send keys=[{\"code\": \"dark-green\""]),
            ("send keys=[{'code': 'red', ", &["send keys=[{'code': 'red', \"time\": "]),
            ("send keys=[{'code': 'red'", &[]),
            (
                "node-add driver=qcow2 file={'driver': 'file', 'f",
                &["node-add driver=qcow2 file={'driver': 'file', 'filename': "],
            ),
            ("node-add {'driver': 'null', 'l", &["node-add {'driver': 'null', 'latency': "]),
            ("stop {force: t", &["stop {force: true"]),
            ("{", &["{\"execute\": ", "{\"arguments\": "]),
            ("{'execute': 'query", &["{'execute': 'query-status'"]),
            (
                "{'execute': 'stop', 'arguments': {'mode': 'r",
                &["{'execute': 'stop', 'arguments': {'mode': 'red'"],
            ),
        ],
    );
}

#[test]
fn transactions_and_the_shells_commands_are_completed() {
    let model = model();
    let mut session = Session::new(&model);
    table(
        &session,
        &[
            (".", &[".help ", ".wait ", ".exit "]),
            (".help q", &[".help query-status"]),
            (".wait S", &[".wait STOPPED"]),
            ("transaction( p", &["transaction( press "]),
            ("transaction( press c", &["transaction( press code="]),
        ],
    );
    session.feed("transaction(").unwrap();
    table(
        &session,
        &[
            ("", &["stop ", "press "]),
            ("press ", &["press code=", "press time="]),
            ("press code=g", &["press code=green "]),
            ("stop mode=red f", &["stop mode=red force="]),
        ],
    );
}

#[test]
fn later_lines_of_a_value_are_completed() {
    let model = model();
    let mut session = Session::new(&model);
    session.feed("send keys=[").unwrap();
    table(&session, &[("{'c", &["{'code': "]), ("{'code': 'r", &["{'code': 'red'"])]);
}

#[test]
fn the_cursor_counts() {
    let model = model();
    let completion = complete(&Session::new(&model), "sto mode=red", 3);
    let texts: Vec<_> = completion.candidates.iter().map(|found| found.text.as_str()).collect();
    assert_eq!((completion.start, texts), (0, vec!["stop ", "stop-all"]));
    // A position within a character is not one of a cursor.
    complete(&Session::new(&model), "é", 1);
}

#[test]
fn without_a_schema_commands_are_completed() {
    let model = Model::from_names(["guest-ping".to_owned(), "guest-exec".to_owned()]);
    let session = Session::new(&model);
    table(&session, &[("guest-", &["guest-exec ", "guest-ping "]), ("guest-exec ", &[])]);
}
