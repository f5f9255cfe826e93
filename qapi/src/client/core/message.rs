//! Messages of a server: the greeting, replies and events.

use std::borrow::Cow;

use crate::client::error::ClientError;
use crate::event::EventData;
use crate::json::{Kind, Node, OwnedDocument};
use crate::version::Version;
use crate::walk::{self, Field, Rules};
use crate::{AnyEvent, DecodeError, Event, QmpError, Timestamp};

/// A server's greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Greeting {
    /// The server's version.
    pub version: Version,
    /// The capabilities that it offers, such as `oob`.
    pub capabilities: Vec<String>,
}

impl Greeting {
    /// Returns true if the server offers a capability.
    pub fn offers(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|name| name == capability)
    }
}

/// An event with the time at which the server sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received<E> {
    /// The event.
    pub event: E,
    /// The server's time.
    pub timestamp: Timestamp,
}

/// Reads the value of a greeting's `QMP`. A server that leaves out the capabilities offers none.
///
/// # Errors
/// The path of a part of the version that is missing or not a number.
pub(super) fn read_greeting(greeting: Node<'_>) -> Result<Greeting, &'static str> {
    let version = greeting.get("version").ok_or("version")?;
    let qemu = version.get("qemu").ok_or("version.qemu")?;
    let number = |name, path| {
        let number = qemu.get(name).and_then(Node::as_i64);
        number.and_then(|number| u32::try_from(number).ok()).ok_or(path)
    };
    let package = version.get("package").and_then(Node::as_str);
    let capabilities = greeting.get("capabilities").into_iter().flat_map(Node::elements);
    Ok(Greeting {
        version: Version {
            major: number("major", "version.qemu.major")?,
            minor: number("minor", "version.qemu.minor")?,
            micro: number("micro", "version.qemu.micro")?,
            package: package.unwrap_or_default().to_owned(),
        },
        capabilities: capabilities.filter_map(Node::as_str).map(str::to_owned).collect(),
    })
}

/// Reads a reply to a command.
pub(in crate::client) fn read_reply<R: Field>(
    command: &str,
    document: &OwnedDocument,
) -> Result<R, ClientError> {
    let root = document.root();
    if let Some(value) = root.get("return") {
        return walk::decode(value, &Rules::LENIENT)
            .map_err(|error| ClientError::reply(command, error, value));
    }
    let error = root.get("error");
    let text = |name| error.and_then(|error| error.get(name)).and_then(Node::as_str);
    let Some(desc) = text("desc") else {
        let what = format!("reply to {command} with an error without text: {}", excerpt(root));
        return Err(ClientError::Protocol(what));
    };
    let class = text("class").unwrap_or_default().parse().unwrap_or_default();
    Err(ClientError::Qmp(QmpError::new(class, desc)))
}

/// The name of an event.
pub(in crate::client) fn event_name(event: &OwnedDocument) -> &str {
    event.root().get("event").and_then(Node::as_str).unwrap_or_default()
}

fn data(root: Node<'_>) -> EventData<'_> {
    let data = root.get("data").filter(|data| data.kind() == Kind::Dict);
    EventData::new(data, &Rules::LENIENT)
}

fn received<E>(root: Node<'_>, event: E) -> Received<E> {
    let time = |part| {
        let timestamp = root.get("timestamp");
        timestamp.and_then(|time| time.get(part)).and_then(Node::as_i64).unwrap_or(-1)
    };
    let timestamp = Timestamp { seconds: time("seconds"), microseconds: time("microseconds") };
    Received { event, timestamp }
}

/// Reads an event as a member of a schema's event type.
pub(in crate::client) fn read_any_event<E: AnyEvent>(
    event: &OwnedDocument,
) -> Result<Received<E>, ClientError> {
    let (name, root) = (event_name(event), event.root());
    match E::read(name, data(root)) {
        Ok(event) => Ok(received(root, event)),
        Err(error) => Err(undecodable(name, error, root)),
    }
}

/// Reads an event as one certain event; `None` if it is another one or cannot be decoded.
pub(in crate::client) fn read_event<E: Event>(event: &OwnedDocument) -> Option<Received<E>> {
    let root = event.root();
    if event_name(event) != E::INFO.name() {
        return None;
    }
    data(root).read().ok().map(|event| received(root, event))
}

fn undecodable(name: &str, error: DecodeError, root: Node<'_>) -> ClientError {
    ClientError::event(name, error, root.get("data").unwrap_or(root))
}

/// The start of a message, for errors.
pub(super) fn excerpt(root: Node<'_>) -> String {
    root.to_string().chars().take(200).collect()
}

/// The text of a request.
pub(super) fn request(name: &str, arguments: &str, oob: bool, id: u64) -> String {
    let mut text = String::with_capacity(name.len() + arguments.len() + 64);
    text.push_str(if oob { "{\"exec-oob\": " } else { "{\"execute\": " });
    crate::json::write_string(&mut text, name);
    if arguments != "{}" {
        text.push_str(", \"arguments\": ");
        text.push_str(arguments);
    }
    text.push_str(", \"id\": ");
    crate::json::write_u64(&mut text, id);
    text.push_str("}\n");
    text
}

/// A name that lives as long as the request.
pub(in crate::client) type Name = Cow<'static, str>;
