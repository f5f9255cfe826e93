//! The program's screens, kept as text in `docs/screens`. As for other snapshots,
//! `INSTA_UPDATE=always` writes them anew.

use std::fmt::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::scripted::{Run, Script, Stage, active, completed, state};

/// Compares the text with the file.
fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/screens").join(name);
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == text, "{} differs; INSTA_UPDATE=always writes this:\n{text}", path.display());
}

/// Runs the program as a terminal shows it: its two output streams in one, and the exit status.
fn screen(stage: &Stage, options: &[&str]) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", r#"exec "$0" "$@" 2>&1"#, env!("CARGO_BIN_EXE_qapi-migrate")]);
    let arguments = match options {
        ["--help"] => options.to_vec(),
        _ => [options, &["source.sock", "destination.sock"]].concat(),
    };
    let run = Run::of(stage.spawn({
        command.args(&arguments);
        command
    }));
    let mut text = format!("$ qapi-migrate {}\n", arguments.join(" "));
    // The library that prints the help leaves blanks at the ends of lines.
    run.out.lines().for_each(|line| writeln!(text, "{}", line.trim_end()).unwrap());
    writeln!(text, "[exit status {}]", run.status.unwrap()).unwrap();
    text
}

/// A source that goes through these states once it was told to migrate.
fn source(states: impl IntoIterator<Item = Value>) -> Script {
    Script::states(std::iter::once(state("none")).chain(states))
}

fn idle() -> Script {
    Script::default()
}

#[test]
fn help() {
    compare("qapi-migrate-help.txt", &screen(&Stage::new(idle(), idle()), &["--help"]));
}

#[test]
fn progress_without_a_terminal() {
    let run =
        |options: &[&str], states: Vec<Value>| screen(&Stage::new(source(states), idle()), options);
    let mut text = run(&[], vec![state("setup"), active(), state("device"), completed()]);
    let mut postcopy = active();
    postcopy["status"] = "postcopy-active".into();
    postcopy["ram"]["dirty-pages-rate"] = 0.into();
    let mut last = completed();
    last["ram"]["postcopy-requests"] = 17.into();
    text += &format!("\n{}", run(&["--postcopy"], vec![active(), postcopy, last]));
    let unknown = json!({
        "status": "active", "expected-downtime": i64::MAX,
        "ram": {"transferred": 0, "remaining": i64::MAX, "total": 16777216, "mbps": "nan",
            "dirty-pages-rate": "nan", "dirty-sync-count": 1},
    });
    let done = json!({"status": "completed", "downtime": i64::MAX});
    text += &format!("\n{}", run(&[], vec![unknown, done]));
    text += &format!("\n{}", run(&["--verbose"], passes()));
    compare("qapi-migrate-progress.txt", &text);
}

/// A migration of several passes, the third of which is seen at its end only.
fn passes() -> Vec<Value> {
    let sums = [(1, 512, 1000), (2, 4096, 4000), (2, 4200, 4050), (4, 4400, 4200)];
    let mut states: Vec<_> = sums
        .into_iter()
        .map(|(pass, pages, millis)| {
            let mut state = active();
            state["total-time"] = millis.into();
            let sums = json!({"dirty-sync-count": pass, "normal": pages, "duplicate": 0,
                "transferred": pages * 4104});
            state["ram"].as_object_mut().unwrap().extend(sums.as_object().unwrap().clone());
            state
        })
        .collect();
    let mut last = states[3].clone();
    last["status"] = "completed".into();
    last["total-time"] = 4210.into();
    states.push(last);
    states
}

#[test]
fn lines_of_json() {
    let with =
        |options: &[&str], states: Vec<Value>| screen(&Stage::new(source(states), idle()), options);
    let run = |states| with(&["--json"], states);
    let mut unknown = active();
    unknown["expected-downtime"] = i64::MAX.into();
    let mut text = run(vec![state("setup"), unknown, completed()]);
    text += &format!(
        "\n{}",
        run(vec![active(), json!({"status": "failed", "error-desc": "Broken pipe"})])
    );
    text += &format!("\n{}", with(&["--json", "--verbose"], passes()));
    compare("qapi-migrate-json.txt", &text);
}

