//! The protocol of a connection without input and output: bytes in, bytes to send, replies by id,
//! events in order.
//!
//! Both clients share it. [`Core::feed`] takes what was received and [`Core::output`] has what is
//! to be sent; waits look for their reply or event and leave a waker if it has not come.

mod events;
mod message;
mod output;
mod requests;
mod shared;

#[cfg(feature = "tracing")]
use std::collections::BTreeSet;
use std::io;
use std::task::Waker;

use events::EventQueues;
pub(super) use events::Numbered;
pub use message::{Greeting, Received};
pub(super) use message::{Name, event_name, read_any_event, read_event, read_reply};
use output::SendQueue;
use requests::Requests;
use rustix::fd::OwnedFd;
pub use shared::Ticket;
pub(super) use shared::{SharedCore, Subscription};

use super::error::ClientError;
use super::options::Options;
#[cfg(feature = "tracing")]
use super::wire_log;
use crate::json::{JsonError, Node, OwnedDocument, Stream};

/// A command that can be sent.
pub(super) struct OutgoingCommand<'c> {
    /// The command's name.
    pub name: &'c Name,
    /// The arguments as JSON.
    pub arguments: &'c str,
    /// Execute it out-of-band.
    pub oob: bool,
    /// The file descriptors that go with it.
    pub fds: Vec<OwnedFd>,
}

/// The end of a connection.
#[derive(Debug)]
enum ConnectionEnd {
    Closed,
    Failed(io::ErrorKind, String),
    Json(JsonError),
    Protocol(String),
}

/// Greeting, replies and events of a connection.
pub(super) struct Core {
    options: Options,
    passes_fds: bool,
    stream: Stream,
    pub output: SendQueue,
    /// Memory for received bytes, kept from one call to the next.
    pub buffer: Vec<u8>,
    requests: Requests,
    pub events: EventQueues,
    /// The requests whose replies the wire log masks.
    #[cfg(feature = "tracing")]
    secrets: BTreeSet<u64>,
    greeting: Option<Greeting>,
    /// The wait for the greeting.
    greeted: Option<Waker>,
    /// The request that synchronises with an agent, until its reply has come.
    sync: Option<u64>,
    /// A reply has come: the server is past the negotiation.
    negotiated: bool,
    /// The number of replies to no request of ours.
    foreign_replies: u64,
    /// `quit` was sent and not refused.
    quitting: Option<u64>,
    /// Nothing can be sent any more.
    write_end: Option<ConnectionEnd>,
    /// Nothing is received any more.
    end: Option<ConnectionEnd>,
    /// The task that moves the bytes.
    driver: Option<Waker>,
}

impl Core {
    /// A connection before its first byte; `passes_fds` if file descriptors can be sent on it.
    pub fn new(options: Options, passes_fds: bool) -> Core {
        let events = EventQueues::new(options.events);
        Core {
            options,
            passes_fds,
            stream: Stream::new().accept_non_finite(),
            output: SendQueue::default(),
            buffer: Vec::new(),
            requests: Requests::new(first_id()),
            events,
            #[cfg(feature = "tracing")]
            secrets: BTreeSet::new(),
            greeting: None,
            greeted: None,
            sync: None,
            negotiated: false,
            foreign_replies: 0,
            quitting: None,
            write_end: None,
            end: None,
            driver: None,
        }
    }

    /// Queues a command and returns its id.
    pub fn submit(&mut self, call: OutgoingCommand<'_>) -> Result<u64, ClientError> {
        let OutgoingCommand { name, arguments, oob, fds } = call;
        if !fds.is_empty() && !self.passes_fds {
            let reason = "file descriptors need a unix socket";
            return Err(ClientError::Request { command: name.to_string(), reason });
        }
        if let Some(end) = self.end.as_ref().or(self.write_end.as_ref()) {
            return Err(self.error(end, Some(name)));
        }
        let id = self.requests.next_id();
        let text = message::request(name, arguments, oob, id);
        let end = self.output.push(text.as_bytes(), fds);
        self.requests.add(name.clone(), end);
        #[cfg(feature = "tracing")]
        if wire_log::sent(&text) {
            self.secrets.insert(id);
        }
        if name == "quit" {
            self.quitting = Some(id);
        }
        Ok(id)
    }

