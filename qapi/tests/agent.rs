//! Synchronisation with a guest agent, and late replies to other clients, at servers whose every
//! byte is written here.

mod schema;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use qapi::client::{Client, Options};
use qapi::{Dict, Value};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

fn agent() -> Options {
    Options::new().agent(true).timeout(LONG)
}

/// The bytes that an agent sends for a request.
type Answer = fn(&serde_json::Value) -> Vec<u8>;

/// Sends `first` and serves until the client leaves. Requests may begin with the byte that ends
/// anything sent before.
fn serve(first: &'static [u8], answer: Answer) -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let serving = spawn(move || {
        let mut output = theirs.try_clone().unwrap();
        output.write_all(first).unwrap();
        for line in BufReader::new(theirs).split(b'\n') {
            let line = line.unwrap();
            let request =
                serde_json::from_slice(line.strip_prefix(&[0xFF]).unwrap_or(&line)).unwrap();
            output.write_all(&answer(&request)).unwrap();
        }
    });
    (ours, serving)
}

/// The answer to a synchronisation: an error for the rest of an earlier request, then a byte that
/// no message has, then the reply.
fn synced(reply: String) -> Vec<u8> {
    let stray = b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"stray\"}}\n\xFF";
    [&stray[..], reply.as_bytes()].concat()
}

/// An agent that knows `id`.
fn new_agent(request: &serde_json::Value) -> Vec<u8> {
    let id = &request["id"];
    match request["execute"].as_str() {
        Some("guest-sync-delimited") => {
            synced(format!("{{\"return\": {}, \"id\": {id}}}\n", request["arguments"]["id"]))
        }
        _ => format!("{{\"return\": \"for us\", \"id\": {id}}}\n").into(),
    }
}

/// One that does not.
fn old_agent(request: &serde_json::Value) -> Vec<u8> {
    match request["execute"].as_str() {
        Some("guest-sync-delimited") => {
            synced(format!("{{\"return\": {}}}\n", request["arguments"]["id"]))
        }
        _ => b"{\"return\": \"for us\"}\n".into(),
    }
}

/// The bytes that earlier clients have left: the end of a reply, whole ones, the beginning of one.
const LEFT: &[u8] =
    b"rn\": [}\x7f {\"return\": \"stale\"} {\"return\": 7, \"id\": 0} {\"return\": 5}\n{\"ret";

#[test]
fn the_blocking_client_synchronises() {
    for answer in [new_agent as Answer, old_agent] {
        let (stream, serving) = serve(LEFT, answer);
        let client = Client::from_socket(stream, agent()).unwrap();
        for _ in 0..3 {
            let reply = client.execute_raw("guest-info", &Dict::new()).unwrap();
            assert_eq!(reply, Value::from("for us"));
            client.sync_agent().unwrap();
        }
        drop(client);
        serving.join().unwrap();
    }
}

#[test]
fn what_was_asked_before_does_not_get_the_replies_of_what_follows() {
    for answer in [new_agent as Answer, old_agent] {
        let (stream, serving) = serve(b"", answer);
        let client = Client::from_socket(stream, agent()).unwrap();
        let _ = client.start(&schema::commands::Quit).unwrap();
        client.sync_agent().unwrap();
        for _ in 0..3 {
            assert_eq!(
                client.execute_raw("guest-info", &Dict::new()).unwrap(),
                Value::from("for us")
            );
        }
        drop(client);
        serving.join().unwrap();
    }
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn the_asynchronous_client_synchronises() {
    for answer in [new_agent as Answer, old_agent] {
        let (stream, serving) = serve(LEFT, answer);
        let client = qapi::client::tokio::Client::from_socket(stream, agent()).await.unwrap();
        for _ in 0..3 {
            let reply = client.execute_raw("guest-info", &Dict::new()).await.unwrap();
            assert_eq!(reply, Value::from("for us"));
            client.sync_agent().await.unwrap();
        }
        drop(client);
        serving.join().unwrap();
    }
}

/// A monitor's replies to another client, which counted from 0 or sent no id.
const LATE: &[u8] = b"{\"QMP\": {\"version\": {\"qemu\": {\"major\": 1, \"minor\": 0, \"micro\": 0}}}}\n\
                    {\"return\": \"late\", \"id\": 0} {\"return\": \"late\", \"id\": 1} {\"return\": \"late\"}\n\
                    {\"error\": {\"class\": \"GenericError\", \"desc\": \"late\"}}\n";

/// One that refuses what it cannot read, and so does not know whose it is.
fn refusing(request: &serde_json::Value) -> Vec<u8> {
    match request["execute"].as_str() {
        Some("refused") => {
            b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"too long\"}}\n".into()
        }
        _ => format!("{{\"return\": \"for us\", \"id\": {}}}\n", request["id"]).into(),
    }
}

#[test]
fn late_replies_to_others_are_not_ours() {
    let (stream, serving) = serve(LATE, refusing);
    let options = Options::new().timeout(LONG);
    let client = Client::from_socket(stream, options).unwrap();
    assert_eq!(client.execute_raw("query-name", &Dict::new()).unwrap(), Value::from("for us"));
    let error = client.execute_raw("refused", &Dict::new()).unwrap_err();
    assert_eq!(error.to_string(), "too long");
    assert_eq!(client.foreign_replies(), 4);
    drop(client);
    serving.join().unwrap();
}

#[test]
fn ids_of_two_connections_do_not_meet() {
    let first_id = || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let options = agent().timeout(Duration::from_millis(1));
        Client::from_socket(ours, options).unwrap_err();
        let line = BufReader::new(theirs).split(b'\n').next().unwrap().unwrap();
        let request: serde_json::Value = serde_json::from_slice(&line[1..]).unwrap();
        request["id"].as_i64().unwrap()
    };
    assert_ne!(first_id(), first_id());
}
