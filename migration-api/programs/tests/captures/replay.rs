//! The source's side of a capture: its connections, and the answers to them.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::JoinHandle;

use migration_api::stream::return_path::{Message, ReturnPathReader};

use crate::capture::Capture;

/// Connections that replay a capture.
pub struct Sent(JoinHandle<Vec<u8>>);

impl Sent {
    /// Returns all answers of the destination.
    pub fn answers(self) -> Vec<Vec<u8>> {
        answers(&self.0.join().unwrap())
    }
}

/// Replays all first connections of a capture. A connection that was cut is cut again after the
/// same number of answers.
pub fn begin(capture: &Capture, socket: &Path) -> Sent {
    let first = capture.files.iter().find(|file| file.role == "main").unwrap();
    let heard = capture.role("return-path").next().map_or(0, |bytes| answers(bytes).len());
    let channels = capture.role("multifd").map(|bytes| send(bytes, socket)).collect();
    main(&first.bytes, if first.truncated { heard } else { 0 }, channels, socket)
}

/// Replays a main connection that needs no other one.
pub fn again(bytes: &[u8], socket: &Path) -> Sent {
    main(bytes, 0, Vec::new(), socket)
}

/// Replays a main connection. Closes it once `wanted` answers have arrived and all channels are
/// replayed, as a source does.
fn main(bytes: &[u8], wanted: usize, channels: Vec<JoinHandle<UnixStream>>, socket: &Path) -> Sent {
    let main = send(bytes, socket);
    Sent(std::thread::spawn(move || {
        let _channels: Vec<_> =
            channels.into_iter().map(|channel| channel.join().unwrap()).collect();
        let mut stream = main.join().unwrap();
        let mut heard = Vec::new();
        while answers(&heard).len() < wanted {
            let mut piece = [0; 512];
            let read = stream.read(&mut piece).unwrap();
            assert!(read > 0, "the answers end early");
            heard.extend(&piece[..read]);
        }
        stream.shutdown(Shutdown::Write).unwrap();
        stream.read_to_end(&mut heard).unwrap();
        heard
    }))
}

/// Replays one connection in a thread.
fn send(bytes: &[u8], socket: &Path) -> JoinHandle<UnixStream> {
    let mut stream = UnixStream::connect(socket).unwrap();
    let bytes = bytes.to_vec();
    std::thread::spawn(move || {
        stream.write_all(&bytes).unwrap();
        stream
    })
}

/// Parses a return path and returns its messages, sorted because pongs may overtake each other.
/// Leaves out page requests, which depend on the guest.
pub fn answers(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = ReturnPathReader::new(1 << 20);
    let (mut at, mut answers) = (0, Vec::new());
    loop {
        let step = reader.step(&bytes[at..]).unwrap();
        at += step.used;
        match step.message {
            Some(Message::ReqPages { .. }) => {}
            Some(message) => {
                let mut bytes = Vec::new();
                message.write(&mut bytes);
                answers.push(bytes);
            }
            None => break,
        }
    }
    answers.sort();
    answers
}
