//! Ends of connections, and the clients that follow.

use std::time::Duration;

use super::*;

#[test]
fn nothing_is_answered_after_quit() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{'execute': 'quit'}{'execute': 'query-name', 'id': 'late'}\n");
    let shutdown = event("SHUTDOWN", json!({"guest": false, "reason": "host-qmp-quit"}));
    client.expect(&[shutdown, json!({"return": {}})]);
    assert_eq!(client.next(), None);
}

#[test]
fn discards_partial_input_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{\"execute\":\"query-name\"");
    drop(client);
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(query(1));
    client.expect(&[done(1)]);
}

#[test]
fn resets_capabilities_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(pause("1"));
    client.expect(&[pause_fails("1")]);
    drop(client);
    let mut client = fixture.client();
    client.send("{'execute': 'query-name'}");
    let expecting = "Expecting capabilities negotiation with 'qmp_capabilities'";
    client.expect(&[failed(None, "CommandNotFound", expecting)]);
    client.send(pause("1"));
    client.expect(&[failed(
        Some("1"),
        "GenericError",
        "QMP input member 'exec-oob' is unexpected",
    )]);
}

#[test]
fn replies_after_the_client_closes_its_sending_half() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(query(1));
    client.half_close();
    client.expect(&[done(1)]);
    assert_eq!(client.next(), None);
}

#[test]
fn the_second_client_waits_for_the_first() {
    let fixture = Fixture::new();
    let mut first = fixture.negotiated(NEGOTIATE);
    let mut second = Client::connect(&fixture.path(), false);
    first.send(query(1));
    first.expect(&[done(1)]);
    assert!(!second.wait(1, Duration::ZERO), "the first is still there");
    drop(first);
    second.expect(&[greeting()]);
}

#[test]
fn discards_unread_requests_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(block("blocked"));
    drop(client);
    fixture.gate.send(()).unwrap();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send(query("after"));
    client.expect(&[done("after")]);
}

#[test]
fn discards_queued_requests_at_the_end_of_the_connection() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(block("blocked"));
    for id in 0..4 {
        client.send(
            json!({"execute": "object-add", "arguments": {"qom-type": "iothread", "id": format!("o{id}")}})
                .to_string(),
        );
    }
    // Now all have been read.
    client.send(pause("oob"));
    client.expect(&[pause_fails("oob")]);
    drop(client);
    // The greeting shows that the server has noticed the end.
    let mut client = fixture.client();
    fixture.gate.send(()).unwrap();
    client.expect(&[done("blocked")]);
    client.send(NEGOTIATE);
    client.expect(&[json!({"return": {}})]);
    assert_eq!(*fixture.objects.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn sends_a_late_reply_to_the_next_client() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE_OOB);
    client.send(block("blocked"));
    client.send(pause("oob"));
    client.expect(&[pause_fails("oob")]);
    drop(client);
    let mut client = fixture.client();
    client.send(NEGOTIATE_OOB);
    client.send(pause("oob"));
    fixture.gate.send(()).unwrap();
    client.expect(&[done("blocked"), json!({"return": {}}), pause_fails("oob")]);
    client.send(query("after"));
    client.expect(&[done("after")]);
}
