//! The example `tokio_server`, with clients of all kinds.

#[path = "../examples/tokio_server.rs"]
mod example;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use qapi::client::tokio::Client;
use qapi::client::{Address, Options};
use qapi::{Dict, RawEvent};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_asynchronous_program_serves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("qmp");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let serving = tokio::spawn(example::serve(listener));
    let options = Options::within(LONG);
    let first = Client::connect(Address::unix(&path), options.clone()).await.unwrap();
    let second = Client::connect(Address::unix(&path), options).await.unwrap();

    let none = Dict::new();
    // Handlers wait, each client's in the order of its requests, beside those of other clients.
    let (one, two) = tokio::join!(first.execute_raw("cont", &none), async {
        second.execute_raw("cont", &none).await.unwrap();
        second.execute_raw("query-status", &none).await
    });
    assert_eq!(one.unwrap().to_string(), "{}");
    assert_eq!(two.unwrap().to_string(), r#"{"status": "running", "running": true}"#);
    for client in [&first, &second] {
        assert_eq!(client.next_event::<RawEvent>(LONG).await.unwrap().event.name, "RESUME");
    }

    // A client that reads nothing and leaves a request unfinished delays no other, nor the end.
    let mut silent = UnixStream::connect(&path).unwrap();
    let requests = "{'execute': 'query-status'}".repeat(100_000);
    silent.set_nonblocking(true).unwrap();
    silent.write_all(b"{'execute': 'qmp_capabilities'}").unwrap();
    let _ = silent.write(requests.as_bytes());
    first.execute_raw("stop", &none).await.unwrap();
    assert_eq!(second.next_event::<RawEvent>(LONG).await.unwrap().event.name, "STOP");
    let start = Instant::now();
    second.execute_raw("quit", &none).await.unwrap();
    serving.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
    silent.set_nonblocking(false).unwrap();
    silent.set_read_timeout(Some(LONG)).unwrap();
    let mut text = Vec::new();
    // Ends: with the end of the stream or an error, as requests are unread.
    let _ = silent.read_to_end(&mut text);
    assert!(first.execute_raw("query-status", &none).await.is_err());
}
