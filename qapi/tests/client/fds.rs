//! File descriptors with every kind of request.

use std::io::{IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread::spawn;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use crate::options;
use crate::schema::commands::QueryStats;
use crate::script::GREETING;

/// Answers requests and returns the number of descriptors that came with each.
fn count_fds(mut stream: UnixStream) -> Vec<usize> {
    stream.write_all(GREETING.as_bytes()).unwrap();
    let mut counts = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut buffer)];
        let length =
            recvmsg(&stream, &mut parts, &mut ancillary, RecvFlags::empty()).unwrap().bytes;
        if length == 0 {
            return counts;
        }
        let fds = ancillary.drain().flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => fds.collect::<Vec<OwnedFd>>(),
            _ => Vec::new(),
        });
        counts.push(fds.count());
        let request: serde_json::Value = serde_json::from_slice(&buffer[..length]).unwrap();
        let reply = "{\"transferred\": 1, \"rate\": 2}";
        write!(stream, "{{\"return\": {reply}, \"id\": {}}}", request["id"]).unwrap();
    }
}

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn descriptors_go_with_typed_raw_and_started_commands() {
            let (ours, theirs) = UnixStream::pair().unwrap();
            let serving = spawn(move || count_fds(theirs));
            let client = Client::from_socket(ours, options()) $(.$await)? .unwrap();
            let (mut one, other) = UnixStream::pair().unwrap();
            let fd = other.as_fd();
            client.execute_with_fds(&QueryStats, &[fd]) $(.$await)? .unwrap();
            let raw = client.request_raw("getfd", &qapi::dict! { "fdname": "x" }).fds(&[fd, fd]);
            raw.execute() $(.$await)? .unwrap();
            let ticket = client.request(&QueryStats).fds(&[fd, fd, fd]).start().unwrap();
            client.finish(ticket) $(.$await)? .unwrap();
            client.execute(&QueryStats) $(.$await)? .unwrap();
            // The client keeps none of them.
            drop(other);
            assert_eq!(one.read(&mut [0]).unwrap(), 0);
            drop(client);
            assert_eq!(serving.join().unwrap(), [0, 1, 2, 3, 0]);
        }

        #[$test]
        $($async)? fn the_socket_of_a_client_can_be_watched() {
            let (stream, serving) = crate::script::pair(|mut peer| peer.wait());
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            assert!(rustix::net::getsockname(client.as_fd()).is_ok());
            let text = format!("{client:?}");
            assert!(text.contains("closed: false"), "{text}");
            drop(client);
            serving.join().unwrap();
        }
    };
}

crate::with_both_clients!(scenarios);