/// A server that answers what a dry run asks, with members of a reply to `query-migrate`.
fn complete(run_state: &str, migration: Value) -> Script {
    let names = ["return-path", "events", "postcopy-ram", "multifd", "xbzrle"];
    let capabilities: Vec<_> =
        names.iter().map(|name| json!({"capability": name, "state": false})).collect();
    Script::states([migration])
        .returning("query-status", [json!({"status": run_state})])
        .returning("query-migrate-capabilities", [capabilities.into()])
        .returning(
            "query-migrate-parameters",
            [json!({"max-bandwidth": 0, "downtime-limit": 300, "multifd-channels": 2,
                "multifd-compression": "none", "tls-creds": ""})],
        )
        .returning("qom-get", ["pc-q35-10.0-machine".into()])
        .returning("query-memory-size-summary", [json!({"base-memory": 134217728})])
        .returning("query-qmp-schema", [json!([])])
}

#[test]
fn a_dry_run() {
    let fits = Stage::new(complete("running", json!({})), complete("inmigrate", json!({})));
    let mut text = screen(&fits, &["--dry-run", "--multifd", "4"]);

    let blocked = json!({"blocked-reasons": ["The vvfat block driver does not support migration"]});
    let source = complete("running", blocked)
        .refusing("migrate-set-capabilities", "Postcopy is not yet compatible with multifd");
    let destination = complete("prelaunch", json!({}))
        .returning("qom-get", ["pc-q35-9.2-machine".into()])
        .returning("query-memory-size-summary", [json!({"base-memory": 67108864})]);
    let options =
        ["--dry-run", "--postcopy", "--multifd", "4", "-c", "warp", "-p", "warp-factor=9"];
    let unfit = Stage::new(source.clone(), destination);
    text += &format!("\n{}", screen(&unfit, &options));
    let unfit = Stage::new(
        source,
        Script { closes_at: Some(("query-migrate", 0)), ..complete("inmigrate", json!({})) },
    );
    text += &format!("\n{}", screen(&unfit, &["--dry-run", "--json", "--postcopy"]));
    // Each server leaves one question open.
    let silent = complete("inmigrate", json!({})).refusing(
        "query-memory-size-summary",
        "The command query-memory-size-summary has not been found",
    );
    let source = complete("running", json!({})).refusing("qom-get", "Property not found");
    let silent = Stage::new(source, silent);
    text += &format!("\n{}", screen(&silent, &["--dry-run", "--json"]));
    compare("qapi-migrate-dry-run.txt", &text);
}

#[test]
fn errors() {
    let mut text = String::new();
    let mut show = |source: Script, destination: Script, options: &[&str]| {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &screen(&Stage::new(source, destination), options);
    };
    let failed = |reason: &str| json!({"status": "failed", "error-desc": reason});
    let listens = |address: Value| Script::states([json!({"socket-address": [address]})]);

    show(
        idle(),
        idle().refusing("migrate-incoming", "'-incoming' was not specified on the command line"),
        &[],
    );
    show(
        Script::states([
            json!({"blocked-reasons": ["The vvfat block driver does not support migration"]}),
        ]),
        idle(),
        &[],
    );
    show(idle(), listens(json!({"type": "inet", "host": "0.0.0.0", "port": "4444"})), &[]);
    show(
        source([failed("Sibling indicated error 1")]),
        Script::states([json!({}), failed("Size mismatch: pc.ram: 0x4000000 != 0x2000000")]),
        &["--quiet"],
    );
    show(
        source([failed("Sibling indicated error 1")]),
        Script {
            closes_at: Some(("query-migrate", 1)),
            ..listens(json!({"type": "unix", "path": "m"}))
        },
        &["--quiet"],
    );
    show(
        source([failed("Unable to write to socket: Broken pipe")]),
        Script::states([json!({}), failed("Broken pipe")]),
        &["--quiet"],
    );
    show(source([active(), state("cancelled")]), idle(), &["--quiet"]);
    show(source([state("postcopy-paused")]), idle(), &["--quiet"]);
    show(
        Script { after_cancel: [state("cancelled")].into(), ..source([active()]) },
        idle(),
        &["--quiet", "--timeout", "0.5"],
    );
    show(Script { closes_at: Some(("migrate", 0)), ..idle() }, idle(), &[]);
    show(source([json!({"status": 7})]), idle(), &[]);
    show(idle(), idle(), &["--bandwidth", "1X"]);
    show(idle(), idle(), &["--recover", "--postcopy"]);
    text += &format!("\n{}", held());
    text += &format!("\n{}", missing());
    compare("qapi-migrate-errors.txt", &text);
}

/// A source that serves another client.
fn held() -> String {
    let stage = Stage::new(idle(), idle());
    let _other = UnixStream::connect(stage.folder.path().join("source.sock")).unwrap();
    screen(&stage, &[])
}

/// A destination without a socket.
fn missing() -> String {
    let stage = Stage::new(idle(), idle());
    std::fs::remove_file(stage.folder.path().join("destination.sock")).unwrap();
    screen(&stage, &[])
}
