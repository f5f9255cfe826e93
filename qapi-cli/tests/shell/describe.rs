//! `.help`.

use qapi_cli::shell::{Session, Step};

use crate::model::model;

fn help(name: &str) -> String {
    match Session::new(&model()).feed(&format!(".help {name}")) {
        Ok(Step::Print(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_and_events_are_described() {
    assert_eq!(
        help("stop"),
        "command stop\n  force: boolean, optional\n  mode: red|green|dark-green, optional\n  \
         reason: string, optional\nreturns object\n"
    );
    assert_eq!(
        help("query-status"),
        "command query-status\nreturns object\n  running: boolean\n  \
         colours: array of red|green|dark-green\n"
    );
    assert_eq!(help("STOPPED"), "event STOPPED\n  why: red|green|dark-green\n");
    assert!(help("device-add").starts_with("command device-add [unstable]\n"));
}

#[test]
fn branches_and_parts_are_described() {
    assert_eq!(
        help("node-add"),
        "command node-add\n  driver: file|qcow2|null\n  node-name: string, optional\n  \
         with driver=file: filename, aio\n  with driver=qcow2: file, size\n  \
         with driver=null: latency\nreturns object\n"
    );
    assert!(help("node-add.file").starts_with("node-add.file: object or string\n  driver: "));
    assert_eq!(help("send.keys.code"), "send.keys.code: red|green|dark-green\n");
    assert_eq!(
        help("send.level"),
        "send.level: integer or boolean or null or red|green|dark-green\n"
    );
}

#[test]
fn the_shell_is_described() {
    let text = help("");
    for part in ["COMMAND [NAME=VALUE]...", "transaction( ... )", ".wait EVENT [SECONDS]", ".exit"]
    {
        assert!(text.contains(part), "{text}");
    }
}
