//! A client that sends bytes and keeps all it receives.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Time limit of a reply.
const LONG: Duration = Duration::from_secs(60);

/// A connection whose incoming bytes a thread collects.
pub struct Client {
    stream: UnixStream,
    received: Arc<Received>,
    reader: Option<JoinHandle<()>>,
    /// The number of messages that [`Client::next`] has returned.
    taken: usize,
}

#[derive(Default)]
struct Received {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// The offsets of the ends of messages.
    ends: Vec<usize>,
    over: bool,
}

impl State {
    fn message(&self, number: usize) -> Option<&[u8]> {
        let end = *self.ends.get(number)?;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        Some(&self.bytes[start..end])
    }

    /// Adds received bytes. A message ends with its line; a pretty one ends with a line that starts
    /// with its last brace.
    fn add(&mut self, bytes: &[u8], pretty: bool) {
        for byte in bytes {
            self.bytes.push(*byte);
            if *byte == b'\n' {
                let text = &self.bytes[..self.bytes.len() - 1];
                let line = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
                if !pretty || line.starts_with(b"}") {
                    self.ends.push(self.bytes.len());
                }
            }
        }
    }
}

impl Client {
    /// Connects. With `pretty`, a message has several lines.
    pub fn connect(path: &Path, pretty: bool) -> Client {
        let stream = UnixStream::connect(path).unwrap();
        let received = Arc::new(Received::default());
        let reader = std::thread::spawn({
            let (mut stream, received) = (stream.try_clone().unwrap(), received.clone());
            move || {
                let mut buffer = vec![0; 64 << 10];
                loop {
                    let length = stream.read(&mut buffer).unwrap_or(0);
                    let mut state = received.state.lock().unwrap();
                    state.add(&buffer[..length], pretty);
                    state.over |= length == 0;
                    received.changed.notify_all();
                    if length == 0 {
                        return;
                    }
                }
            }
        });
        Client { stream, received, reader: Some(reader), taken: 0 }
    }

    /// Sends bytes. A server that has closed the connection is no error.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Waits for a number of messages. Returns false if the connection ends or time runs out.
    pub fn wait(&self, messages: usize, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        let mut state = self.received.state.lock().unwrap();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if state.ends.len() >= messages || state.over || left.is_zero() {
                return state.ends.len() >= messages;
            }
            state = self.received.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits for a number of messages, ends the input, and returns all messages until the server
    /// closes the connection.
    pub fn finish(mut self, messages: usize) -> Vec<Vec<u8>> {
        self.wait(messages, LONG);
        let _ = self.stream.shutdown(Shutdown::Write);
        self.reader.take().unwrap().join().unwrap();
        let state = self.received.state.lock().unwrap();
        let rest = &state.bytes[state.ends.last().copied().unwrap_or(0)..];
        let whole = (0..state.ends.len()).filter_map(|number| state.message(number));
        whole.chain(Some(rest).filter(|rest| !rest.is_empty())).map(<[u8]>::to_vec).collect()
    }

    /// Returns the next message without its timestamp; `None` if the server has closed the
    /// connection.
    pub fn next(&mut self) -> Option<Value> {
        if !self.wait(self.taken + 1, LONG) {
            let over = self.received.state.lock().unwrap().over;
            assert!(over, "no message came");
            return None;
        }
        let state = self.received.state.lock().unwrap();
        let mut message: Value = serde_json::from_slice(state.message(self.taken)?).unwrap();
        self.taken += 1;
        if let Some(members) = message.as_object_mut() {
            members.remove("timestamp");
        }
        Some(message)
    }

    /// Asserts that these messages come next.
    #[track_caller]
    pub fn expect(&mut self, messages: &[Value]) {
        for message in messages {
            assert_eq!(self.next().as_ref(), Some(message));
        }
    }

    /// Closes the sending half.
    pub fn half_close(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
