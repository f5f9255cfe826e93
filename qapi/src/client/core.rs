//! What both clients share: messages out, messages in, on a socket that never waits.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recv, sendmsg};

use super::error::ClientError;
use super::job::Job;
use super::options::Options;
use crate::event::EventData;
use crate::json::{self, Kind, Node, OwnedDocument, Stream};
use crate::qmp::Version;
use crate::walk::{self, Rules};
use crate::{AnyEvent, Command, ErrorClass, Policy, QmpError, RawEvent, Timestamp};

/// A server's greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Its version.
    pub version: Version,
    /// What it offers, as `oob`.
    pub capabilities: Vec<String>,
}

/// A command that has been sent and whose reply is still to come.
#[derive(Debug)]
#[must_use = "the reply waits for it"]
pub struct Ticket<C> {
    pub(super) id: u64,
    command: PhantomData<fn() -> C>,
}

/// An event with the time at which the server sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received<E> {
    /// The event.
    pub event: E,
    /// The server's time.
    pub timestamp: Timestamp,
}

/// Bytes on their way, with file descriptors that go with the first of them.
struct Outgoing {
    /// The request that they are, if they are one.
    id: Option<u64>,
    bytes: Vec<u8>,
    sent: usize,
    fds: Vec<OwnedFd>,
}

/// Greeting, replies and events of a connection.
pub(super) struct Core {
    options: Options,
    stream: Stream,
    buffer: Vec<u8>,
    outgoing: VecDeque<Outgoing>,
    pub greeting: Option<Greeting>,
    next_id: u64,
    /// Requests without reply, oldest first.
    pending: VecDeque<u64>,
    /// Those of them that nobody waits for any more.
    abandoned: HashSet<u64>,
    replies: HashMap<u64, OwnedDocument>,
    /// The request that gets in step with an agent, until its reply has come.
    sync: Option<u64>,
    /// Whether the server knows what was negotiated.
    negotiated: bool,
    events: VecDeque<OwnedDocument>,
    /// How many events were dropped before those that are kept.
    dropped: usize,
}

/// How much is read at once.
const BUFFER: usize = 64 << 10;

