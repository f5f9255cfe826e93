//! File descriptors that come with requests.

use super::*;

#[test]
fn file_descriptors_are_passed() {
    let fixture = Fixture::one_client();
    let client = fixture.client(false);
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    client.execute_with_fds(&SetStats(Stats::new(1, 2)), &[theirs.as_fd()]).unwrap();
    drop(theirs);
    let passed = fixture.server.handler().fds.lock().unwrap().pop().unwrap();
    UnixStream::from(passed).write_all(b"hello").unwrap();
    let mut text = String::new();
    ours.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}

#[test]
fn file_descriptors_are_for_the_request_that_they_came_with() {
    let fixture = Fixture::one_client();
    let client = fixture.client(false);
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(LONG)).unwrap();
    client.execute_with_fds(&QueryStats, &[theirs.as_fd()]).unwrap();
    drop(theirs);
    let ((mut here, there), taken) = (UnixStream::pair().unwrap(), || {
        fixture.server.handler().fds.lock().unwrap().pop().map(UnixStream::from)
    });
    client.execute_with_fds(&SetStats(Stats::new(1, 2)), &[there.as_fd()]).unwrap();
    drop(there);
    assert_eq!(ours.read(&mut [0]).unwrap(), 0, "what nobody took is closed when others come");
    taken().unwrap().write_all(b"x").unwrap();
    assert_eq!(here.read(&mut [0]).unwrap(), 1);
    // Of several the first is taken.
    let (mut first, mut second) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    second.0.set_read_timeout(Some(LONG)).unwrap();
    client
        .execute_with_fds(&SetStats(Stats::new(1, 2)), &[first.1.as_fd(), second.1.as_fd()])
        .unwrap();
    drop(second.1);
    assert_eq!(second.0.read(&mut [0]).unwrap(), 0, "the others are closed");
    taken().unwrap().write_all(b"x").unwrap();
    assert_eq!(first.0.read(&mut [0]).unwrap(), 1);
    client.execute(&SetStats(Stats::new(1, 2))).unwrap();
    assert!(taken().is_none());
}

#[test]
fn file_descriptors_may_come_just_before_their_request_or_behind_others() {
    let fixture = Fixture::one_client();
    let raw = UnixStream::connect(fixture.path()).unwrap();
    raw.set_read_timeout(Some(LONG)).unwrap();
    let send = |text: &str, fds: &[std::os::fd::BorrowedFd<'_>]| {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = rustix::net::SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() {
            assert!(ancillary.push(rustix::net::SendAncillaryMessage::ScmRights(fds)));
        }
        let bytes = [std::io::IoSlice::new(text.as_bytes())];
        let flags = rustix::net::SendFlags::NOSIGNAL;
        assert_eq!(rustix::net::sendmsg(&raw, &bytes, &mut ancillary, flags).unwrap(), text.len());
    };
    let set = "{'execute': 'set-stats', 'arguments': {'transferred': 1, 'rate': 2}}";
    let get = "{'execute': 'query-stats'}";
    send("{'execute': 'qmp_capabilities'}", &[]);
    let mut lines = BufReader::new(&raw).lines().map(Result::unwrap);
    let mut done = || assert!(lines.any(|line| line == "{\"return\": {}}"));
    done();
    // Sent at once, however it is read: a blank before, with the request itself, a blank between
    // another request and this.
    for (before, with, after) in [("", " ", set), (get, set, ""), (get, " ", set)] {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(LONG)).unwrap();
        if !before.is_empty() {
            send(before, &[]);
        }
        send(with, &[std::os::fd::AsFd::as_fd(&theirs)]);
        if !after.is_empty() {
            send(after, &[]);
        }
        done();
        let taken = fixture.server.handler().fds.lock().unwrap().pop().unwrap();
        UnixStream::from(taken).write_all(b"x").unwrap();
        assert_eq!(ours.read(&mut [0]).unwrap(), 1);
    }
}
