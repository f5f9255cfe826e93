//! Anonymous sessions over TCP: data in both directions, and failing handshakes.

use super::*;

fn anonymous(endpoint: Endpoint) -> TlsCredentials {
    TlsCredentials::new(TlsKind::Anonymous, endpoint, None)
}

#[test]
fn anonymous_tls_carries_bytes_both_ways() {
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    let server = std::thread::spawn(move || target.secure(&anonymous(Endpoint::Server)).unwrap());
    let source = source.secure(&anonymous(Endpoint::Client)).unwrap();
    talk(source, server.join().unwrap());
}

#[test]
fn a_handshake_without_an_answer_can_be_stopped() {
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let switch = stop();
    let source = connect(&inet(&listener), &Named::none(), &switch).unwrap();
    let _silent = listener.accept().unwrap();
    let waiting = std::thread::spawn(move || source.secure(&anonymous(Endpoint::Client)).map(drop));
    switch.stop();
    assert!(matches!(waiting.join().unwrap(), Err(TransportError::Tls(TlsError::Handshake(_)))));
}

#[test]
fn plain_bytes_are_not_a_handshake() {
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    source.write_all(b"QEVM, but in the clear").unwrap();
    let error = target.secure(&anonymous(Endpoint::Server)).unwrap_err();
    assert!(error.to_string().starts_with("TLS handshake failed: "), "{error}");
}

#[test]
fn a_server_that_takes_no_anonymous_client_is_named_with_the_way_out() {
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    // As QEMU 10.2 does without groups of RFC 7919: it takes the hello and closes.
    let server = std::thread::spawn(move || target.read(&mut [0; 4096]).map(drop));
    let error = source.secure(&anonymous(Endpoint::Client)).unwrap_err().to_string();
    server.join().unwrap().unwrap();
    assert!(error.starts_with("TLS handshake failed: "), "{error}");
    assert!(error.contains("QEMU 10.2") && error.contains("dh-params.pem"), "{error}");
}

#[test]
fn a_session_may_end_without_a_goodbye() {
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    let server = std::thread::spawn(move || target.secure(&anonymous(Endpoint::Server)).unwrap());
    let source = source.secure(&anonymous(Endpoint::Client)).unwrap();
    let target = server.join().unwrap();
    source.write_all(b"the end").unwrap();
    drop(source);
    let mut end = [0; 16];
    assert_eq!(target.read(&mut end).unwrap(), 7);
    assert_eq!(target.read(&mut end).unwrap(), 0);
}
