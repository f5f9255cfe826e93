//! The protocol with a real QEMU: greeting, out-of-band execution, errors, jobs, introspection, and
//! its end.

use qapi::client::ClientError;
use qapi::{Dict, ErrorClass, Value};
use qapi_tests::wire::full::commands::{
    BlockdevBackup, BlockdevCreate, Cont, QueryJobs, QueryStatus, QueryVersion, QueryYank, Quit,
    Stop,
};
use qapi_tests::wire::full::events::{Event, Shutdown};
use qapi_tests::wire::full::{
    self, BlockdevCreateOptions, BlockdevCreateOptionsFile, MirrorSyncMode, RunState, ShutdownCause,
};

use crate::processes::{no_machine, options, qemu, qemu_command};
use crate::{LONG, generic, refusal};

#[test]
fn greets_with_its_version() {
    let mut process = no_machine();
    let client = process.client();
    let greeting = client.greeting().unwrap().clone();
    assert!(greeting.capabilities.iter().any(|name| name == "oob"), "{greeting:?}");
    let version = client.execute(&QueryVersion).unwrap();
    let greeted = [greeting.version.major, greeting.version.minor, greeting.version.micro];
    assert_eq!(
        greeted.map(i64::from),
        [version.qemu.major, version.qemu.minor, version.qemu.micro]
    );
    assert_eq!(greeting.version.package, version.package);
    assert!(process.socket().exists());
}

#[test]
fn changes_of_state_emit_events() {
    let mut process = no_machine();
    let client = process.client();
    assert_eq!(client.execute(&QueryStatus).unwrap().status, RunState::Prelaunch);
    client.execute(&Cont).unwrap();
    let resumed = client.wait_event(LONG, |one| matches!(one.event, Event::Resume(_))).unwrap();
    assert!(client.execute(&QueryStatus).unwrap().running);
    client.execute(&Stop).unwrap();
    let stopped = client.wait_event(LONG, |one| matches!(one.event, Event::Stop(_))).unwrap();
    assert!(resumed.timestamp.seconds > 0 && stopped.timestamp.seconds > 0);
    assert_eq!(client.execute(&QueryStatus).unwrap().status, RunState::Paused);
}

#[test]
fn executes_out_of_band() {
    let mut process = qemu(&["-machine", "none"], options().oob(true));
    let client = process.client();
    let instances = client.execute_oob(&QueryYank).unwrap();
    let error = refusal(client.execute_oob(&QueryStatus));
    assert_eq!(error, generic("The command query-status does not support OOB"));
    assert_eq!(client.execute(&QueryYank).unwrap(), instances);
}

#[test]
fn refuses_out_of_band_execution_without_negotiation() {
    let mut process = no_machine();
    let error = refusal(process.client().execute_oob(&QueryYank));
    assert_eq!(error, generic("QMP input member 'exec-oob' is unexpected"));
}

#[test]
fn replies_are_awaited_in_any_order() {
    let mut process = no_machine();
    let client = process.client();
    let statuses: Vec<_> = (0..20).map(|_| client.start(&QueryStatus).unwrap()).collect();
    let version = client.start(&QueryVersion).unwrap();
    assert!(!client.finish(version).unwrap().package.is_empty());
    for status in statuses.into_iter().rev() {
        assert_eq!(client.finish(status).unwrap().status, RunState::Prelaunch);
    }
}

#[test]
fn accepts_a_second_connection() {
    let mut process = qemu(&["-machine", "none"], options().oob(true));
    let client = process.client();
    for _ in 0..3 {
        client.execute(&Cont).unwrap();
        // The reply is lost with the connection. Events received before are kept.
        let _ = client.start(&QueryVersion).unwrap();
        client.reconnect().unwrap();
        assert!(client.greeting().is_some());
        client.wait_event(LONG, |one| matches!(one.event, Event::Resume(_))).unwrap();
        client.execute(&Stop).unwrap();
        assert_eq!(client.execute_oob(&QueryYank).unwrap().len(), 1);
    }
}

#[test]
fn errors_have_class_and_text() {
    let mut process = no_machine();
    let client = process.client();
    let error = refusal(client.execute_raw("query-nonsense", &Dict::new()));
    assert_eq!(error.class, ErrorClass::CommandNotFound);
    assert_eq!(error.desc, "The command query-nonsense has not been found");
    let error = refusal(client.execute_raw("query-status", &Dict::from([("extra", 1i64)])));
    assert_eq!(error, generic("Parameter 'extra' is unexpected"));
    let error = refusal(client.execute_raw("netdev_del", &Dict::from([("id", Value::Null)])));
    assert_eq!(error, generic("Invalid parameter type for 'id', expected: string"));
    assert_eq!(client.execute(&QueryStatus).unwrap().status, RunState::Prelaunch);
}

