//! A source that waits for the acknowledgement before it stops the guest.

use std::io::Write;
use std::net::TcpListener;

use super::*;
use crate::stream::return_path::Message;

#[test]
fn the_guest_is_not_stopped_before_the_destination_is_ready() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let capabilities = [Capability::ReturnPath, Capability::SwitchoverAck];
    let source = host(&[PATTERN], false, &capabilities, Parameters::default());
    source.engine.cont().unwrap();
    let address =
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() });
    source.engine.migrate(address, false).unwrap();
    let (mut main, _) = listener.accept().unwrap();
    let mut stream = main.try_clone().unwrap();
    let reading = std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    let mut say = |message: Message| {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        main.write_all(&bytes).unwrap();
    };
    say(Message::Pong(1));
    // Memory has arrived, and the source keeps syncing the dirty log while it waits.
    let run = source.engine.core.state().outgoing.run.clone().unwrap();
    let end = Instant::now() + PATIENCE;
    while run.stats.dirty_sync_count.get() < 5 || run.stats.remaining.get() > 0 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(source.machine.run_state(), RunState::Running);
    assert_eq!(source.engine.core.state().outgoing.machine.status(), Status::Active);
    say(Message::SwitchoverAck);
    while source.machine.run_state() == RunState::Running {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    say(Message::Shut(0));
    source.until(Status::Completed);
    drop(source);
    reading.join().unwrap().unwrap();
}
