//! A property of the session: the replies are the same for pieces of any size and any order in
//! which commands end, and each is a message.

use qapi::Commands;
use qapi::Value;
use qapi::json::Stream;
use qapi::qmp::{Monitor, Outcome, Request, ServerKind, Session};

use crate::small::handler::Handler;
use crate::small::server::small_commands;

/// A server with one connection.
struct Server {
    session: Session,
    commands: Commands<Handler>,
    monitor: Monitor,
    replies: Vec<String>,
}

/// Checks it for a client's input; the first byte chooses the kind of server, the second the size
/// of the pieces.
pub fn check(bytes: &[u8]) {
    let [flavour, size, bytes @ ..] = bytes else { return };
    let flavour = match flavour % 4 {
        0 | 1 => ServerKind::MONITOR,
        2 => ServerKind::Monitor { pretty: true, oob: false },
        _ => ServerKind::Agent,
    };
    let whole = Server::new(flavour).serve(bytes, usize::MAX);
    for size in [1, usize::from(*size) + 2] {
        assert_eq!(Server::new(flavour).serve(bytes, size), whole, "{}", bytes.escape_ascii());
    }
    whole.iter().for_each(|reply| check_reply(reply, flavour));
    // What runs out-of-band overtakes others.
    let mut late = Server::new(flavour).serve_late(bytes, usize::from(*size) + 1);
    let mut prompt = whole;
    late.sort_unstable();
    prompt.sort_unstable();
    assert_eq!(late, prompt, "{}", bytes.escape_ascii());
}

impl Server {
    fn new(flavour: ServerKind) -> Server {
        Server {
            session: Session::new(flavour),
            commands: Commands::new().with(small_commands()),
            monitor: Monitor::default(),
            replies: Vec::new(),
        }
    }

    fn run(&self, work: &Request) -> Outcome {
        work.run(&self.commands, &Handler, &self.monitor, 0)
    }

    fn finish(&mut self, done: Outcome) {
        assert_eq!(done.crash(), None);
        let reply = self.session.finish(done);
        self.replies.extend(reply.map(|bytes| String::from_utf8(bytes).expect("ASCII")));
    }

    /// Runs everything at once.
    fn serve(mut self, bytes: &[u8], size: usize) -> Vec<String> {
        for mut piece in bytes.chunks(size) {
            while let Some(work) = self.session.receive(&mut piece) {
                self.finish(self.run(&work));
            }
            assert!(piece.is_empty(), "nothing holds it up");
        }
        self.replies
    }

    /// Lets commands run as long as more can be read.
    fn serve_late(mut self, bytes: &[u8], size: usize) -> Vec<String> {
        let mut running: Option<Request> = None;
        for mut piece in bytes.chunks(size) {
            loop {
                match self.session.receive(&mut piece) {
                    Some(work) if work.is_in_band() => {
                        assert!(running.replace(work).is_none(), "there is one at a time");
                    }
                    Some(work) => self.finish(self.run(&work)),
                    None if piece.is_empty() => break,
                    None => {
                        let work = running.take().expect("something holds it up");
                        self.finish(self.run(&work));
                        running = self.session.next_in_band();
                    }
                }
            }
        }
        while let Some(work) = running {
            self.finish(self.run(&work));
            running = self.session.next_in_band();
        }
        self.replies
    }
}

fn check_reply(text: &str, flavour: ServerKind) {
    assert!(text.is_ascii());
    let message = text.strip_suffix('\n').expect("an end");
    let message = match flavour {
        ServerKind::Agent => message,
        ServerKind::Monitor { .. } => message.strip_suffix('\r').expect("a whole end"),
    };
    let mut stream = Stream::new();
    match stream.parse(message.as_bytes()) {
        Ok(document) => {
            let reply = Value::from(document.root());
            assert!(reply.get("return").is_some() != reply.get("error").is_some(), "{text}");
        }
        // A number beyond a double's range is returned as C writes it.
        Err(error) => assert!(text.contains("inf"), "{error}: {text}"),
    }
}
