//! Migrates a working guest over every transport. It continues at the destination, and its memory
//! and counters equal those of a guest that was never migrated.

use std::net::Ipv6Addr;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::*;
use crate::transport::UnixAddress;

/// Capabilities that use the return path of a socket.
pub(super) const TALKATIVE: [Capability; 2] = [Capability::ReturnPath, Capability::SwitchoverAck];

/// Migrates a working guest and compares it. `start` starts both sides.
pub(super) fn arrives(capabilities: &[Capability], start: impl FnOnce(&Host, &Host)) {
    let source = host(&[PATTERN, DIRTY], false, capabilities, Parameters::default());
    let target = host(&[], true, capabilities, Parameters::default());
    source.engine.cont().unwrap();
    start(&source, &target);
    source.completes(Direction::Outgoing);
    target.completes(Direction::Incoming);
    goes_on(&source, &target);
}

pub(super) fn address(uri: &str) -> Address {
    uri.parse().unwrap()
}

/// Migrates over a socket at which the target listens, with and without a return path.
fn over_socket(listening: &Address) {
    for capabilities in [&[][..], &TALKATIVE] {
        arrives(capabilities, |source, target| {
            source.engine.migrate(&target.listen_at(listening)).unwrap();
        });
    }
}

/// Migrates through a medium that stores the stream until the target reads it.
fn over_storage(out: &Address, back: &Address) {
    arrives(&[], |source, target| {
        source.engine.migrate(out).unwrap();
        source.until(Status::Completed);
        target.engine.incoming(back).unwrap();
    });
}

#[test]
fn over_tcp() {
    over_socket(&address("tcp:127.0.0.1:0"));
    over_socket(&address("tcp:localhost:0,ipv4=on"));
}

#[test]
fn over_tcp_by_ipv6() {
    match std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        Ok(_) => over_socket(&address("tcp:[::1]:0")),
        Err(error) => println!("not tested: this host has no ::1: {error}"),
    }
}

#[test]
fn over_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    over_socket(&address(&format!("unix:{}", folder.path().join("socket").display())));
    for tight in [true, false] {
        let path = folder.path().join("abstract").display().to_string();
        over_socket(&Address::Unix(UnixAddress { path, is_abstract: true, tight }));
    }
}

#[test]
fn over_vsock() {
    // The host's own address, and any free port.
    let loopback = Address::Vsock { cid: "1".into(), port: u32::MAX.to_string() };
    let stop = Arc::new(Stop::new().unwrap());
    let probe = crate::transport::listen(&loopback, &Nothing, 1, &stop);
    let bound = match &probe {
        Ok(Incoming::Listener(listener)) => Ok(reached(&listener.bound()[0])),
        Ok(Incoming::Channel(_)) => panic!("a channel"),
        Err(error) => Err(error.clone()),
    };
    match bound.and_then(|address| crate::transport::connect(&address, &Nothing, &stop)) {
        Ok(_) => over_socket(&loopback),
        Err(error) => println!("not tested: this host has no vsock loopback: {error}"),
    }
}

/// An environment without named file descriptors.
struct Nothing;

impl Descriptors for Nothing {
    fn take(&self, _name: &str) -> Option<OwnedFd> {
        None
    }
}

#[test]
fn over_named_descriptors() {
    for capabilities in [&[][..], &TALKATIVE] {
        arrives(capabilities, |source, target| {
            let (out, back) = UnixStream::pair().unwrap();
            source.engine.core.add_descriptor("out".into(), out.into());
            target.engine.core.add_descriptor("back".into(), back.into());
            target.engine.incoming(&address("fd:back")).unwrap();
            source.engine.migrate(&address("fd:out")).unwrap();
        });
    }
    // A pipe has one direction, so there is no return path.
    arrives(&TALKATIVE, |source, target| {
        let (back, out) = rustix::pipe::pipe().unwrap();
        source.engine.core.add_descriptor("out".into(), out);
        target.engine.core.add_descriptor("back".into(), back);
        target.engine.incoming(&address("fd:back")).unwrap();
        source.engine.migrate(&address("fd:out")).unwrap();
    });
}

#[test]
fn over_descriptors_by_number() {
    for capabilities in [&[][..], &TALKATIVE] {
        arrives(capabilities, |source, target| {
            let (out, back) = UnixStream::pair().unwrap();
            let (out, back) = (out.into_raw_fd(), back.into_raw_fd());
            crate::sys::inherited::came(out);
            crate::sys::inherited::came(back);
            target.engine.incoming(&address(&format!("fd:{back}"))).unwrap();
            source.engine.migrate(&address(&format!("fd:{out}"))).unwrap();
            assert!(
                source.engine.migrate(&address(&format!("fd:{out}"))).is_err(),
                "it is taken once"
            );
        });
    }
}

#[test]
fn over_commands() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
        .unwrap();
    let pipe = pipe.display();
    let argv = |words: &[&str]| Address::Exec(words.iter().copied().map(String::from).collect());
    let ways = [
        (address(&format!("exec:cat > {pipe}")), address(&format!("exec:cat {pipe}"))),
        (argv(&["dd", "status=none", &format!("of={pipe}")]), argv(&["cat", &pipe.to_string()])),
    ];
    for (out, back) in &ways {
        arrives(&[], |source, target| {
            target.engine.incoming(back).unwrap();
            source.engine.migrate(out).unwrap();
        });
    }
    let stored = folder.path().join("stored").display().to_string();
    over_storage(
        &address(&format!("exec:gzip > {stored}")),
        &address(&format!("exec:zcat {stored}")),
    );
}

#[test]
fn over_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream").display().to_string();
    std::fs::write(&path, [7; 10_000]).unwrap();
    let at = |offset| Address::File { path: path.clone(), offset };
    over_storage(&at(5000), &at(5000));
    // The bytes before the stream stay.
    assert_eq!(std::fs::read(&path).unwrap()[..5000], [7; 5000]);
    over_storage(&at(0), &address(&format!("file:{path}")));
    over_storage(&address(&format!("file:{path},offset=1M")), &at(1 << 20));
}
