//! Attempts that fail leave nothing behind, so that the next source can bring the guest.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::source::Source;
use super::*;

/// The socket address of a listener.
fn socket(address: &Address) -> (String, u16) {
    let Address::Inet(inet) = address else { panic!("{address:?}") };
    (inet.host.clone(), inet.port.parse().unwrap())
}

/// Checks what a failed attempt has left, and listens at the same address again.
fn nothing_is_left(target: &Host, address: &Address, what: &str) {
    target.until(Status::Failed);
    let reasons = target.notices.lock().unwrap().recv_timeout(PATIENCE);
    assert!(matches!(reasons, Ok(Event::IncomingFailed(_))), "{what}: {reasons:?}");
    assert!(TcpStream::connect(socket(address)).is_err(), "{what}: the listener is still open");
    assert!(target.engine.core.lifetime.wait(PATIENCE), "{what}: threads go on");
    assert_eq!(target.engine.run_state(), RunState::Inmigrate, "{what}");
    // As in QEMU, a QMP client cannot repeat the command.
    assert_eq!(target.engine.check_incoming(), Err(IncomingError::AlreadyStarted));
}

/// Migrates a guest to a destination that listens at `address`.
fn a_good_source_comes(target: &Host, address: Address, capabilities: &[Capability]) {
    let source = host(&[PATTERN, DIRTY], false, capabilities, Parameters::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&address).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    goes_on(&source, target);
}

#[test]
fn a_guest_arrives_after_scans_of_the_port() {
    let scans: [&[u8]; 4] = [b"GET / HTTP/1.1\r\n\r\n", b"", b"QEVM\0\0\0\x03\x07junk", b"QEV"];
    let target = host(&[], true, &[], Parameters::default());
    let mut address = target.listen();
    for scan in scans {
        let mut scanner = TcpStream::connect(socket(&address)).unwrap();
        scanner.write_all(scan).unwrap();
        scanner.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = scanner.read_to_end(&mut Vec::new());
        nothing_is_left(&target, &address, &String::from_utf8_lossy(scan));
        // The same port: nothing of the last attempt is bound to it.
        address = target.listen_at(&address);
    }
    a_good_source_comes(&target, address, &[]);
}

#[test]
fn data_of_a_failed_attempt_does_not_reach_the_guest() {
    let pages: Vec<(u64, u8)> = (0..SIZE / 4096).map(|page| (page, 0xee)).collect();
    for capabilities in [&[][..], &[Capability::Multifd]] {
        let target = host(&[], true, capabilities, Parameters::default());
        let mut source = Source::begin(&target);
        let address = target.bound();
        let _channels = match capabilities {
            [] => Vec::new(),
            _ => Source::channels(&address, 2),
        };
        source.section();
        source.pages(&pages);
        source.half_a_page(7);
        nothing_is_left(&target, &address, "a cut");
        assert!(target.memory().contains(&0xee), "the attempt has stored pages");
        let address = target.listen();
        a_good_source_comes(&target, address, capabilities);
    }
}

#[test]
fn postcopy_succeeds_after_an_attempt_whose_devices_do_not_load() {
    let target = host(&[], true, POSTCOPY, Parameters::default());
    let mut first = Source::advised(&target);
    let address = target.bound();
    first.pages(&[(3, 0xee), (700, 0xee)]);
    let mut unknown = vec![0; 104];
    unknown[..4].copy_from_slice(&2u32.to_be_bytes());
    unknown[4] = b'x';
    first.package(&[("globalstate", 1, unknown)]);
    while first.hear().is_some() {}
    nothing_is_left(&target, &address, "devices");
    drop(first);
    let source = host(&[PATTERN, DIRTY], false, POSTCOPY, slow(1));
    switch(&source, &target);
    source.hurry();
    source.until(Status::Completed);
    target.until(Status::Completed);
    goes_on(&source, &target);
}
