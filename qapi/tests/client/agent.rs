//! Guest agents: synchronisation that is tried again, and programs with their output.

use std::os::unix::net::UnixStream;
use std::thread::{JoinHandle, spawn};
use std::time::Instant;

use qapi::client::{ClientError, ConnectStep, GuestProgram};

use crate::script::Peer;
use crate::{LONG, SHORT, options};

/// An agent that is not running yet when the script begins.
fn late_agent(script: impl FnOnce(Peer) + Send + 'static) -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (ours, spawn(move || script(Peer::new(theirs))))
}

/// An agent whose script begins after the synchronisation.
fn agent(script: impl FnOnce(Peer) + Send + 'static) -> (UnixStream, JoinHandle<()>) {
    late_agent(|mut peer| {
        let request = peer.expect("guest-sync-delimited");
        peer.answer(&request, &request["arguments"]["id"].to_string());
        script(peer);
    })
}

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn a_lost_synchronisation_is_tried_again() {
            let (stream, serving) = late_agent(|mut peer| {
                // It answers an old agent's way, the lost one first.
                let lost = peer.expect("guest-sync-delimited");
                let again = peer.expect("guest-sync-delimited");
                for request in [lost, again] {
                    peer.say(&format!("{{\"return\": {}}}\n", request["arguments"]["id"]));
                }
                peer.expect("guest-info");
                peer.say("{\"return\": \"for us\"}\n");
                peer.wait();
            });
            let options = options().agent(true);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let reply = client.execute_raw("guest-info", &qapi::Dict::new()) $(.$await)?;
            assert_eq!(reply.unwrap().as_str(), Some("for us"));
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_synchronisation_has_a_deadline() {
            let (stream, serving) = late_agent(|mut peer| peer.wait());
            let options = options().agent(true).timeout(SHORT);
            let error = Client::from_socket(stream, options) $(.$await)? .unwrap_err();
            assert!(matches!(error, ClientError::Connect { step: ConnectStep::Synchronise, .. }));
            assert_eq!(
                error.to_string(),
                "cannot connect to the given socket within 100 ms: synchronising with the agent"
            );
            serving.join().unwrap();

            let (stream, serving) = agent(|mut peer| peer.wait());
            let options = crate::options().agent(true);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let error = client.sync_agent_within(SHORT) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "guest-sync-delimited: no answer within 100 ms");
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn requests_from_before_a_synchronisation_fail_with_it() {
            let (stream, serving) = agent(|mut peer| {
                peer.expect("guest-info");
                peer.serve("guest-sync-delimited", "0");
                peer.wait();
            });
            let options = options().agent(true);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let lost = client.request_raw("guest-info", &qapi::Dict::new()).start().unwrap();
            let begin = Instant::now();
            client.sync_agent() $(.$await)? .unwrap();
            let error = client.finish(lost) $(.$await)? .unwrap_err();
            assert_eq!(
                error.to_string(),
                "guest-info: the agent has not answered before it was synchronised again"
            );
            assert!(begin.elapsed() < LONG / 2);
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_program_is_run_and_its_output_collected() {
            let (stream, serving) = agent(|mut peer| {
                let request = peer.expect("guest-exec");
                let expected = serde_json::json!({
                    "path": "/bin/cat", "arg": ["-n"], "env": ["A=b"], "input-data": "eA==",
                    "capture-output": true,
                });
                assert_eq!(request["arguments"], expected);
                peer.answer(&request, "{\"pid\": 77}");
                for _ in 0..2 {
                    let request = peer.expect("guest-exec-status");
                    assert_eq!(request["arguments"], serde_json::json!({ "pid": 77 }));
                    peer.answer(&request, "{\"exited\": false}");
                }
                peer.serve(
                    "guest-exec-status",
                    "{\"exited\": true, \"exitcode\": 3, \"out-data\": \"b3V0\", \
                     \"err-data\": \"ZXJy\", \"err-truncated\": true}",
                );
                peer.wait();
            });
            let options = options().agent(true);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let program = GuestProgram::new("/bin/cat").arg("-n").env("A", "b").input("x");
            let output = client.guest_exec(&program, LONG) $(.$await)? .unwrap();
            assert_eq!((output.exit_code, output.signal), (Some(3), None));
            assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out"[..], &b"err"[..]));
            assert!(output.truncated);
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn an_agent_that_falls_silent_is_told_at_the_deadline() {
            let (stream, serving) = agent(|mut peer| {
                peer.serve("guest-exec", "{\"pid\": 77}");
                while peer.read().is_some() {}
            });
            let options = options().agent(true);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let program = GuestProgram::new("/bin/sleep");
            let error = client.guest_exec(&program, SHORT) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "guest-exec: no end of the program within 100 ms");
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_program_that_does_not_end_is_told_at_the_deadline() {
            let (stream, serving) = agent(|mut peer| {
                peer.serve("guest-exec", "{\"pid\": 77}");
                while let Some(request) = peer.read() {
                    peer.answer(&request, "{\"exited\": false}");
                }
            });
            let options = options().agent(true);
            let client = Client::from_socket(stream, options) $(.$await)? .unwrap();
            let program = GuestProgram::new("/bin/sleep");
            let error = client.guest_exec(&program, SHORT) $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "guest-exec: no end of the program within 100 ms");
            drop(client);
            serving.join().unwrap();
        }
    };
}

crate::with_both_clients!(scenarios);
