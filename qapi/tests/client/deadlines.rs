//! Deadlines of commands and of waits for events.

use std::time::{Duration, Instant};

use qapi::RawEvent;
use qapi::client::ClientError;

use crate::schema::commands::QueryStats;
use crate::schema::{Stats, events};
use crate::script::pair;
use crate::{LONG, SHORT, options};

const STATS: &str = "{\"transferred\": 1, \"rate\": 2}";

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn errors_name_the_command_or_the_event_and_the_deadline() {
            let (stream, serving) = pair(|mut peer| peer.wait());
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let begin = Instant::now();
            let error = client.execute_within(&QueryStats, SHORT) $(.$await)? .unwrap_err();
            assert!(begin.elapsed() >= SHORT && begin.elapsed() < LONG);
            assert_eq!(error.to_string(), "query-stats: no answer within 100 ms");
            let ticket = client.start(&QueryStats).unwrap();
            let error = client.finish_within(ticket, SHORT) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "query-stats: no answer within 100 ms");
            let error = client.next_of::<events::Pass>(SHORT) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "PASS: no event within 100 ms");
            let error = client.next_event::<RawEvent>(Duration::ZERO) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "events: no event within 0 s");
            assert!(error.is_timeout());
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn the_deadline_of_all_commands_is_an_option() {
            let (stream, serving) = pair(|mut peer| peer.wait());
            let options = options().timeout(SHORT);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let error = client.execute(&QueryStats) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "query-stats: no answer within 100 ms");
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_late_reply_is_dropped_and_the_next_is_right() {
            let (stream, serving) = pair(|mut peer| {
                let late = peer.expect("query-stats");
                let prompt = peer.expect("query-stats");
                peer.answer(&late, "{\"transferred\": 8, \"rate\": 9}");
                peer.answer(&prompt, STATS);
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            client.execute_within(&QueryStats, SHORT) $(.$await)? .unwrap_err();
            assert_eq!(client.execute(&QueryStats) $(.$await)? .unwrap(), Stats::new(1, 2));
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn the_longest_duration_waits_without_end() {
            let (stream, serving) = pair(|mut peer| {
                for _ in 0..2 {
                    let request = peer.expect("query-stats");
                    std::thread::sleep(SHORT / 4);
                    peer.answer(&request, STATS);
                }
                std::thread::sleep(SHORT / 4);
                peer.event("PASS", "{\"pass\": 7}");
                peer.event("PASS", "{\"pass\": 8}");
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let always = Duration::MAX;
            assert_eq!(
                client.execute_within(&QueryStats, always) $(.$await)? .unwrap(),
                Stats::new(1, 2)
            );
            let ticket = client.request(&QueryStats).within(always).start().unwrap();
            let century = Duration::from_secs(u64::MAX / 4);
            client.finish_within(ticket, century) $(.$await)? .unwrap();
            let event = client.next_of::<events::Pass>(always) $(.$await)? .unwrap();
            assert_eq!(event.event.pass, 7);
            let event = client.next_event::<RawEvent>(century) $(.$await)? .unwrap();
            assert_eq!(event.event.name, "PASS");
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_flood_of_events_does_not_hold_up_a_deadline() {
            let (stream, serving) = pair(|mut peer| {
                let flood = "{\"event\": \"FLOOD\"}\r\n".repeat(1000);
                let begin = Instant::now();
                while begin.elapsed() < SHORT * 20 {
                    peer.say(&flood);
                }
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let begin = Instant::now();
            let error = client.execute_within(&QueryStats, SHORT) $(.$await)?;
            assert!(matches!(error, Err(ClientError::Timeout { .. })));
            let error = client.next_of::<events::Pass>(SHORT) $(.$await)?;
            assert!(matches!(error, Err(ClientError::Timeout { .. })));
            // Receiving what is there ends as well, although more is always there.
            client.discard_events();
            assert!(begin.elapsed() < SHORT * 12, "{:?}", begin.elapsed());
            drop(client);
            serving.join().unwrap();
        }
    };
}

crate::with_both_clients!(scenarios);
