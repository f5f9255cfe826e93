//! Messages: what a request says, and the texts of greeting, replies and events.

use std::fmt::Write as _;

use super::order;
use crate::error::QmpError;
use crate::event::Timestamp;
use crate::json::{self, Kind, Node};
use crate::version::Version;

/// A request that is well formed; whether its command exists is not known yet.
#[derive(Debug)]
pub(crate) struct Envelope<'d> {
    pub command: &'d str,
    pub arguments: Option<Node<'d>>,
    pub oob: bool,
}

/// Checks the members of a request; `exec-oob` is known only once out-of-band execution has been
/// negotiated.
pub(crate) fn open_envelope(root: Node<'_>, oob: bool) -> Result<Envelope<'_>, QmpError> {
    if root.kind() != Kind::Dict {
        return Err(QmpError::generic("QMP input must be a JSON object"));
    }
    // The order decides only which of several faults is told.
    read_envelope(root.members(), oob)
        .or_else(|_| read_envelope(order::members(root).into_iter(), oob))
}

fn read_envelope<'d>(
    members: impl Iterator<Item = (&'d str, Node<'d>)>,
    oob: bool,
) -> Result<Envelope<'d>, QmpError> {
    let mut command: Option<(&str, &str)> = None;
    let mut arguments = None;
    for (name, value) in members {
        match name {
            "execute" | "exec-oob" if oob || name == "execute" => {
                let Some(text) = value.as_str() else {
                    return Err(QmpError::generic(format!(
                        "QMP input member '{name}' must be a string"
                    )));
                };
                if let Some((earlier, _)) = command {
                    let desc = format!("QMP input member '{name}' clashes with '{earlier}'");
                    return Err(QmpError::generic(desc));
                }
                command = Some((name, text));
            }
            "arguments" if value.kind() == Kind::Dict => arguments = Some(value),
            "arguments" => {
                return Err(QmpError::generic("QMP input member 'arguments' must be an object"));
            }
            "id" => {}
            _ => return Err(QmpError::generic(format!("QMP input member '{name}' is unexpected"))),
        }
    }
    match command {
        Some((member, command)) => Ok(Envelope { command, arguments, oob: member == "exec-oob" }),
        None => Err(QmpError::generic("QMP input lacks member 'execute'")),
    }
}

/// The layout and separation of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framing {
    /// Spread over lines, as for people.
    pub pretty: bool,
    /// Lines end with a carriage return, too, as a monitor's do.
    pub carriage_return: bool,
}

impl Framing {
    /// A message as it is sent.
    pub fn encode(self, mut message: String) -> Vec<u8> {
        if self.pretty {
            message = json::pretty(&message);
            if self.carriage_return {
                message = message.replace('\n', "\r\n");
            }
        }
        message.push_str(if self.carriage_return { "\r\n" } else { "\n" });
        message.into_bytes()
    }
}

pub(crate) fn greeting(version: &Version, oob: bool) -> String {
    let Version { major, minor, micro, package } = version;
    let mut text = String::from("{\"QMP\": {\"version\": {\"qemu\": ");
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{{\"micro\": {micro}, \"minor\": {minor}, \"major\": {major}}}, \"package\": "
    );
    json::write_string(&mut text, package);
    text.push_str("}, \"capabilities\": [");
    text.push_str(if oob { "\"oob\"]}}" } else { "]}}" });
    text
}

/// A reply of success.
pub(crate) fn success(reply: &str, id: Option<Node<'_>>) -> String {
    let mut text = String::with_capacity(reply.len() + 48);
    text.push_str("{\"return\": ");
    text.push_str(reply);
    if let Some(id) = id {
        text.push_str(", \"id\": ");
        order::write(&mut text, id);
    }
    text.push('}');
    text
}

/// A reply of failure.
pub(crate) fn failure(error: &QmpError, id: Option<Node<'_>>) -> String {
    let mut text = String::with_capacity(error.desc.len() + 64);
    text.push('{');
    if let Some(id) = id {
        text.push_str("\"id\": ");
        order::write(&mut text, id);
        text.push_str(", ");
    }
    text.push_str("\"error\": {\"class\": \"");
    text.push_str(error.class.as_str());
    text.push_str("\", \"desc\": ");
    json::write_string(&mut text, &error.desc);
    text.push_str("}}");
    text
}

/// An event; `data` is the text of its data.
pub(crate) fn event(
    name: &str,
    data: &str,
    Timestamp { seconds, microseconds }: Timestamp,
) -> String {
    let mut text = String::with_capacity(data.len() + 96);
    let _ = write!(
        text,
        "{{\"timestamp\": {{\"seconds\": {seconds}, \"microseconds\": {microseconds}}}, \"event\": \"{name}\""
    );
    if data != "{}" {
        text.push_str(", \"data\": ");
        text.push_str(data);
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, oob: bool) -> String {
        let mut stream = json::Stream::new();
        match open_envelope(stream.parse(text.as_bytes()).unwrap().root(), oob) {
            Ok(envelope) => format!("{} {}", envelope.command, envelope.oob),
            Err(error) => error.desc,
        }
    }

    #[test]
    fn envelopes() {
        for (text, oob, outcome) in [
            ("[]", true, "QMP input must be a JSON object"),
            ("{}", true, "QMP input lacks member 'execute'"),
            ("{'execute': 'a', 'id': {}}", false, "a false"),
            ("{'exec-oob': 'a'}", true, "a true"),
            ("{'exec-oob': 'a'}", false, "QMP input member 'exec-oob' is unexpected"),
            (
                "{'execute': 'a', 'exec-oob': 'a'}",
                true,
                "QMP input member 'execute' clashes with 'exec-oob'",
            ),
            ("{'exec-oob': null}", true, "QMP input member 'exec-oob' must be a string"),
            (
                "{'arguments': null, 'execute': 1}",
                true,
                "QMP input member 'execute' must be a string",
            ),
            (
                "{'arguments': null, 'execute': 'a'}",
                true,
                "QMP input member 'arguments' must be an object",
            ),
        ] {
            assert_eq!(check(text, oob), outcome);
        }
    }

    #[test]
    fn texts() {
        let version = Version { major: 1, minor: 2, micro: 3, package: "é".into() };
        assert_eq!(
            greeting(&version, true),
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 2, \"major\": 1}, \"package\": \"\\u00E9\"}, \"capabilities\": [\"oob\"]}}"
        );
        assert_eq!(
            event("STOP", "{}", Timestamp { seconds: 1, microseconds: 2 }),
            r#"{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}"#
        );
        let framing = Framing { pretty: true, carriage_return: true };
        assert_eq!(
            framing.encode("{\"return\": {}}".into()),
            b"{\r\n    \"return\": {\r\n    }\r\n}\r\n"
        );
    }
}
