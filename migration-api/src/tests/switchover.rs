//! A source that waits for the acknowledgement before it stops the guest.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::*;
use crate::stream::return_path::Message;

#[test]
fn the_guest_is_not_stopped_before_the_destination_is_ready() {
    let (source, mut main, reading) = scripted(Generation::default());
    // Memory has arrived, and the source keeps syncing the dirty log while it waits.
    let run = source.engine.core.state().outgoing.run.clone().unwrap();
    let end = Instant::now() + PATIENCE;
    while run.stats().dirty_sync_count.get() < 5 || run.stats().remaining.get() > 0 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(source.engine.run_state(), RunState::Running);
    assert_eq!(source.engine.core.state().outgoing.machine.status(), Status::Active);
    say(&mut main, &Message::SwitchoverAck);
    while source.engine.run_state() == RunState::Running {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    say(&mut main, &Message::Shut(0));
    source.until(Status::Completed);
    drop(source);
    reading.join().unwrap().unwrap();
}

/// Sends a message on the return path.
fn say(main: &mut TcpStream, message: &Message) {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    main.write_all(&bytes).unwrap();
}

/// Starts a migration to a destination that reads everything and has answered the first ping.
/// Returns the source, its return path, and the thread that reads.
fn scripted(generation: Generation) -> (Host, TcpStream, JoinHandle<io::Result<u64>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let capabilities = [Capability::ReturnPath, Capability::SwitchoverAck];
    let source = host_with(&[PATTERN], false, &capabilities, Parameters::default(), generation);
    source.engine.cont().unwrap();
    let address =
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() });
    source.engine.migrate(&address).unwrap();
    let (mut main, _) = listener.accept().unwrap();
    let mut stream = main.try_clone().unwrap();
    let reading = std::thread::spawn(move || io::copy(&mut stream, &mut io::sink()));
    say(&mut main, &Message::Pong(1));
    (source, main, reading)
}

#[test]
fn an_acknowledgement_that_never_comes_is_an_error() {
    let began = Instant::now();
    let (source, _main, _) = scripted(Generation::default());
    source.until(Status::Failed);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let error = source.error().unwrap();
    assert!(error.contains("has not acknowledged the switchover within 5 s"), "{error}");
    assert_eq!(source.engine.run_state(), RunState::Running);
}

#[test]
fn a_destination_that_acknowledges_devices_alone_is_not_waited_for() {
    let newer = Generation { switchover_ack_legacy: Some(false), ..Generation::default() };
    let (source, mut main, _) = scripted(newer);
    let end = Instant::now() + PATIENCE;
    while source.engine.run_state() == RunState::Running {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    say(&mut main, &Message::Shut(0));
    source.until(Status::Completed);
}

#[test]
fn sides_of_different_generations_are_told() {
    let capabilities = [Capability::ReturnPath, Capability::SwitchoverAck];
    let newer = Generation { switchover_ack_legacy: Some(false), ..Generation::default() };
    let source = host(&[PATTERN], false, &capabilities, Parameters::default());
    let target = host_with(&[], true, &capabilities, Parameters::default(), newer);
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    assert!(source.error().unwrap().contains("migration.switchover-ack-legacy"));
}

#[test]
fn a_description_on_one_side_alone_blocks_neither() {
    let suppressed = Generation { suppress_description: true, ..Generation::default() };
    for (from, to) in [
        (suppressed, Generation::default()),
        (Generation::default(), suppressed),
        (suppressed, suppressed),
    ] {
        for capabilities in [&[][..], &[Capability::ReturnPath]] {
            let parameters = Parameters::default();
            let source = host_with(&[PATTERN], false, capabilities, parameters.clone(), from);
            let target = host_with(&[], true, capabilities, parameters, to);
            source.engine.migrate(&target.listen()).unwrap();
            source.until(Status::Completed);
            target.until(Status::Completed);
            assert!(source.memory() == target.memory());
        }
    }
}

#[test]
fn a_destination_that_waits_for_a_description_gets_another_byte() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let suppressed = Generation { suppress_description: true, ..Generation::default() };
    let capabilities = [Capability::ReturnPath];
    let source = host_with(&[PATTERN], false, &capabilities, Parameters::default(), suppressed);
    let host = "127.0.0.1".into();
    let address = Address::Inet(InetAddress { host, port, ..Default::default() });
    source.engine.migrate(&address).unwrap();
    let (mut main, _) = listener.accept().unwrap();
    main.set_read_timeout(Some(PATIENCE)).unwrap();
    say(&mut main, &Message::Pong(1));
    let mut stream = Vec::new();
    // The last footer, the end of file, and the byte.
    while !matches!(stream[..], [.., 0x7e, _, _, _, _, 0, 0]) {
        let mut bytes = [0; 64 << 10];
        let count = main.read(&mut bytes).unwrap();
        assert!(count > 0, "the source ends");
        stream.extend_from_slice(&bytes[..count]);
    }
    say(&mut main, &Message::Shut(0));
    source.until(Status::Completed);
}

#[test]
fn a_yank_of_a_destination_right_after_the_start_takes_effect() {
    for _ in 0..20 {
        let capabilities = [Capability::ReturnPath];
        let source = host(&[PATTERN], false, &capabilities, Parameters::default());
        let target = host(&[], true, &capabilities, Parameters::default());
        // Nothing gets through before the yank.
        source.engine.core.state().parameters.max_bandwidth = 1;
        source.engine.cont().unwrap();
        source.engine.migrate(&target.listen()).unwrap();
        target.engine.yank();
        source.until(Status::Failed);
        target.until(Status::Failed);
        assert_eq!(source.engine.run_state(), RunState::Running);
    }
}
