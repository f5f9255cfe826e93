//! The program in a terminal: prompts, completion, events, history.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::server::Server;
use crate::terminal::Terminal;

const PROMPT: &str = "\n(QEMU)";

/// Types lines; each waits for the prompt after the one before.
fn session(server: &Server, lines: &[&str]) -> (String, i32) {
    let mut terminal = Terminal::start(server, &["qmp"]);
    for (number, line) in lines.iter().enumerate() {
        let prompts = |text: &str| text.matches("(QEMU)").count() + text.matches("TRANS>").count();
        terminal.wait(|text| prompts(text) > number);
        terminal.press(line);
        terminal.press("\r");
        if let Some(event) = line.strip_prefix(".wait ") {
            terminal.wait(|text| text.contains(&format!("event {event} at ")));
        }
    }
    terminal.end()
}

#[test]
fn the_screen_in_the_documentation_is_what_people_see() {
    let server = Server::start();
    let (screen, status) = session(
        &server,
        &[
            "query-sta\t",
            "stop mode=dark\tf\ttrue",
            "stop mod=red",
            "stop-all",
            ".wait RESUMED",
            "node-add driver=qcow2 file.driver=fil\tfile.fi\tdisk.img size=big",
            "node-add driver=nul\tnode-name=n0",
            "send keys=[{'code': 'g\t}]",
            "transaction(",
            "stop force=true",
            "press code=gr\t",
            ")",
            ".help node-add",
            ".exit",
        ],
    );
    assert_eq!(status, 0, "{screen}");
    let text = format!("$ qapi shell qmp\n{screen}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens/qapi-shell.txt");
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap().trim_end(), text.trim_end());
}

#[test]
fn the_banner_promises_only_what_the_server_allows() {
    let server = Server::without_schema();
    let (screen, status) = session(&server, &["exit", ".exit"]);
    assert_eq!(status, 0, "{screen}");
    for part in [
        "Connected to QEMU 10.0.2 (v10.0.2). Type .help for help.\n",
        "the server does not answer query-qmp-schema: no completion, checks or help; --schema FILE",
        "unknown command 'exit'; did you mean '.exit'?",
    ] {
        assert!(screen.contains(part), "{screen}");
    }
    assert!(!screen.contains("TAB"), "{screen}");
}

#[test]
fn events_leave_the_edited_line_intact() {
    let server = Server::start();
    let mut terminal = Terminal::start(&server, &["qmp"]);
    terminal.wait(|text| text.ends_with(PROMPT));
    terminal.press("stop-all\r");
    terminal.wait(|text| text.ends_with(PROMPT) && text.contains("ok"));
    terminal.press("query-sta");
    let screen = terminal.wait(|text| text.contains("RESUMED") && text.ends_with("query-sta"));
    let expected = "ok\nevent RESUMED at 22:13:20.000042 UTC\n(QEMU) query-sta";
    assert!(screen.ends_with(expected), "{screen}");
    terminal.press("\x15\x04");
    assert_eq!(terminal.end().1, 0);
}

#[test]
fn the_end_of_the_connection_ends_the_session() {
    let server = Server::start();
    let mut terminal = Terminal::start(&server, &["qmp"]);
    terminal.wait(|text| text.ends_with(PROMPT));
    terminal.press("device-add driver=x\r");
    terminal.wait(|text| text.contains("ok"));
    // The session ends immediately if the connection is closed by then, or with the next line.
    std::thread::sleep(Duration::from_millis(300));
    terminal.press("\r");
    assert_eq!(terminal.end().1, 0);
}

#[test]
fn ctrl_c_drops_the_line_and_the_transaction() {
    let server = Server::start();
    let mut terminal = Terminal::start(&server, &["qmp"]);
    terminal.wait(|text| text.ends_with(PROMPT));
    terminal.press("transaction(\r");
    terminal.wait(|text| text.ends_with("TRANS>"));
    terminal.press("stop mo\x03");
    terminal.wait(|text| text.ends_with(PROMPT));
    terminal.press("\x04");
    assert_eq!(terminal.end().1, 0);
}

#[test]
fn the_history_is_kept_for_its_owner() {
    let server = Server::start();
    session(&server, &["query-status", " stop mode=red", ".exit"]);
    let path = server.folder().join("qapi/shell_history");
    let history = std::fs::read_to_string(&path).unwrap();
    assert!(history.contains("query-status\n") && !history.contains("stop"), "{history}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let mut terminal = Terminal::start(&server, &["qmp"]);
    terminal.wait(|text| text.ends_with(PROMPT));
    // The line before the last one.
    terminal.press("\x1b[A\x1b[A");
    terminal.wait(|text| text.ends_with("(QEMU) query-status"));
    terminal.press("\r");
    terminal.wait(|text| text.ends_with("running: true\n(QEMU)"));
    terminal.press("\x04");
    assert_eq!(terminal.end().1, 0);
}
