//! Events as sent to a client: `event-cases`.

use std::sync::{Arc, Mutex};

use qapi::qmp::{EventSink, Monitor};
use qapi_tests::oracle::{self, Tally};
use qapi_tests::wire::tables;
use serde_json::{Value, json};

/// Keeps the messages for a client.
#[derive(Default)]
struct Sink(Mutex<Vec<String>>);

impl EventSink for Sink {
    fn event(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// Sends the case's event. Returns the message, if there is one.
fn send(case: &Value) -> Result<Option<String>, String> {
    let name = case["event"].as_str().unwrap_or_default();
    let emit = tables("test").emitter(name).ok_or_else(|| format!("the schema has no '{name}'"))?;
    let policy = oracle::policy(case["policy"].as_str().unwrap_or_default());
    let monitor = Monitor::builder().policy(policy).build();
    let sink = Arc::new(Sink::default());
    monitor.events().subscribe(0, sink.clone());
    emit(&case["input"].to_string(), monitor.events()).map_err(|error| error.to_string())?;
    Ok(sink.0.lock().unwrap().pop())
}

/// Returns a message without its time.
fn timeless(text: &str) -> Result<Value, String> {
    let mut message: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let timestamp = message["timestamp"].as_object().ok_or("there is no timestamp")?;
    if !["seconds", "microseconds"].iter().eq(timestamp.keys().collect::<Vec<_>>().iter().rev()) {
        return Err(format!("the timestamp is {timestamp:?}"));
    }
    message["timestamp"] = json!({"seconds": 0, "microseconds": 0});
    Ok(message)
}

#[test]
fn sends_events_as_recorded() {
    let mut tally = Tally::default();
    for case in oracle::cases(&oracle::oracle().join("event-cases.jsonl")) {
        let outcome = send(&case).and_then(|sent| match (sent, case["emitted"].is_null()) {
            (None, true) => Ok(()),
            (None, false) => Err("nothing was sent".into()),
            (Some(text), true) => Err(format!("sent {text}")),
            (Some(text), false) => {
                // The envelope's members have a fixed order.
                let order = text.starts_with("{\"timestamp\": {\"seconds\": ");
                let same = timeless(&text)? == case["emitted"];
                (same && order).then_some(()).ok_or(text)
            }
        });
        tally.count(&case, outcome);
    }
    tally.check("event-cases");
}
