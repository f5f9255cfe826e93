//! Ends of connections and of the server.

use qapi::client::ConnectStep;

use super::*;
use crate::schema::commands::Quit;

#[test]
fn a_handler_that_panics_ends_its_connection_only() {
    let mut fixture = Fixture::one_client();
    let mut raw = UnixStream::connect(fixture.path()).unwrap();
    raw.set_read_timeout(Some(LONG)).unwrap();
    raw.write_all(b"{'execute': 'qmp_capabilities'}").unwrap();
    let mut lines = BufReader::new(raw.try_clone().unwrap());
    let mut line = String::new();
    while !line.starts_with("{\"return\"") {
        line.clear();
        lines.read_line(&mut line).unwrap();
    }
    // More than the kernel holds: the server has to write the rest later.
    let flood =
        qapi::RawEvent { name: "FLOOD".into(), data: Dict::from([("text", "x".repeat(1 << 20))]) };
    fixture.server.monitor().events().emit_any(&flood);
    lines.read_line(&mut line).unwrap();
    // Nothing will ever let it go on.
    fixture.gate = channel().0;
    raw.write_all(b"{'execute': 'device_add', 'arguments': {'driver': 'x'}}").unwrap();
    assert_eq!(lines.read_to_end(&mut Vec::new()).unwrap(), 0);
    fixture.client(false).execute(&QueryStats).unwrap();
    // That thread has ended as its handler did, not as the others.
    fixture.server.shutdown();
}

#[test]
fn quit_ends_the_server_after_its_event() {
    let mut fixture = Fixture::one_client();
    let mut raw = UnixStream::connect(fixture.path()).unwrap();
    raw.write_all(b"{'execute':'qmp_capabilities'}{'execute':'quit'}{'execute':'query-stats'}")
        .unwrap();
    let mut text = String::new();
    raw.read_to_string(&mut text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[2].ends_with("\"event\": \"STOP\"}"));
    fixture.serving.take().unwrap().join().unwrap().unwrap();
    assert!(!fixture.path().exists());
    assert!(matches!(
        Client::connect(Address::unix(fixture.path()), Options::default()),
        Err(ClientError::Connect { step: ConnectStep::Connect, within: None, .. })
    ));
}

#[test]
fn shutdown_answers_what_runs_and_reconnect_works() {
    let mut fixture = Fixture::one_client();
    let client = fixture.client(false);
    let blocked = client.start(&DeviceAdd(Dict::new())).unwrap();
    fixture.server.shutdown();
    fixture.gate.send(()).unwrap();
    // The command may not have been read before the end.
    assert!(matches!(client.finish(blocked), Ok(_) | Err(ClientError::Closed { .. })));
    assert!(matches!(client.execute(&QueryStats), Err(ClientError::Closed { .. })));
    fixture.stop();

    let again = Fixture::one_client();
    let mut client = again.client(false);
    client.reconnect().unwrap();
    client.execute(&Quit).unwrap_err();
}

#[test]
fn half_closed_connections_are_answered() {
    let fixture = Fixture::one_client();
    let mut raw = UnixStream::connect(fixture.path()).unwrap();
    raw.write_all(b"{'execute':'qmp_capabilities'}{'execute':'query-stats','id':1}").unwrap();
    raw.shutdown(std::net::Shutdown::Write).unwrap();
    let mut text = String::new();
    raw.read_to_string(&mut text).unwrap();
    assert!(
        text.ends_with("{\"return\": {\"transferred\": 1, \"rate\": 2}, \"id\": 1}\r\n"),
        "{text}"
    );
}
