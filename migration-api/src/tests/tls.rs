//! Migrates a working guest over TLS: anonymous, and with certificates.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::certificates::{Authority, CLIENT, SERVER};
use super::equality::{TALKATIVE, address, arrives};
use super::*;
use crate::objects::Object;
use crate::transport::{Endpoint, TlsCredentials, TlsKind};

/// Adds the credentials to a side.
pub(super) fn secure(host: &Host, credentials: TlsCredentials) {
    let mut state = host.engine.core.state();
    assert!(state.objects.add("tls".into(), Object::TlsCredentials(credentials)));
    state.parameters.tls_creds = "tls".into();
    // The host name to verify on connections without one.
    state.parameters.tls_hostname = "localhost".into();
}

/// Migrates a working guest over TLS on every kind of socket.
fn over_tls(kind: TlsKind, folder: &Path) {
    let credentials = |endpoint| TlsCredentials::new(kind, endpoint, Some(folder.into()));
    let socket = address(&format!("unix:{}", folder.join("socket").display()));
    for (listening, capabilities) in [
        (address("tcp:127.0.0.1:0"), &TALKATIVE[..]),
        (address("tcp:localhost:0,ipv4=on"), &[]),
        (socket, &[]),
    ] {
        arrives(capabilities, |source, target| {
            secure(target, credentials(Endpoint::Server));
            secure(source, credentials(Endpoint::Client));
            source.engine.migrate(&target.listen_at(&listening)).unwrap();
        });
    }
    arrives(&TALKATIVE, |source, target| {
        secure(source, credentials(Endpoint::Client));
        let (out, back) = UnixStream::pair().unwrap();
        source.engine.core.add_descriptor("out".into(), out.into());
        target.engine.core.add_descriptor("back".into(), back.into());
        secure(target, credentials(Endpoint::Server));
        target.engine.incoming(&address("fd:back")).unwrap();
        source.engine.migrate(&address("fd:out")).unwrap();
    });
}

#[test]
fn over_anonymous_tls() {
    over_tls(TlsKind::Anonymous, tempfile::tempdir().unwrap().path());
}

#[test]
fn over_tls_with_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    authority.issue(folder.path(), SERVER);
    authority.issue(folder.path(), CLIENT);
    over_tls(TlsKind::X509, folder.path());
}

/// A yank drops a client that has not identified itself; the destination waits for the source
/// further. (QEMU 10.0.2 serves no monitor while it waits for a handshake.)
#[test]
fn a_yank_drops_a_silent_client_and_the_source_may_still_come() {
    let folder = tempfile::tempdir().unwrap();
    let credentials =
        |endpoint| TlsCredentials::new(TlsKind::Anonymous, endpoint, Some(folder.path().into()));
    let target = host(&["idle"], true, &[], Parameters::default());
    secure(&target, credentials(Endpoint::Server));
    let path = folder.path().join("socket");
    let at = target.listen_at(&address(&format!("unix:{}", path.display())));
    let mut silent = UnixStream::connect(&path).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    let status = || target.engine.core.state().incoming.machine.status();
    // The connection may not be accepted yet: then it is cut as soon as it is.
    target.engine.yank();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0, "the client is dropped");
    assert_eq!(status(), Status::Setup);
    // Connections that come within a second of a yank that met none are cut, too.
    std::thread::sleep(Duration::from_millis(1100));
    let source = host(&[PATTERN], false, &[], Parameters::default());
    secure(&source, credentials(Endpoint::Client));
    source.engine.migrate(&at).unwrap();
    target.until(Status::Completed);
    source.until(Status::Completed);
    assert!(target.memory() == source.memory());
}

#[test]
fn a_process_ends_while_a_client_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let credentials =
        TlsCredentials::new(TlsKind::Anonymous, Endpoint::Server, Some(folder.path().into()));
    let path = folder.path().join("socket");
    // A socket, and a descriptor whose handshake the loading thread itself waits for.
    for descriptor in [false, true] {
        let target = host(&["idle"], true, &[], Parameters::default());
        secure(&target, credentials.clone());
        let silent = if descriptor {
            let (silent, back) = UnixStream::pair().unwrap();
            target.engine.core.add_descriptor("back".into(), back.into());
            target.engine.incoming(&address("fd:back")).unwrap();
            silent
        } else {
            target.listen_at(&address(&format!("unix:{}", path.display())));
            UnixStream::connect(&path).unwrap()
        };
        std::thread::sleep(Duration::from_millis(50));
        let began = Instant::now();
        let _ = target
            .engine
            .shutdown_for(crate::api::ShutdownCause::HostQmpQuit)
            .join_timeout(Duration::from_secs(1));
        assert!(target.engine.core.lifetime.wait(Duration::ZERO), "threads go on");
        // Ten times the time that it takes, because hosts may be busy.
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        drop(silent);
    }
}

#[test]
fn clients_without_tls_do_not_fill_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let credentials =
        |endpoint| TlsCredentials::new(TlsKind::Anonymous, endpoint, Some(folder.path().into()));
    let target = host(&["idle"], true, &[], Parameters::default());
    secure(&target, credentials(Endpoint::Server));
    let path = folder.path().join("socket");
    let at = target.listen_at(&address(&format!("unix:{}", path.display())));
    for _ in 0..300 {
        let mut client = UnixStream::connect(&path).unwrap();
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        // The connection ends once the client was refused.
        let _ = client.read_to_end(&mut Vec::new());
    }
    let source = host(&[PATTERN], false, &[], Parameters::default());
    secure(&source, credentials(Endpoint::Client));
    source.engine.migrate(&at).unwrap();
    let notices = target.until(Status::Completed);
    let lines = notices.iter().filter(|notice| matches!(notice, Event::Log(_))).count();
    assert!((1..=3).contains(&lines), "{lines} lines");
}
