//! Ctrl-C and SIGTERM end the program within half a second, whatever the servers do.

use std::os::unix::net::UnixListener;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::scripted::{Run, Script, Stage, active, state};

/// The promised time between a signal and the program's end.
const LIMIT: Duration = Duration::from_millis(500);

fn send(program: &Child, signal: Signal) {
    kill_process(Pid::from_child(program), signal).unwrap();
}

/// Sends the signal and returns the program's end, which comes in time.
fn end(program: Child, signal: Signal, phase: &str) -> Run {
    send(&program, signal);
    let sent = Instant::now();
    let run = Run::of(program);
    let elapsed = sent.elapsed();
    assert!(elapsed < LIMIT, "{phase}: {elapsed:?}");
    assert_eq!(run.status, Some(130), "{phase}: {run:?}");
    run
}

/// Two servers, the server and command that show that the phase is reached, and the last message.
struct Phase {
    source: Script,
    destination: Script,
    reached: (&'static str, &'static str),
    message: &'static str,
}

fn phases() -> Vec<(&'static str, Phase)> {
    let sends = || Script::states([state("none"), active()]);
    let before = "interrupted before the migration began; the guest stays with the source";
    let unconfirmed = "interrupted; the source was told to cancel and has not confirmed it";
    let cancelled = "cancelled; the guest stays with the source";
    let left = "interrupted; the guest runs on the destination already, and postcopy goes on";
    let unseen = "interrupted; the source has given up the guest, and the destination has not confirmed that it runs it";
    let silent = |command| sends().silent_at(command);
    let phase =
        |source, destination, reached, message| Phase { source, destination, reached, message };
    let mute = Script { is_mute: true, ..Script::default() };
    let idle = Script::default;
    let obeys = Script { after_cancel: [state("cancelled")].into(), ..sends() };
    let postcopy = Script::states([state("none"), state("postcopy-active")]);
    let arrives = Script::states([state("none"), state("completed")]);
    let on = |side, command| (side, command);
    vec![
        ("greeting", phase(mute, idle(), on("source", "connect"), before)),
        (
            "negotiation",
            phase(silent("qmp_capabilities"), idle(), on("source", "qmp_capabilities"), before),
        ),
        (
            "settings",
            phase(
                silent("migrate-set-capabilities"),
                idle(),
                on("source", "migrate-set-capabilities"),
                before,
            ),
        ),
        (
            "destination",
            phase(
                sends(),
                idle().silent_at("migrate-incoming"),
                on("destination", "migrate-incoming"),
                before,
            ),
        ),
        ("begin", phase(silent("migrate"), idle(), on("source", "migrate"), unconfirmed)),
        (
            "query",
            phase(
                Script { silent_at: Some("query-status"), ..obeys.clone() },
                idle(),
                on("source", "migrate"),
                cancelled,
            ),
        ),
        ("cancel", phase(silent("migrate_cancel"), idle(), on("source", "migrate"), unconfirmed)),
        ("postcopy", phase(postcopy, idle(), on("source", "migrate"), left)),
        (
            "arrival",
            phase(
                arrives,
                Script::states([state("none"), state("active")]),
                on("source", "migrate"),
                unseen,
            ),
        ),
    ]
}

#[test]
fn each_signal_is_obeyed_in_every_phase() {
    for signal in [Signal::INT, Signal::TERM] {
        for (name, phase) in phases() {
            let stage = Stage::new(phase.source, phase.destination);
            let program = stage.start(&[]);
            let server = match phase.reached.0 {
                "source" => &stage.source,
                _ => &stage.destination,
            };
            server.await_command(phase.reached.1);
            // The program looks at the servers a few times.
            std::thread::sleep(Duration::from_millis(500));
            let run = end(program, signal, name);
            let last = run.errors.lines().last().unwrap_or_default();
            assert_eq!(last, format!("qapi-migrate: {}", phase.message), "{name}");
        }
    }
}

#[test]
fn a_signal_ends_the_wait_for_a_socket_that_is_never_accepted() {
    let stage = Stage::new(Script::default(), Script::default());
    let path = stage.folder.path().join("deaf.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_qapi-migrate"));
    command.arg(&path).arg(stage.folder.path().join("destination.sock"));
    let program = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    end(program, Signal::INT, "accept");
}

#[test]
fn a_second_signal_does_not_wait_for_the_source_to_cancel() {
    let after_cancel = [state("cancelling")].into();
    let source = Script { after_cancel, ..Script::states([state("none"), active()]) };
    let stage = Stage::new(source, Script::default());
    let program = stage.start(&[]);
    stage.source.await_command("migrate");
    std::thread::sleep(Duration::from_millis(300));
    send(&program, Signal::INT);
    stage.source.await_command("migrate_cancel");
    std::thread::sleep(Duration::from_millis(500));
    let run = end(program, Signal::INT, "cancelling");
    let unconfirmed = "interrupted; the source was told to cancel and has not confirmed it";
    assert!(run.errors.contains(unconfirmed), "{run:?}");
}

#[test]
fn a_signal_ends_a_dry_run_and_settings_are_put_back() {
    let capabilities = ["return-path", "events", "postcopy-ram", "multifd"]
        .map(|name| serde_json::json!({"capability": name, "state": name == "multifd"}));
    let source = Script::states([state("none")])
        .returning("query-status", [serde_json::json!({"status": "running"})])
        .returning("query-migrate-capabilities", [capabilities.to_vec().into()])
        .silent_at("migrate-set-capabilities");
    let stage = Stage::new(source, Script::default());
    let program = stage.start(&["--dry-run"]);
    stage.source.await_command("migrate-set-capabilities");
    end(program, Signal::INT, "dry run");
    let restored = stage.source.await_command("migrate-set-capabilities");
    let restored = restored["capabilities"].as_array().unwrap();
    assert!(restored.contains(&serde_json::json!({"capability": "multifd", "state": true})));
}