    /// Queues a synchronisation with an agent: the byte that ends a half-sent command, and a
    /// request whose reply is its own id.
    pub fn submit_sync(&mut self) -> Result<u64, ClientError> {
        let id = self.requests.next_id();
        self.output.push(&[0xFF], Vec::new());
        let arguments = format!("{{\"id\": {id}}}");
        let name = Name::Borrowed("guest-sync-delimited");
        self.submit(OutgoingCommand {
            name: &name,
            arguments: &arguments,
            oob: false,
            fds: Vec::new(),
        })?;
        self.sync = Some(id);
        Ok(id)
    }

    /// Returns true if the request is sent whole, or will never be.
    pub fn is_sent(&self, id: u64) -> bool {
        self.requests.end(id).is_none_or(|end| end <= self.output.sent())
    }

    /// Takes what was received.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while self.end.is_none() {
            let document = match self.stream.next(&mut bytes) {
                None => return,
                Some(Ok(document)) => document.to_owned(),
                // Before a synchronisation, the input may be part of a reply to an earlier client.
                Some(Err(_)) if self.options.agent => continue,
                Some(Err(error)) => return self.finish(ConnectionEnd::Json(error)),
            };
            #[cfg(feature = "tracing")]
            self.log(document.root());
            if let Err(end) = self.message(document) {
                self.finish(end);
            }
        }
    }

    #[cfg(feature = "tracing")]
    fn log(&mut self, message: Node<'_>) {
        let request = if self.secrets.is_empty() { None } else { self.match_request(message) };
        let is_secret = request.is_some_and(|id| self.secrets.remove(&id));
        wire_log::received(message, is_secret);
    }

    fn message(&mut self, document: OwnedDocument) -> Result<(), ConnectionEnd> {
        let root = document.root();
        if let Some(event) = root.get("event") {
            if event.as_str().is_none() {
                return Err(unexpected(root));
            }
            self.events.push(document);
        } else if root.get("return").is_some() || root.get("error").is_some() {
            let Some(id) = self.match_request(root) else {
                self.count_foreign(root);
                return Ok(());
            };
            self.negotiated = true;
            if self.sync == Some(id) {
                self.sync = None;
                // An agent answers in order: it will not answer earlier requests any more.
                let reason = "the agent has not answered before it was synchronised again";
                self.requests.fail(
                    |other, _| other < id,
                    |command| ClientError::Request { command: command.to_owned(), reason },
                );
            }
            if self.quitting == Some(id) && root.get("error").is_some() {
                self.quitting = None;
            }
            self.requests.settle(id, Ok(document));
        } else if let Some(greeting) = root.get("QMP").filter(|_| !self.options.agent) {
            let missing = |member| ConnectionEnd::Protocol(format!("greeting without '{member}'"));
            self.greeting = Some(message::read_greeting(greeting).map_err(missing)?);
            self.greeted.take().into_iter().for_each(Waker::wake);
        } else if !self.options.agent {
            return Err(unexpected(root));
        }
        Ok(())
    }

    /// Drops a reply to no request of ours. A command that outlives its connection is answered to
    /// the next client, so this is no error.
    fn count_foreign(&mut self, reply: Node<'_>) {
        self.foreign_replies += 1;
        #[cfg(feature = "tracing")]
        wire_log::dropped(reply.get("id"));
        #[cfg(not(feature = "tracing"))]
        let _ = reply;
    }

    /// The number of replies to no request of ours.
    pub fn foreign_replies(&self) -> u64 {
        self.foreign_replies
    }

    /// The request that a reply belongs to, if it is one of ours.
    fn match_request(&self, reply: Node<'_>) -> Option<u64> {
        let number = |value: Node<'_>| value.as_i64().and_then(|id| u64::try_from(id).ok());
        if let Some(id) = reply.get("id") {
            return number(id).filter(|id| self.requests.is_waiting(*id));
        }
        match self.sync {
            // An old agent's replies without `id` belong to earlier clients until it answers this
            // request.
            Some(sync) => reply.get("return").and_then(number).filter(|token| *token == sync),
            None if self.options.agent => self.requests.oldest_waiting(),
            // A monitor leaves `id` out only if it could not read the request.
            None if self.negotiated && reply.get("error").is_some() => {
                self.requests.oldest_waiting()
            }
            None => None,
        }
    }

    /// The next chunk cannot be sent, for instance as a descriptor is not open: ends its request,
    /// and goes on.
    pub fn reject_output(&mut self, error: &io::Error) {
        let Some((start, end)) = self.output.reject() else { return };
        self.requests.fail(
            |_, other| start < other && other <= end,
            |_| ClientError::Io(io::Error::new(error.kind(), error.to_string())),
        );
    }

    /// Nothing can be sent any more. Requests that are not sent whole fail; data received is still
    /// delivered.
    pub fn finish_output(&mut self, error: &io::Error) {
        let sent = self.output.sent();
        // A `quit` that was not sent does not end the server.
        self.quitting = self.quitting.filter(|id| self.is_sent(*id));
        let quit = self.quitting.is_some();
        let end = ConnectionEnd::of(error);
        self.requests.fail(|_, position| position > sent, |name| end.error(Some(name), quit));
        self.output.clear();
        self.write_end = Some(end);
    }

    /// Nothing is received any more, as the peer or this client has closed the connection.
    pub fn close(&mut self) {
        self.finish(ConnectionEnd::Closed);
    }

    /// Nothing is received any more, for this reason.
    pub fn finish_input(&mut self, error: &io::Error) {
        self.finish(ConnectionEnd::of(error));
    }

    fn finish(&mut self, end: ConnectionEnd) {
        if self.end.is_some() {
            return;
        }
        let quit = self.quitting.is_some();
        self.requests.fail(|_, _| true, |name| end.error(Some(name), quit));
        self.output.clear();
        self.end = Some(end);
        self.events.wake();
        self.greeted.take().into_iter().for_each(Waker::wake);
        self.wake_driver();
    }

    /// Returns true if nothing is received any more.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    fn error(&self, end: &ConnectionEnd, name: Option<&str>) -> ClientError {
        end.error(name, self.quitting.is_some())
    }

    /// The greeting, once it has come.
    pub fn poll_greeting(
        &mut self,
        waker: Option<&Waker>,
    ) -> Option<Result<Greeting, ClientError>> {
        if let Some(greeting) = &self.greeting {
            return Some(Ok(greeting.clone()));
        }
        self.greeted = waker.cloned();
        self.end.as_ref().map(|end| Err(self.error(end, None)))
    }

    /// The outcome of a request, once it is known.
    pub fn poll_reply(
        &mut self,
        id: u64,
        waker: Option<&Waker>,
    ) -> Option<Result<OwnedDocument, ClientError>> {
        self.requests.take(id, waker)
    }

    /// Drops the reply of a request, now or when it comes.
    pub fn abandon(&mut self, id: u64) {
        self.requests.abandon(id);
    }

    /// Registers the task that moves the bytes.
    #[cfg(feature = "tokio")]
    pub fn set_driver(&mut self, waker: &Waker) {
        self.driver = Some(waker.clone());
    }

    /// Wakes the task that moves the bytes.
    pub fn wake_driver(&mut self) {
        self.driver.take().into_iter().for_each(Waker::wake);
    }
}

