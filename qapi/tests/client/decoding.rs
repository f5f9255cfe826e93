//! Replies that are not as the schema says.

use qapi::client::ClientError;

use crate::options;
use crate::schema::Stats;
use crate::schema::commands::QueryStats;
use crate::script::pair;

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn a_reply_that_does_not_decode_is_told_and_offered() {
            for (reply, path, text) in [
                (
                    "{\"transferred\": 1, \"rate\": true}",
                    "rate",
                    "reply to query-stats: rate: expected uint64, found true",
                ),
                (
                    "{\"transferred\": 1}",
                    "rate",
                    "reply to query-stats: rate: missing",
                ),
                (
                    "{\"transferred\": 1, \"rate\": 2, \"flags\": [1, {}]}",
                    "flags[1]",
                    "reply to query-stats: flags[1]: expected integer, found {...}",
                ),
                ("[]", "", "reply to query-stats: expected object, found [...]"),
            ] {
                let (stream, serving) = pair(move |mut peer| {
                    peer.serve("query-stats", reply);
                    peer.wait();
                });
                let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
                let error = client.execute(&QueryStats) $(.$await)? .unwrap_err();
                assert_eq!(error.to_string(), text);
                let ClientError::Decode(failure) = error else { panic!("{error}") };
                assert_eq!((failure.name(), failure.path()), ("query-stats", path));
                assert_eq!(failure.raw().to_string(), reply);
                drop(client);
                serving.join().unwrap();
            }
        }

        #[$test]
        $($async)? fn an_error_reply_without_text_is_told() {
            for error in ["7", "{}", "{\"class\": \"GenericError\", \"desc\": 1}"] {
                let (stream, serving) = pair(move |mut peer| {
                    let request = peer.expect("query-stats");
                    peer.say(&format!("{{\"error\": {error}, \"id\": {}}}\r\n", request["id"]));
                    peer.serve("query-stats", "{\"transferred\": 1, \"rate\": 2}");
                    peer.wait();
                });
                let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
                let told = client.execute(&QueryStats) $(.$await)? .unwrap_err().to_string();
                let begin = format!(
                    "the server does not speak QMP: reply to query-stats with an error without \
                     text: {{\"error\": {error}, \"id\": "
                );
                assert!(told.starts_with(&begin), "{told}");
                assert_eq!(client.execute(&QueryStats) $(.$await)? .unwrap(), Stats::new(1, 2));
                drop(client);
                serving.join().unwrap();
            }
        }
    };
}

crate::with_both_clients!(scenarios);