#[test]
fn a_job_runs_to_its_end() {
    let mut process = no_machine();
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    let create = |path: &std::path::Path| {
        let file = BlockdevCreateOptionsFile::new(path.display().to_string(), 1 << 20);
        BlockdevCreate::new("create", BlockdevCreateOptions::File(file))
    };
    let client = process.client();
    client.run_job("create", &create(&image), LONG).unwrap();
    assert_eq!(std::fs::metadata(&image).unwrap().len(), 1 << 20);
    assert_eq!(client.execute(&QueryJobs).unwrap(), []);

    let nowhere = folder.path().join("nowhere/image");
    let error = refusal(client.run_job("create", &create(&nowhere), LONG));
    assert!(error.desc.contains("nowhere"), "{error}");
    assert_eq!(client.execute(&QueryJobs).unwrap(), []);
}

/// A disk whose reads fail, and the target of a copy.
const BAD_DISK: &[&str] = &[
    "-machine",
    "none",
    "-blockdev",
    "{'driver': 'null-co', 'node-name': 'zeroes', 'size': 1048576}",
    "-blockdev",
    "{'driver': 'null-co', 'node-name': 'copy', 'size': 1048576}",
    "-blockdev",
    "{'driver': 'blkdebug', 'node-name': 'bad', 'image': 'zeroes', 'inject-error': [{'event': 'none'}]}",
];

#[test]
fn a_job_that_dismisses_itself_fails_with_its_reason() {
    let mut process = qemu(BAD_DISK, options());
    let client = process.client();
    let backup = |device: &str| {
        let backup = full::BlockdevBackup::new(device, MirrorSyncMode::Full, "copy");
        BlockdevBackup(full::BlockdevBackup { job_id: Some("backup".into()), ..backup })
    };
    for _ in 0..2 {
        let error = refusal(client.run_job("backup", &backup("bad"), LONG));
        assert_eq!(error, generic("Input/output error"));
        client.run_job("backup", &backup("zeroes"), LONG).unwrap();
    }
    assert_eq!(client.execute(&QueryJobs).unwrap(), []);
}

#[test]
fn introspection_data_answers_questions_by_path() {
    let mut process = no_machine();
    let schema = process.client().schema().unwrap();
    for path in [
        "migrate",
        "migrate.channels.addr.transport=socket",
        "migrate.channels.addr.path",
        "migrate-set-capabilities.capabilities.capability=multifd",
        "blockdev-add.driver=qcow2",
        "blockdev-add.backing.driver=file",
        "MIGRATION.status=postcopy-recover",
        "BLOCK_JOB_READY",
    ] {
        assert!(schema.supports(path), "{path}");
    }
    for path in
        ["migrate.nonsense", "nonsense", "MIGRATION.status=nonsense", "query-status:deprecated"]
    {
        assert!(!schema.supports(path), "{path}");
    }
    let returned = schema.command("query-migrate").unwrap().returns().unwrap();
    assert!(returned.member("status").unwrap().has_value("completed"));
    assert!(schema.command("query-yank").unwrap().allows_oob());
    assert!(!schema.command("query-status").unwrap().allows_oob());
    assert!(schema.command("migrate").unwrap().argument("uri").unwrap().is_optional());
}

#[test]
fn quits_and_is_reaped() {
    let mut process = no_machine();
    process.client().execute(&Quit).unwrap();
    let shutdown = process.client().next_of::<Shutdown>(LONG).unwrap().event;
    assert_eq!((shutdown.guest, shutdown.reason), (false, ShutdownCause::HostQmpQuit));
    let status = process.wait(LONG).unwrap().expect("it has ended");
    assert!(status.success(), "{status}");
    let outcome = process.client().execute(&QueryStatus);
    assert!(matches!(outcome, Err(ClientError::Closed { after_quit: true, .. })), "{outcome:?}");
    let folder = format!("/proc/{}", process.id());
    assert!(!std::path::Path::new(&folder).exists(), "no zombie is left");
}

#[test]
fn reads_the_last_event_after_the_end() {
    let mut process = no_machine();
    let id = process.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    process.wait(LONG).unwrap().expect("it has ended");
    let client = process.client();
    let error = client.execute(&QueryStatus).unwrap_err();
    assert_eq!(error.to_string(), "query-status: the connection is closed");
    let event = client.next_event::<Event>(LONG).unwrap().event;
    let Event::Shutdown(shutdown) = event else { panic!("{event:?}") };
    assert_eq!(shutdown.reason, ShutdownCause::HostSignal);
    assert!(client.next_event::<Event>(LONG).unwrap_err().is_closed());
}

#[test]
fn dropping_a_process_ends_it() {
    let process = no_machine();
    let folder = format!("/proc/{}", process.id());
    assert!(std::path::Path::new(&folder).exists());
    drop(process);
    assert!(!std::path::Path::new(&folder).exists());
}

#[test]
fn reports_a_process_that_does_not_start() {
    let mut command = qemu_command();
    command.args(["-machine", "nonsense"]).stderr(std::process::Stdio::null());
    let outcome = qapi::client::Process::spawn(command, options());
    let error = outcome.expect_err("there is no such machine").to_string();
    assert!(error.contains("has ended"), "{error}");
}