impl ConnectionEnd {
    fn of(error: &io::Error) -> ConnectionEnd {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        match error.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => {
                ConnectionEnd::Closed
            }
            kind => ConnectionEnd::Failed(kind, error.to_string()),
        }
    }

    fn error(&self, command: Option<&str>, after_quit: bool) -> ClientError {
        let command = command.map(str::to_owned);
        let cause = match self {
            ConnectionEnd::Closed => return ClientError::Closed { command, after_quit },
            ConnectionEnd::Failed(kind, text) => {
                ClientError::Io(io::Error::new(*kind, text.clone()))
            }
            ConnectionEnd::Json(error) => ClientError::Json(error.clone()),
            ConnectionEnd::Protocol(what) => ClientError::Protocol(what.clone()),
        };
        match command {
            Some(command) => ClientError::Connection { command, cause: Box::new(cause) },
            None => cause,
        }
    }
}

fn unexpected(root: Node<'_>) -> ConnectionEnd {
    ConnectionEnd::Protocol(format!("unexpected message {}", message::excerpt(root)))
}

/// The first id of a connection. It is random, so that a late reply to another client has none of
/// our ids.
fn first_id() -> u64 {
    let mut bytes = [0; 4];
    // Without a source of randomness ids begin at 0, as those of simple clients do.
    let _ = getrandom::fill(&mut bytes);
    // Below 2^53, which peers that read doubles keep exact, with room to count.
    u64::from(u32::from_ne_bytes(bytes) >> 3) << 24
}

#[cfg(test)]
mod tests;
