//! A real guest agent, with the client generated from its schema.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use qapi::ErrorClass;
use qapi::client::GuestProgram;
use qapi::qmp::ServerKind;
use qapi_tests::wire::qga::commands::{
    GuestExec, GuestExecStatus, GuestFileClose, GuestFileFlush, GuestFileOpen, GuestFileRead,
    GuestFileSeek, GuestFileWrite, GuestGetTime, GuestInfo, GuestPing, GuestSync,
    GuestSyncDelimited,
};
use qapi_tests::wire::qga::{GuestExecCaptureOutput, GuestFileWhence, QGASeek};

use crate::mirror::Mirror;
use crate::processes::Agent;
use crate::{LONG, generic, refusal};

#[test]
fn answers_commands() {
    let agent = Agent::start();
    let client = agent.client();
    assert_eq!(client.greeting(), None);
    client.execute(&GuestPing).unwrap();
    assert_eq!(client.execute(&GuestSync::new(-7)).unwrap(), -7);
    assert_eq!(client.execute(&GuestSyncDelimited::new(i64::MAX)).unwrap(), i64::MAX);
    let info = client.execute(&GuestInfo).unwrap();
    assert!(!info.version.is_empty());
    assert!(info.supported_commands.iter().any(|one| one.name == "guest-ping" && one.enabled));
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let time = client.execute(&GuestGetTime).unwrap();
    assert!(
        u128::try_from(time).unwrap().abs_diff(before) < LONG.as_nanos() * 10,
        "{time} is in nanoseconds"
    );
    let error = refusal(client.execute_raw("guest-nonsense", &qapi::Dict::new()));
    assert_eq!(error.class, ErrorClass::CommandNotFound);
    let error = refusal(client.execute(&GuestFileClose::new(12345)));
    assert_eq!(error, generic("handle '12345' has not been found"));
}

#[test]
fn synchronises_after_a_client_that_left_in_mid_request() {
    let agent = Agent::start();
    drop(agent.client());
    let mut stale = UnixStream::connect(agent.path("agent")).unwrap();
    stale.set_read_timeout(Some(LONG)).unwrap();
    stale.write_all(b"{\"execute\": \"guest-ping\"}{\"execute\": [\"gue").unwrap();
    // The agent exits if a socket is closed with unread data.
    let mut reply = String::new();
    BufReader::new(&stale).read_line(&mut reply).unwrap();
    assert_eq!(reply, "{\"return\": {}}\n");
    drop(stale);
    let mut client = agent.client();
    client.execute(&GuestPing).unwrap();
    assert_eq!(client.execute(&GuestSync::new(2)).unwrap(), 2);
    client.reconnect().unwrap();
    assert_eq!(client.execute(&GuestSync::new(3)).unwrap(), 3);
}

#[test]
fn writes_and_reads_files() {
    let agent = Agent::start();
    let client = agent.client();
    let path = agent.path("file");
    let open =
        GuestFileOpen { mode: Some("w+".into()), ..GuestFileOpen::new(path.display().to_string()) };
    let handle = client.execute(&open).unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let written = client.execute(&GuestFileWrite::new(handle, BASE64.encode(&bytes))).unwrap();
    assert_eq!((written.count, written.eof), (100_000, false));
    client.execute(&GuestFileFlush::new(handle)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    for start in [GuestFileWhence::Name(QGASeek::Set), GuestFileWhence::Value(0)] {
        let place = client.execute(&GuestFileSeek::new(handle, 10, start)).unwrap();
        assert_eq!(place.position, 10);
        let read = GuestFileRead { count: Some(1 << 20), ..GuestFileRead::new(handle) };
        let read = client.execute(&read).unwrap();
        assert_eq!((read.count, read.eof), (99_990, true));
        assert_eq!(BASE64.decode(read.buf_b64).unwrap(), bytes[10..]);
    }
    client.execute(&GuestFileClose::new(handle)).unwrap();
}

#[test]
fn runs_programs() {
    let agent = Agent::start();
    let client = agent.client();
    let echo = GuestExec {
        arg: Some(vec!["-c".into(), "echo out; exit 3".into()]),
        capture_output: Some(GuestExecCaptureOutput::Flag(true)),
        ..GuestExec::new("/bin/sh")
    };
    let pid = client.execute(&echo).unwrap().pid;
    let until = Instant::now() + LONG;
    let status = loop {
        let status = client.execute(&GuestExecStatus::new(pid)).unwrap();
        if status.exited {
            break status;
        }
        assert!(Instant::now() < until, "the program does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.exitcode, Some(3));
    assert_eq!(BASE64.decode(status.out_data.unwrap()).unwrap(), b"out\n");
}

#[test]
fn collects_the_output_of_programs() {
    let agent = Agent::start();
    let client = agent.client();
    let script = "cat; echo $NAME >&2; exit 3";
    let program = GuestProgram::new("/bin/sh").arg("-c").arg(script).env("NAME", "value");
    let output = client.guest_exec(&program.input("text"), LONG).unwrap();
    assert_eq!((output.exit_code, output.signal, output.truncated), (Some(3), None, false));
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"text"[..], &b"value\n"[..]));
    let killed = GuestProgram::new("/bin/sh").arg("-c").arg("kill -KILL $$");
    let output = client.guest_exec(&killed, LONG).unwrap();
    assert_eq!((output.exit_code, output.signal), (None, Some(9)));
    let missing = client.guest_exec(&GuestProgram::new("/nonexistent"), LONG);
    assert!(refusal(missing).desc.contains("nonexistent"));
}

#[test]
fn replies_survive_the_generated_types() {
    let agent = Agent::start();
    let client = agent.client();
    let info = client.execute(&GuestInfo).unwrap();
    let newer = !info.version.starts_with("10.0.");
    let harmless = |name: &str| {
        name == "guest-info"
            || name.starts_with("guest-get-")
            || name.starts_with("guest-network-get-")
    };
    let commands = info.supported_commands.iter().filter(|command| command.enabled);
    let queries: Vec<&str> =
        commands.map(|command| command.name.as_str()).filter(|name| harmless(name)).collect();
    let mut mirror = Mirror::new("qga", ServerKind::Agent, newer, move |command, arguments| {
        client.execute_raw(command, arguments)
    });
    let (answered, refused): (Vec<&str>, Vec<&str>) =
        queries.into_iter().partition(|query| mirror.check(query));
    println!("{} of the agent's queries answered, refused here: {refused:?}", answered.len());
    assert!(answered.contains(&"guest-info") && answered.contains(&"guest-get-osinfo"));
}
