//! Postcopy over TLS sessions, which are replaced by others after a pause.

use std::path::Path;

use super::*;
use crate::tests::certificates::{Authority, CLIENT, SERVER};
use crate::tests::tls::secure;
use crate::transport::{Endpoint, TlsCredentials, TlsKind};

/// Tests with and without a preempt channel, with a pause at either side.
fn over_tls(kind: TlsKind, folder: &Path) {
    let credentials = |endpoint| TlsCredentials::new(kind, endpoint, Some(folder.into()));
    for capabilities in [POSTCOPY, PREEMPT] {
        let source = host(&[PATTERN, DIRTY], false, capabilities, slow(1));
        let target = host(&[], true, capabilities, Parameters::default());
        secure(&source, credentials(Endpoint::Client));
        secure(&target, credentials(Endpoint::Server));
        switch(&source, &target);
        for at_source in [true, false] {
            let pages = target.machine.pages_dirtied();
            // Only requested pages arrive in time.
            wait("the workload goes on", || target.machine.pages_dirtied() > pages);
            if at_source {
                source.engine.pause_postcopy().unwrap();
            } else {
                assert!(target.engine.pause_incoming());
            }
            source.until(Status::PostcopyPaused);
            target.until(Status::PostcopyPaused);
            source.engine.resume_postcopy(&target.recover()).unwrap();
            source.until(Status::PostcopyActive);
            target.until(Status::PostcopyActive);
        }
        source.hurry();
        source.until(Status::Completed);
        target.until(Status::Completed);
        goes_on(&source, &target);
    }
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
