//! File descriptors passed to a real QEMU, which uses them.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use qapi_tests::wire::full::MigrationStatus;
use qapi_tests::wire::full::commands::{AddFd, Closefd, Getfd, Migrate, QueryFdsets, RemoveFd};

use crate::migration::{enable_events, statuses};
use crate::processes::no_machine;
use crate::{LONG, generic, refusal};

#[test]
fn migrates_to_a_passed_socket() {
    let mut process = no_machine();
    let client = process.client();
    enable_events(client);
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(LONG)).unwrap();
    client.execute_with_fds(&Getfd::new("stream"), &[theirs.as_fd()]).unwrap();
    drop(theirs);
    let uri = Some("fd:stream".to_owned());
    client.execute(&Migrate { uri, ..Migrate::default() }).unwrap();
    let mut stream = Vec::new();
    ours.read_to_end(&mut stream).unwrap();
    assert_eq!(
        stream.get(..4),
        Some(&b"QEVM"[..]),
        "a migration stream has come through the socket"
    );
    assert_eq!(statuses(client).last(), Some(&MigrationStatus::Completed));
}

#[test]
fn closes_a_passed_fd_by_name() {
    let mut process = no_machine();
    let client = process.client();
    let error = refusal(client.execute(&Getfd::new("stream")));
    assert_eq!(error, generic("No file descriptor supplied via SCM_RIGHTS"));
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(LONG)).unwrap();
    client.execute_with_fds(&Getfd::new("stream"), &[theirs.as_fd()]).unwrap();
    drop(theirs);
    client.execute(&Closefd::new("stream")).unwrap();
    assert_eq!(ours.read(&mut [0]).unwrap(), 0, "nobody holds the other end any more");
    let error = refusal(client.execute(&Closefd::new("stream")));
    assert_eq!(error, generic("File descriptor named 'stream' not found"));
}

#[test]
fn adds_passed_fds_to_a_set() {
    let mut process = no_machine();
    let client = process.client();
    let file = tempfile::tempfile().unwrap();
    let add = AddFd { opaque: Some("ours".into()), ..AddFd::default() };
    let added = client.execute_with_fds(&add, &[file.as_fd()]).unwrap();
    let again = AddFd { fdset_id: Some(added.fdset_id), ..AddFd::default() };
    let second = client.execute_with_fds(&again, &[file.as_fd()]).unwrap();
    assert_eq!(second.fdset_id, added.fdset_id);

    let sets = client.execute(&QueryFdsets).unwrap();
    let set = sets.iter().find(|set| set.fdset_id == added.fdset_id).unwrap();
    let mut fds: Vec<(i64, Option<&str>)> =
        set.fds.iter().map(|one| (one.fd, one.opaque.as_deref())).collect();
    fds.sort_unstable();
    let mut expected = vec![(added.fd, Some("ours")), (second.fd, None)];
    expected.sort_unstable();
    assert_eq!(fds, expected);

    client.execute(&RemoveFd::new(added.fdset_id)).unwrap();
    assert_eq!(client.execute(&QueryFdsets).unwrap(), []);
}
