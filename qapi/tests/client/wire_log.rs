//! The wire log as a subscriber sees it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use qapi::client::Client;
use tracing_subscriber::fmt::MakeWriter;

use crate::options;
use crate::script::pair;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

#[test]
fn both_directions_are_logged_without_secrets() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let (stream, serving) = pair(|mut peer| {
            peer.serve("object-add", "{\"password\": \"hunter2\"}");
            peer.serve("qom-get", "\"hunter2\"");
            peer.event("VNC_CONNECTED", "{\"client\": {\"password\": \"hunter2\"}}");
            peer.say("{\"return\": {}, \"id\": \"other\"}");
            peer.serve("stop", "{}");
            peer.wait();
        });
        let client = Client::from_socket(stream, options()).unwrap();
        let secret = qapi::dict! { "qom-type": "secret", "id": "key", "data": "hunter2" };
        client.execute_raw("object-add", &secret).unwrap();
        let property = qapi::dict! { "path": "/objects/key", "property": "data" };
        let reply = client.execute_raw("qom-get", &property).unwrap();
        assert_eq!(reply.as_str(), Some("hunter2"));
        client.next_event::<qapi::RawEvent>(crate::LONG).unwrap();
        client.execute_raw("stop", &qapi::Dict::new()).unwrap();
        assert_eq!(client.foreign_replies(), 1);
        drop(client);
        serving.join().unwrap();
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("qapi::wire")).collect();
    assert_eq!(lines.len(), 12, "{text}");
    let sent = r#"direction="sent" text={"execute": "object-add", "arguments": {"qom-type": "secret", "id": "key", "data": "***"}"#;
    assert!(lines[3].contains(sent), "{text}");
    let received = r#"direction="received" text={"return": {"password": "***"}"#;
    assert!(lines[4].contains(received), "{text}");
    assert!(lines[6].contains(r#"direction="received" text={"return": "***", "id""#), "{text}");
    let dropped =
        r#"DEBUG qapi::wire: dropped a reply to no command of this client id="\"other\"""#;
    assert!(text.contains(dropped), "{text}");
}
