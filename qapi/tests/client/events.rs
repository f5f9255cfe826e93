//! Waits for events: by type, beside unrelated, undecodable and old ones.

use qapi::RawEvent;
use qapi::client::ClientError;

use crate::schema::events;
use crate::script::pair;
use crate::{LONG, SHORT, options};

fn raw_pass(event: &RawEvent) -> Option<i64> {
    event.data.get("pass").and_then(qapi::Value::as_i64)
}

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn a_typed_wait_skips_and_keeps_other_events() {
            let (stream, serving) = pair(|mut peer| {
                peer.event("OTHER", "{\"x\": 1}");
                peer.event("PASS", "{\"pass\": \"not a number\"}");
                peer.event("PASS", "{\"pass\": 1}");
                peer.event("PASS", "{\"pass\": 2}");
                peer.event("STOP", "{}");
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let event =
                client.wait_for::<events::Pass>(LONG, |pass| pass.pass == 2) $(.$await)? .unwrap();
            assert_eq!((event.event.pass, event.timestamp.seconds), (2, 1));
            client.next_of::<events::Stop>(LONG) $(.$await)? .unwrap();
            // All events of the schema: the one that does not match it is skipped.
            let event = client.next_event::<events::Event>(LONG) $(.$await)? .unwrap().event;
            assert!(matches!(event, events::Event::Unknown(raw) if raw.name == "OTHER"));
            let event = client.next_event::<events::Event>(LONG) $(.$await)? .unwrap().event;
            assert_eq!(event, events::Event::Pass(events::Pass { pass: 1 }));
            // It is still there in its raw form.
            let event = client.next_event::<RawEvent>(LONG) $(.$await)? .unwrap().event;
            let text = event.data.get("pass").and_then(qapi::Value::as_str);
            assert_eq!((event.name.as_str(), text), ("PASS", Some("not a number")));
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_stream_has_undecodable_events_as_errors() {
            let (stream, serving) = pair(|mut peer| {
                peer.expect("start");
                peer.event("PASS", "{\"pass\": \"not a number\"}");
                peer.event("PASS", "{\"pass\": 1}");
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let mut events = client.events::<events::Event>();
            let _ = client.request_raw("start", &qapi::Dict::new()).start().unwrap();
            match events.next_within(LONG) $(.$await)? {
                Some(Err(ClientError::Decode(failure))) => {
                    assert_eq!(
                        failure.to_string(),
                        "event PASS: pass: expected integer, found \"not a number\""
                    );
                    assert_eq!(failure.raw().to_string(), "{\"pass\": \"not a number\"}");
                }
                other => panic!("{other:?}"),
            }
            let event = events.next() $(.$await)? .unwrap().unwrap().event;
            assert_eq!(event, events::Event::Pass(events::Pass { pass: 1 }));
            assert!(events.next() $(.$await)? .is_none(), "the connection is closed");
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn discarded_events_satisfy_no_wait() {
            let (stream, serving) = pair(|mut peer| {
                peer.event("PASS", "{\"pass\": 1}");
                peer.serve("stop", "{}");
                peer.event("PASS", "{\"pass\": 2}");
                // This one waits in the socket when the client discards.
                peer.serve("cont", "{}");
                peer.serve("stop", "{}");
                peer.event("PASS", "{\"pass\": 3}");
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let none = qapi::Dict::new();
            client.execute_raw("stop", &none) $(.$await)? .unwrap();
            client.execute_raw("cont", &none) $(.$await)? .unwrap();
            client.discard_events();
            let event = client.next_event::<RawEvent>(SHORT) $(.$await)?;
            assert!(event.unwrap_err().is_timeout());
            client.execute_raw("stop", &none) $(.$await)? .unwrap();
            let event = client.next_of::<events::Pass>(LONG) $(.$await)? .unwrap();
            assert_eq!(event.event.pass, 3);
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn no_events_are_kept_if_so_told() {
            let (stream, serving) = pair(|mut peer| {
                (0..100).for_each(|_| peer.event("PASS", "{\"pass\": 1}"));
                peer.serve("stop", "{}");
                peer.expect("cont");
                std::thread::sleep(SHORT);
                peer.event("PASS", "{\"pass\": 2}");
                peer.wait();
            });
            let options = options().events(0);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let none = qapi::Dict::new();
            client.execute_raw("stop", &none) $(.$await)? .unwrap();
            let event = client.next_event::<RawEvent>(SHORT) $(.$await)?;
            assert!(event.unwrap_err().is_timeout());
            // One that comes during a wait is seen.
            let _ = client.request_raw("cont", &none).start().unwrap();
            let event = client.next_event::<RawEvent>(LONG) $(.$await)? .unwrap();
            assert_eq!(raw_pass(&event.event), Some(2));
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn every_handle_sees_every_event_since_it_was_made() {
            let (stream, serving) = pair(|mut peer| {
                peer.event("PASS", "{\"pass\": 1}");
                peer.serve("stop", "{}");
                peer.expect("cont");
                peer.event("PASS", "{\"pass\": 2}");
                peer.wait();
            });
            let first = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            first.execute_raw("stop", &qapi::Dict::new()) $(.$await)? .unwrap();
            // The first event is in no queue of a handle made now.
            let second = first.clone();
            let _ = first.request_raw("cont", &qapi::Dict::new()).start().unwrap();
            for (handle, passes) in [(&first, &[1, 2][..]), (&second, &[2])] {
                for pass in passes {
                    let event = handle.next_event::<RawEvent>(LONG) $(.$await)? .unwrap();
                    assert_eq!(raw_pass(&event.event), Some(*pass));
                }
            }
            drop((first, second));
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_condition_may_use_the_client() {
            let (stream, serving) = pair(|mut peer| {
                peer.event("PASS", "{\"pass\": 1}");
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let event = client.wait_for::<events::Pass>(LONG, |_| {
                client.request_raw("stop", &qapi::Dict::new()).start().is_ok()
            });
            assert_eq!(event $(.$await)? .unwrap().event.pass, 1);
            drop(client);
            serving.join().unwrap();
        }
    };
}

crate::with_both_clients!(scenarios);
