//! Scripted servers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread::{JoinHandle, spawn};

use serde_json::Value;

pub const GREETING: &str = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, \
                            \"package\": \"\"}, \"capabilities\": []}}\r\n";

/// The server's end of a connection.
pub struct Peer {
    stream: UnixStream,
    input: BufReader<UnixStream>,
}

impl Peer {
    pub fn new(stream: UnixStream) -> Peer {
        Peer { input: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    /// Sends a text. A client that has left is no fault.
    pub fn say(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    /// Sends bytes, as `say` does.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends an event.
    pub fn event(&mut self, name: &str, data: &str) {
        let time = "{\"seconds\": 1, \"microseconds\": 2}";
        self.say(&format!(
            "{{\"timestamp\": {time}, \"event\": \"{name}\", \"data\": {data}}}\r\n"
        ));
    }

    /// Reads the next request; `None` once the client has left.
    pub fn read(&mut self) -> Option<Value> {
        let mut line = Vec::new();
        match self.input.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => {
                Some(serde_json::from_slice(line.strip_prefix(&[0xFF]).unwrap_or(&line)).unwrap())
            }
        }
    }

    /// Returns true if no further request has been received.
    #[cfg(feature = "tokio")]
    pub fn is_idle(&self) -> bool {
        self.input.buffer().is_empty()
    }

    /// The number of requests that were received together with the last one.
    pub fn buffered(&self) -> usize {
        self.input.buffer().iter().filter(|byte| **byte == b'\n').count()
    }

    /// Reads the next request, which must be this command.
    pub fn expect(&mut self, command: &str) -> Value {
        let request = self.read().unwrap_or_else(|| panic!("{command} should have come"));
        assert_eq!(request["execute"], command);
        request
    }

    /// Answers a request.
    pub fn answer(&mut self, request: &Value, reply: &str) {
        self.say(&format!("{{\"return\": {reply}, \"id\": {}}}\r\n", request["id"]));
    }

    /// Reads the next request, which must be this command, and answers it.
    pub fn serve(&mut self, command: &str, reply: &str) {
        let request = self.expect(command);
        self.answer(&request, reply);
    }

    /// Greets a client and negotiates with it.
    pub fn greet(mut self) -> Peer {
        self.say(GREETING);
        self.serve("qmp_capabilities", "{}");
        self
    }

    /// Waits until the client has left.
    pub fn wait(&mut self) {
        while self.read().is_some() {}
    }
}

/// A connected socket and the thread of its server, which runs `script` after the negotiation.
pub fn pair(script: impl FnOnce(Peer) + Send + 'static) -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (ours, spawn(move || script(Peer::new(theirs).greet())))
}

/// A folder for a listening socket.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("qmp")
    }

    pub fn listen(&self) -> UnixListener {
        UnixListener::bind(self.path()).unwrap()
    }

    /// Listens; the script gets one connection after the other.
    pub fn serve(
        &self,
        script: impl FnOnce(&mut dyn Iterator<Item = Peer>) + Send + 'static,
    ) -> JoinHandle<()> {
        let listener = self.listen();
        spawn(move || script(&mut listener.incoming().map(|stream| Peer::new(stream.unwrap()))))
    }
}