impl Core {
    pub fn new(options: Options) -> Core {
        Core {
            options,
            stream: Stream::new(),
            buffer: vec![0; BUFFER],
            outgoing: VecDeque::new(),
            greeting: None,
            next_id: first_id(),
            pending: VecDeque::new(),
            abandoned: HashSet::new(),
            replies: HashMap::new(),
            sync: None,
            negotiated: false,
            events: VecDeque::new(),
            dropped: 0,
        }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Queues a command.
    ///
    /// # Errors
    /// As [`start_raw`](Self::start_raw).
    pub fn start<C: Command>(
        &mut self,
        command: &C,
        oob: bool,
        fds: Vec<OwnedFd>,
    ) -> Result<Ticket<C>, ClientError> {
        let mut arguments = String::new();
        walk::write(command, &Policy::ACCEPT, &mut arguments);
        let id = self.start_raw(C::INFO.name(), &arguments, oob, fds)?;
        Ok(Ticket { id, command: PhantomData })
    }

    /// Queues a command whose arguments are a JSON text.
    ///
    /// # Errors
    /// Numbers that JSON has not, which a server would answer with several errors.
    pub fn start_raw(
        &mut self,
        name: &str,
        arguments: &str,
        oob: bool,
        fds: Vec<OwnedFd>,
    ) -> Result<u64, ClientError> {
        if !is_finite(arguments) {
            let what = format!("{name}: a number that is infinite or none cannot be sent");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what).into());
        }
        let id = self.next_id;
        self.next_id += 1;
        let mut text = String::with_capacity(name.len() + arguments.len() + 64);
        text.push_str(if oob { "{\"exec-oob\": " } else { "{\"execute\": " });
        json::write_string(&mut text, name);
        if arguments != "{}" {
            text.push_str(", \"arguments\": ");
            text.push_str(arguments);
        }
        text.push_str(", \"id\": ");
        json::write_u64(&mut text, id);
        text.push_str("}\n");
        self.outgoing.push_back(Outgoing { id: Some(id), bytes: text.into_bytes(), sent: 0, fds });
        self.pending.push_back(id);
        Ok(id)
    }

    /// Queues what gets in step with an agent: the end of whatever was sent before, and a request whose reply is
    /// its own id.
    ///
    /// # Errors
    /// None that can occur.
    pub fn start_sync(&mut self) -> Result<u64, ClientError> {
        self.outgoing.push_back(Outgoing { id: None, bytes: vec![0xFF], sent: 0, fds: Vec::new() });
        let arguments = format!("{{\"id\": {}}}", self.next_id);
        let id = self.start_raw("guest-sync-delimited", &arguments, false, Vec::new())?;
        self.sync = Some(id);
        Ok(id)
    }

    /// Nobody waits for that reply any more.
    pub fn abandon(&mut self, id: u64) {
        if self.replies.remove(&id).is_none() && self.pending.contains(&id) {
            self.abandoned.insert(id);
        }
    }

    pub fn wants_write(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Sends what can be sent now.
    pub fn transmit(&mut self, socket: BorrowedFd<'_>) -> io::Result<()> {
        while let Some(outgoing) = self.outgoing.front_mut() {
            let fds: Vec<BorrowedFd<'_>> = outgoing.fds.iter().map(AsFd::as_fd).collect();
            let mut space =
                vec![MaybeUninit::uninit(); SendAncillaryMessage::ScmRights(&fds).size()];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            // There is room: the space was made for them.
            if !fds.is_empty() {
                ancillary.push(SendAncillaryMessage::ScmRights(&fds));
            }
            let bytes = [IoSlice::new(&outgoing.bytes[outgoing.sent..])];
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            match sendmsg(socket, &bytes, &mut ancillary, flags) {
                Ok(sent) => {
                    drop(fds);
                    outgoing.fds.clear();
                    outgoing.sent += sent;
                    if outgoing.sent == outgoing.bytes.len() {
                        self.outgoing.pop_front();
                    }
                }
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    drop(fds);
                    // What cannot be passed must not be in the way of what follows.
                    if !outgoing.fds.is_empty() {
                        let id = outgoing.id;
                        self.outgoing.pop_front();
                        self.pending.retain(|pending| Some(*pending) != id);
                    }
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Reads what is there; `WouldBlock` if nothing is.
    pub fn receive(&mut self, socket: BorrowedFd<'_>) -> Result<(), ClientError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let received = loop {
            match recv(socket, &mut buffer[..], RecvFlags::DONTWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                outcome => break outcome,
            }
        };
        let outcome = match received {
            Ok((0, _)) => Err(ClientError::Closed),
            Ok((length, _)) => self.feed(&buffer[..length]),
            Err(error) => Err(io::Error::from(error).into()),
        };
        self.buffer = buffer;
        outcome
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), ClientError> {
        loop {
            let document = match self.stream.next(&mut bytes) {
                None => return Ok(()),
                Some(Ok(document)) => document.to_owned(),
                // Before an agent is in step what comes may be the end of something, or part of it.
                Some(Err(_)) if self.options.agent => continue,
                Some(Err(error)) => return Err(error.into()),
            };
            self.message(document)?;
        }
    }

    fn message(&mut self, document: OwnedDocument) -> Result<(), ClientError> {
        let root = document.root();
        if root.get("event").is_some() {
            if self.events.len() >= self.options.events {
                self.dropped += self.events.pop_front().map_or(0, |_| 1);
            }
            self.events.push_back(document);
        } else if root.get("return").is_some() || root.get("error").is_some() {
            // A command that outlives its connection is answered to who is connected by then.
            let Some(id) = self.asker(root) else { return Ok(()) };
            self.negotiated = true;
            if self.sync == Some(id) {
                self.sync = None;
                // An agent answers in order: what was asked before is not answered any more.
                self.pending.retain(|other| *other >= id);
                self.abandoned.retain(|other| *other >= id);
            }
            self.pending.retain(|other| *other != id);
            if !self.abandoned.remove(&id) {
                self.replies.insert(id, document);
            }
        } else if let Some(greeting) = root.get("QMP") {
            self.greeting = Some(read_greeting(greeting));
        } else if !self.options.agent {
            return Err(unexpected(root));
        }
        Ok(())
    }

    /// The request that a reply belongs to, if it is one of ours.
    fn asker(&self, reply: Node<'_>) -> Option<u64> {
        let number = |value: Node<'_>| value.as_i64().and_then(|id| u64::try_from(id).ok());
        if let Some(id) = reply.get("id") {
            return number(id).filter(|id| self.pending.contains(id));
        }
        match self.sync {
            // What an old agent answers without `id` is for somebody before us until it answers this.
            Some(sync) => reply.get("return").and_then(number).filter(|token| *token == sync),
            None if self.options.agent => self.pending.front().copied(),
            // A monitor leaves `id` out only if it could not read the request.
            None if self.negotiated && reply.get("error").is_some() => {
                self.pending.front().copied()
            }
            None => None,
        }
    }

    /// The reply to a request, if it has come.
    pub fn reply<C: Command>(
        &mut self,
        ticket: &Ticket<C>,
    ) -> Option<Result<C::Response, ClientError>> {
        let document = self.replies.remove(&ticket.id)?;
        Some(open_reply(&document).and_then(|value| {
            walk::read(value, &Rules::LENIENT)
                .map_err(|error| ClientError::Decode { name: C::INFO.name().into(), error })
        }))
    }

    /// The same, without a type.
    pub fn raw_reply(&mut self, id: u64) -> Option<Result<crate::Value, ClientError>> {
        let document = self.replies.remove(&id)?;
        Some(open_reply(&document).map(crate::Value::from))
    }

    /// Takes the first event that `wanted` wants, looking at those from number `seen` on, counted from the first that ever came.
    pub fn event<E: AnyEvent>(
        &mut self,
        seen: &mut usize,
        mut wanted: impl FnMut(&Received<E>) -> bool,
    ) -> Result<Option<Received<E>>, ClientError> {
        loop {
            let index = seen.saturating_sub(self.dropped);
            let Some(document) = self.events.get(index) else { return Ok(None) };
            let received = read_event(document.root());
            match received {
                Ok(received) if !wanted(&received) => *seen = self.dropped + index + 1,
                // One that is not as the schema says is told once.
                outcome => {
                    self.events.remove(index);
                    return outcome.map(Some);
                }
            }
        }
    }

    /// Forgets what was told of earlier jobs of this name: the last to be created is meant.
    pub fn forget_earlier<'j>(&mut self, job: &Job<'j>) {
        let tells = |event: &OwnedDocument, what: fn(&Job<'j>, &RawEvent) -> bool| {
            read_event::<RawEvent>(event.root()).is_ok_and(|read| what(job, &read.event))
        };
        if let Some(begin) = self.events.iter().rposition(|event| tells(event, Job::is_created_by))
        {
            let later = self.events.split_off(begin);
            self.events.retain(|event| !tells(event, Job::is_told_by));
            self.events.extend(later);
        }
    }

    /// Forgets the connection, not what was received on it.
    pub fn reset(&mut self) {
        self.stream.reset();
        self.outgoing.clear();
        self.greeting = None;
        self.pending.clear();
        self.abandoned.clear();
        self.sync = None;
        self.negotiated = false;
    }

    /// Whether to negotiate out-of-band execution.
    pub fn negotiates_oob(&self) -> bool {
        let offered = |greeting: &Greeting| greeting.capabilities.iter().any(|name| name == "oob");
        self.options.oob && self.greeting.as_ref().is_some_and(offered)
    }
}

/// Where a connection's ids start: a late reply to another client, whatever process it is in, has none of them.
fn first_id() -> u64 {
    // Positive for who reads signed numbers, with room to count.
    (super::random() >> 1) & !0xFFFF_FFFF
}

/// Whether a JSON text that we wrote has numbers only that JSON has: what stands for others has letters that no literal has.
fn is_finite(text: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if quoted => drop(bytes.next()),
            b'"' => quoted = !quoted,
            b'i' if !quoted => return false,
            b'n' if !quoted && bytes.peek() == Some(&b'a') => return false,
            _ => {}
        }
    }
    true
}

