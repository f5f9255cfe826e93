//! The end of connections: nothing received is lost, and no wait outlasts them.

use std::time::Instant;

use qapi::client::{Address, ClientError};
use qapi::{RawEvent, Value};

use crate::schema::commands::{QueryStats, Quit};
use crate::schema::{Stats, events};
use crate::script::{Place, pair};
use crate::{LONG, SHORT, options};

const STATS: &str = "{\"transferred\": 1, \"rate\": 2}";

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn data_received_before_the_end_is_delivered_after_a_failed_write() {
            let (stream, serving) = pair(|mut peer| {
                peer.serve("query-stats", STATS);
                peer.event("SHUTDOWN", "{\"guest\": false}");
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let ticket = client.start(&QueryStats).unwrap();
            serving.join().unwrap();
            // The peer is gone: this write fails.
            let error = client.execute(&Quit) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "quit: the connection is closed");
            assert_eq!(client.finish(ticket) $(.$await)? .unwrap(), Stats::new(1, 2));
            let event = client.next_event::<RawEvent>(LONG) $(.$await)? .unwrap();
            assert_eq!(event.event.name, "SHUTDOWN");
            let error = client.next_event::<RawEvent>(LONG) $(.$await)? .unwrap_err();
            assert!(matches!(error, ClientError::Closed { command: None, after_quit: false }));
        }

        #[$test]
        $($async)? fn closing_after_quit_says_so() {
            let (stream, serving) = pair(|mut peer| {
                peer.serve("quit", "{}");
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            client.execute(&Quit) $(.$await)? .unwrap();
            serving.join().unwrap();
            let error = client.next_event::<RawEvent>(LONG) $(.$await)? .unwrap_err();
            assert!(matches!(error, ClientError::Closed { command: None, after_quit: true }));
            let error = client.execute(&QueryStats) $(.$await)? .unwrap_err();
            assert!(error.is_closed());
            assert_eq!(error.to_string(), "query-stats: the connection is closed after quit");
        }

        #[$test]
        $($async)? fn failures_of_the_connection_name_the_command() {
            for (reply, cause) in [
                (
                    b"{\"return\": \"\xC1\x80\"}".to_vec(),
                    "unreadable message from the server: JSON parse error, invalid UTF-8 sequence in string",
                ),
                (
                    [b"{\"return\": \"".to_vec(), vec![b'x'; 64 << 20]].concat(),
                    "unreadable message from the server: JSON token size limit exceeded",
                ),
                (b"[]".to_vec(), "the server does not speak QMP: unexpected message []"),
            ] {
                let (stream, serving) = pair(move |mut peer| {
                    peer.expect("query-stats");
                    peer.send(&reply);
                    peer.wait();
                });
                let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
                let error = client.execute(&QueryStats) $(.$await)? .unwrap_err();
                assert_eq!(error.to_string(), format!("query-stats: {cause}"));
                // A later command is not sent.
                let error = client.execute(&QueryStats) $(.$await)? .unwrap_err();
                assert_eq!(error.to_string(), format!("query-stats: {cause}"));
                let error = client.next_event::<RawEvent>(LONG) $(.$await)? .unwrap_err();
                assert_eq!(error.to_string(), cause);
                drop(client);
                serving.join().unwrap();
            }
        }

        #[$test]
        $($async)? fn a_command_without_reply_fails_as_soon_as_the_peer_leaves() {
            let (stream, serving) = pair(|mut peer| drop(peer.expect("query-stats")));
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let begin = Instant::now();
            let error = client.execute(&QueryStats) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "query-stats: the connection is closed");
            assert!(begin.elapsed() < LONG / 2);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn tickets_from_before_a_reconnection_fail_at_once() {
            let place = Place::new();
            let serving = place.serve(|peers| {
                let mut peer = peers.next().unwrap().greet();
                peer.serve("query-stats", STATS);
                peer.event("PASS", "{\"pass\": 1}");
                peer.expect("query-stats");
                peer.event("PASS", "{\"pass\": 2}");
                peer.wait();
                let mut peer = peers.next().unwrap().greet();
                peer.event("PASS", "{\"pass\": 3}");
                peer.serve("query-stats", STATS);
                peer.wait();
            });
            let address = Address::unix(place.path());
            let mut client = Client::connect(address, options()) $(.$await)? .unwrap();
            let answered = client.start(&QueryStats).unwrap();
            let open = client.start(&QueryStats).unwrap();
            let clone = client.clone();
            clone.wait_for::<events::Pass>(LONG, |pass| pass.pass == 2) $(.$await)? .unwrap();
            client.reconnect_within(LONG) $(.$await)? .unwrap();

            let begin = Instant::now();
            assert_eq!(client.finish(answered) $(.$await)? .unwrap(), Stats::new(1, 2));
            let error = client.finish(open) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "query-stats: the connection is closed");
            assert!(clone.execute(&QueryStats) $(.$await)? .unwrap_err().is_closed());
            assert!(begin.elapsed() < LONG / 2);

            // Events from before are kept, and new ones follow.
            for pass in [1, 2, 3] {
                let event = client.next_of::<events::Pass>(LONG) $(.$await)? .unwrap();
                assert_eq!(event.event.pass, pass);
            }
            assert_eq!(client.execute(&QueryStats) $(.$await)? .unwrap(), Stats::new(1, 2));
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_failed_reconnection_keeps_the_events() {
            let place = Place::new();
            let serving = place.serve(|peers| {
                let mut peer = peers.next().unwrap().greet();
                peer.event("PASS", "{\"pass\": 1}");
                peer.serve("query-stats", STATS);
                peer.wait();
            });
            let address = Address::unix(place.path());
            let mut client = Client::connect(address, options()) $(.$await)? .unwrap();
            client.execute(&QueryStats) $(.$await)? .unwrap();
            std::fs::remove_file(place.path()).unwrap();
            let error = client.reconnect_within(SHORT) $(.$await)? .unwrap_err();
            assert!(matches!(error, ClientError::Connect { within: Some(SHORT), .. }));
            serving.join().unwrap();
            let event = client.next_of::<events::Pass>(LONG) $(.$await)? .unwrap();
            assert_eq!(event.event.pass, 1);
            assert!(client.execute(&QueryStats) $(.$await)? .unwrap_err().is_closed());
        }

        #[$test]
        $($async)? fn a_ticket_of_another_client_is_refused() {
            let (stream, first) = pair(|mut peer| peer.wait());
            let one = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let (stream, second) = pair(|mut peer| peer.wait());
            let other = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let ticket = one.request_raw("stop", &qapi::Dict::new()).start().unwrap();
            let error = other.finish::<Value>(ticket) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "stop: its ticket belongs to another connection");
            drop((one, other));
            first.join().unwrap();
            second.join().unwrap();
        }
    };
}

crate::with_both_clients!(scenarios);
