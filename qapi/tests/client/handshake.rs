//! Connecting: every way in which a handshake can fail, for a while or for good.

use std::os::unix::net::UnixStream;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use qapi::RawEvent;
use qapi::client::{Address, ClientError, ConnectStep, Options};

use crate::script::{GREETING, Place};
use crate::{LONG, SHORT, options};

fn patient() -> Options {
    options().connect(LONG)
}

fn impatient() -> Options {
    options().connect(SHORT)
}

/// The step and the text of an error, without the address.
fn told(error: ClientError, place: &Place) -> (ConnectStep, String) {
    let ClientError::Connect { step, .. } = error else { panic!("{error}") };
    (step, error.to_string().replace(&place.path().display().to_string(), "qmp"))
}

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn a_socket_that_appears_later_is_found() {
            let place = Place::new();
            let path = place.path();
            let serving = spawn(move || {
                sleep(SHORT);
                place.serve(|peers| peers.next().unwrap().greet().wait()).join().unwrap();
            });
            let client = Client::connect(Address::unix(path), patient()) $(.$await)?;
            drop(client.unwrap());
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_missing_socket_is_an_error_at_the_deadline_or_at_once() {
            let place = Place::new();
            let begin = Instant::now();
            let address = Address::unix(place.path());
            let error = Client::connect(address.clone(), impatient()) $(.$await)?;
            assert!(begin.elapsed() >= SHORT);
            let missing = "connecting the socket: No such file or directory (os error 2)";
            let text = format!("cannot connect to qmp within 100 ms: {missing}");
            let error = error.unwrap_err();
            assert!(error.is_timeout());
            assert_eq!(told(error, &place), (ConnectStep::Connect, text));
            let error = Client::connect(address, options()) $(.$await)?;
            let text = format!("cannot connect to qmp: {missing}");
            assert!(!error.as_ref().unwrap_err().is_timeout());
            assert_eq!(told(error.unwrap_err(), &place), (ConnectStep::Connect, text));
        }

        #[$test]
        $($async)? fn a_server_that_closes_early_is_tried_again() {
            let place = Place::new();
            let serving = place.serve(|peers| {
                // At once, in the greeting, after it.
                drop(peers.next());
                peers.next().unwrap().say(&GREETING[..20]);
                peers.next().unwrap().say(GREETING);
                peers.next().unwrap().greet().wait();
            });
            let client = Client::connect(Address::unix(place.path()), patient()) $(.$await)?;
            assert_eq!(client.unwrap().greeting().unwrap().version.to_string(), "10.0.2");
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn a_server_that_always_closes_is_told_with_its_step() {
            let place = Place::new();
            let listener = place.listen();
            spawn(move || listener.incoming().for_each(drop));
            let begin = Instant::now();
            let error = Client::connect(Address::unix(place.path()), impatient()) $(.$await)?;
            assert!(begin.elapsed() >= SHORT);
            let (step, text) = told(error.unwrap_err(), &place);
            assert_eq!(step, ConnectStep::Greeting);
            // The deadline may pass within the last try.
            let expected = "cannot connect to qmp within 100 ms: waiting for the greeting";
            let closed = text.strip_prefix(expected).unwrap();
            assert!(["", ": the connection is closed"].contains(&closed), "{text}");
        }

        #[$test]
        $($async)? fn a_silent_server_is_told_with_its_step() {
            for (said, step, doing) in [
                ("", ConnectStep::Greeting, "waiting for the greeting"),
                (&GREETING[..20], ConnectStep::Greeting, "waiting for the greeting"),
                (GREETING, ConnectStep::Negotiate, "negotiating capabilities"),
            ] {
                let place = Place::new();
                let serving = place.serve(move |peers| {
                    let mut peer = peers.next().unwrap();
                    peer.say(said);
                    peer.wait();
                });
                let address = Address::unix(place.path());
                let error = Client::connect(address, impatient()) $(.$await)?;
                let text = format!("cannot connect to qmp within 100 ms: {doing}");
                let error = error.unwrap_err();
                assert!(error.is_timeout());
                assert_eq!(told(error, &place), (step, text));
                serving.join().unwrap();
            }
        }

        #[$test]
        $($async)? fn a_full_backlog_is_waited_for() {
            let place = Place::new();
            let listener = place.listen();
            rustix::net::listen(&listener, 0).unwrap();
            let queued = UnixStream::connect(place.path()).unwrap();
            let address = Address::unix(place.path());
            let error = Client::connect(address.clone(), impatient()) $(.$await)?;
            let (step, text) = told(error.unwrap_err(), &place);
            assert_eq!(step, ConnectStep::Connect);
            let full = "connecting the socket: Resource temporarily unavailable (os error 11)";
            assert_eq!(text, format!("cannot connect to qmp within 100 ms: {full}"));
            let serving = spawn(move || {
                sleep(SHORT);
                drop(listener.accept().unwrap());
                crate::script::Peer::new(listener.accept().unwrap().0).greet().wait();
            });
            drop(Client::connect(address, patient()) $(.$await)? .unwrap());
            serving.join().unwrap();
            drop(queued);
        }

        #[$test]
        $($async)? fn a_server_that_is_none_of_ours_fails_at_once() {
            for (said, text) in [
                (
                    "SSH-2.0-server\r\n",
                    "waiting for the greeting: unreadable message from the server: JSON parse error, stray 'S'",
                ),
                (
                    "{\"hello\": 1}",
                    "waiting for the greeting: the server does not speak QMP: unexpected message {\"hello\": 1}",
                ),
                (
                    "{\"QMP\": {}}",
                    "waiting for the greeting: the server does not speak QMP: greeting without 'version'",
                ),
                (
                    "{\"QMP\": {\"version\": {}}}",
                    "waiting for the greeting: the server does not speak QMP: greeting without 'version.qemu'",
                ),
                (
                    "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 1, \"minor\": -1}}}}",
                    "waiting for the greeting: the server does not speak QMP: greeting without 'version.qemu.minor'",
                ),
            ] {
                let place = Place::new();
                let serving = place.serve(move |peers| {
                    let mut peer = peers.next().unwrap();
                    peer.say(said);
                    peer.wait();
                });
                let address = Address::unix(place.path());
                let error = Client::connect(address, patient()) $(.$await)?;
                assert_eq!(
                    told(error.unwrap_err(), &place).1,
                    format!("cannot connect to qmp: {text}")
                );
                serving.join().unwrap();
            }
        }

        #[$test]
        $($async)? fn events_before_the_greeting_are_kept() {
            let place = Place::new();
            let serving = place.serve(|peers| {
                let mut peer = peers.next().unwrap();
                peer.event("EARLY", "{}");
                let mut peer = peer.greet();
                peer.event("LATE", "{}");
                peer.wait();
            });
            let client = Client::connect(Address::unix(place.path()), patient()) $(.$await)?;
            let client = client.unwrap();
            for name in ["EARLY", "LATE"] {
                let event = client.next_event::<RawEvent>(LONG) $(.$await)?;
                assert_eq!(event.unwrap().event.name, name);
            }
            drop(client);
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn the_longest_deadline_is_no_fault() {
            let place = Place::new();
            let serving = place.serve(|peers| {
                drop(peers.next());
                peers.next().unwrap().greet().wait();
            });
            let options = options().connect(Duration::MAX).timeout(None);
            let client = Client::connect(Address::unix(place.path()), options) $(.$await)?;
            drop(client.unwrap());
            serving.join().unwrap();
        }

        #[$test]
        $($async)? fn errors_of_tcp_are_those_of_every_client() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let refusing = listener.local_addr().unwrap().to_string();
            drop(listener);
            for (address, text) in [
                (refusing.as_str(), "connecting the socket: Connection refused (os error 111)"),
                ("nowhere", "connecting the socket: invalid socket address"),
                ("127.0.0.1:http", "connecting the socket: invalid port value"),
            ] {
                let error = Client::connect(Address::tcp(address), options()) $(.$await)?;
                let text = format!("cannot connect to {address}: {text}");
                assert_eq!(error.unwrap_err().to_string(), text);
            }
        }

        #[$test]
        $($async)? fn a_tcp_server_with_a_full_backlog_is_waited_for() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            rustix::net::listen(&listener, 0).unwrap();
            let address = listener.local_addr().unwrap();
            let _queued = std::net::TcpStream::connect(address).unwrap();
            let connecting = |options| Client::connect(Address::tcp(address.to_string()), options);
            let text = format!("cannot connect to {address} within 100 ms: connecting the socket");
            let error = connecting(impatient()) $(.$await)?;
            assert_eq!(error.unwrap_err().to_string(), text);
            let error = connecting(options().timeout(SHORT)) $(.$await)?;
            assert_eq!(error.unwrap_err().to_string(), text);
        }

        #[$test]
        $($async)? fn a_tcp_server_is_connected_to() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let serving = spawn(move || {
                use std::io::{Read as _, Write as _};
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(GREETING.as_bytes()).unwrap();
                let mut buffer = [0; 1000];
                let length = stream.read(&mut buffer).unwrap();
                let request: serde_json::Value = serde_json::from_slice(&buffer[..length]).unwrap();
                write!(stream, "{{\"return\": {{}}, \"id\": {}}}", request["id"]).unwrap();
                // Nothing comes any more.
                assert_eq!(stream.read(&mut buffer).unwrap(), 0);
            });
            let client = Client::connect(Address::tcp(address), patient()) $(.$await)? .unwrap();
            // Descriptors are refused before anything is sent.
            use std::os::fd::AsFd as _;
            let (one, _other) = UnixStream::pair().unwrap();
            let arguments = qapi::dict! { "fdname": "x" };
            let getfd = client.request_raw("getfd", &arguments).fds(&[one.as_fd()]);
            let error = getfd.execute() $(.$await)? .unwrap_err();
            assert_eq!(error.to_string(), "getfd: file descriptors need a unix socket");
            drop(client);
            serving.join().unwrap();
        }
    };
}

crate::with_both_clients!(scenarios);