fn unexpected(root: Node<'_>) -> ClientError {
    let text: String = root.to_string().chars().take(200).collect();
    ClientError::Protocol(format!("unexpected message {text}"))
}

fn read_greeting(greeting: Node<'_>) -> Greeting {
    let version = greeting.get("version");
    let qemu = version.and_then(|version| version.get("qemu"));
    let number = |name| {
        let number = qemu.and_then(|qemu| qemu.get(name)).and_then(Node::as_i64);
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
    };
    let package = version.and_then(|version| version.get("package")).and_then(Node::as_str);
    let capabilities = greeting.get("capabilities").into_iter().flat_map(Node::elements);
    Greeting {
        version: Version {
            major: number("major"),
            minor: number("minor"),
            micro: number("micro"),
            package: package.unwrap_or_default().to_owned(),
        },
        capabilities: capabilities.filter_map(Node::as_str).map(str::to_owned).collect(),
    }
}

fn open_reply(document: &OwnedDocument) -> Result<Node<'_>, ClientError> {
    let root = document.root();
    if let Some(value) = root.get("return") {
        return Ok(value);
    }
    let text = |name| {
        root.get("error")
            .and_then(|error| error.get(name))
            .and_then(Node::as_str)
            .unwrap_or_default()
    };
    Err(ClientError::Qmp(QmpError::new(ErrorClass::from_name(text("class")), text("desc"))))
}

fn read_event<E: AnyEvent>(root: Node<'_>) -> Result<Received<E>, ClientError> {
    let name = root.get("event").and_then(Node::as_str).ok_or_else(|| unexpected(root))?;
    let time = |part| {
        let timestamp = root.get("timestamp");
        timestamp.and_then(|time| time.get(part)).and_then(Node::as_i64).unwrap_or(-1)
    };
    let data = root.get("data").filter(|data| data.kind() == Kind::Dict);
    let event = E::read(name, EventData::new(data, &Rules::LENIENT))
        .map_err(|error| ClientError::Decode { name: name.to_owned(), error })?;
    let timestamp = Timestamp { seconds: time("seconds"), microseconds: time("microseconds") };
    Ok(Received { event, timestamp })
}
