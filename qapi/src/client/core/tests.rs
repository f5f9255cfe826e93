//! The core by itself: no socket, every byte written here.

use super::*;

const GREETING: &[u8] =
    br#"{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}}, "capabilities": []}}"#;

fn core() -> Core {
    Core::new(Options::default(), false)
}

fn submit(core: &mut Core, name: &'static str) -> u64 {
    let name = Name::Borrowed(name);
    core.submit(OutgoingCommand { name: &name, arguments: "{}", oob: false, fds: Vec::new() })
        .unwrap()
}

/// Sends everything that is queued.
fn send(core: &mut Core) -> String {
    let mut sent = String::new();
    while let Some((bytes, _)) = core.output.next() {
        sent.push_str(std::str::from_utf8(bytes).unwrap());
        let length = bytes.len();
        core.output.advance(length);
    }
    sent
}

#[test]
fn replies_of_dropped_tickets_are_dropped() {
    let mut core = core();
    core.feed(GREETING);
    let ids: Vec<u64> = (0..4000).map(|_| submit(&mut core, "query-status")).collect();
    assert_eq!(send(&mut core).lines().count(), 4000);
    // Half of the tickets go before their reply comes, half after.
    let (early, late) = ids.split_at(2000);
    early.iter().for_each(|id| core.abandon(*id));
    for id in &ids {
        core.feed(format!("{{\"return\": {{}}, \"id\": {id}}}").as_bytes());
    }
    assert_eq!(core.requests.len(), 2000);
    late.iter().for_each(|id| core.abandon(*id));
    assert_eq!(core.requests.len(), 0);
}

#[test]
fn requests_share_a_chunk_of_output() {
    let mut core = core();
    core.feed(GREETING);
    for _ in 0..10 {
        submit(&mut core, "stop");
    }
    let (bytes, _) = core.output.next().unwrap();
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 10);
}

#[test]
fn a_request_is_sent_once_its_last_byte_is() {
    let mut core = core();
    core.feed(GREETING);
    let (first, second) = (submit(&mut core, "stop"), submit(&mut core, "cont"));
    assert!(!core.is_sent(first));
    let length = core.output.next().unwrap().0.iter().position(|byte| *byte == b'\n').unwrap();
    core.output.advance(length);
    assert!(!core.is_sent(first));
    core.output.advance(1);
    assert!(core.is_sent(first) && !core.is_sent(second));
}

#[test]
fn a_failed_write_ends_requests_that_are_not_sent_and_no_others() {
    let mut core = core();
    core.feed(GREETING);
    let sent = submit(&mut core, "stop");
    send(&mut core);
    let unsent = submit(&mut core, "cont");
    core.finish_output(&io::ErrorKind::BrokenPipe.into());
    let error = core.poll_reply(unsent, None).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "cont: the connection is closed");
    assert!(core.poll_reply(sent, None).is_none());
    core.feed(format!("{{\"return\": {{}}, \"id\": {sent}}}").as_bytes());
    assert!(core.poll_reply(sent, None).unwrap().is_ok());
    assert!(!core.has_ended());
}

#[test]
fn closing_says_if_it_follows_quit() {
    let mut core = core();
    core.feed(GREETING);
    let (quit, other) = (submit(&mut core, "quit"), submit(&mut core, "stop"));
    core.feed(format!("{{\"return\": {{}}, \"id\": {quit}}}").as_bytes());
    core.close();
    assert!(core.poll_reply(quit, None).unwrap().is_ok(), "the reply came before the end");
    let error = core.poll_reply(other, None).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "stop: the connection is closed after quit");

    let mut refused = Core::new(Options::default(), false);
    refused.feed(GREETING);
    let quit = submit(&mut refused, "quit");
    refused.feed(format!("{{\"error\": {{}}, \"id\": {quit}}}").as_bytes());
    refused.close();
    let error = refused.poll_greeting(None);
    assert!(error.unwrap().is_ok());
    let name = Name::Borrowed("stop");
    let call = OutgoingCommand { name: &name, arguments: "{}", oob: false, fds: Vec::new() };
    assert_eq!(refused.submit(call).unwrap_err().to_string(), "stop: the connection is closed");
}

#[test]
fn events_before_the_greeting_are_kept() {
    let mut core = core();
    let key = core.events.subscribe(Vec::new());
    core.feed(br#"{"event": "EARLY", "timestamp": {"seconds": 1, "microseconds": 2}}"#);
    core.feed(GREETING);
    core.feed(br#"{"event": "LATE", "timestamp": {"seconds": 1, "microseconds": 2}}"#);
    let kept = core.events.kept(key);
    let names: Vec<&str> = kept.iter().map(|event| event_name(event)).collect();
    assert_eq!(names, ["EARLY", "LATE"]);
    assert_eq!(core.poll_greeting(None).unwrap().unwrap().version.major, 10);
}

#[test]
fn a_queue_keeps_the_newest_events_and_none_if_so_told() {
    for (limit, expected) in [(0, ""), (1, "5"), (3, "345"), (10, "12345")] {
        let mut core = Core::new(Options::new().events(limit), false);
        let key = core.events.subscribe(Vec::new());
        for name in 1..=5 {
            core.feed(format!("{{\"event\": \"{name}\"}}").as_bytes());
        }
        let kept = core.events.kept(key);
        let names: String = kept.iter().map(|event| event_name(event)).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn without_kept_events_a_wait_still_sees_those_that_come() {
    let mut core = Core::new(Options::new().events(0), false);
    let key = core.events.subscribe(Vec::new());
    core.feed(br#"{"event": "BEFORE"}"#);
    let wait = core.events.begin_wait(key);
    core.feed(br#"{"event": "DURING"}"#);
    let (_, event) = core.events.next_after(key, 0, wait, None).unwrap();
    assert_eq!(event_name(&event), "DURING");
    core.events.end_wait(key, wait);
    assert!(core.events.kept(key).is_empty());
}

#[test]
fn a_message_that_is_not_qmp_ends_the_connection() {
    for (bytes, text) in [
        (&b"[}"[..], "unreadable message from the server: JSON parse error, expecting value"),
        (&[b'['; 5000], "unreadable message from the server: JSON nesting depth limit exceeded"),
        (b"{\"hello\": 1}", "the server does not speak QMP: unexpected message {\"hello\": 1}"),
        (b"{\"event\": 1}", "the server does not speak QMP: unexpected message {\"event\": 1}"),
        (b"[1]", "the server does not speak QMP: unexpected message [1]"),
    ] {
        let mut core = core();
        let id = submit(&mut core, "stop");
        core.feed(bytes);
        let error = core.poll_reply(id, None).unwrap().unwrap_err();
        assert_eq!(error.to_string(), format!("stop: {text}"));
        assert!(core.has_ended());
    }
}
