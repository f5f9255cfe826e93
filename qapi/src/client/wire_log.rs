//! The wire log: every message in both directions as a `tracing` event of level `TRACE` and target
//! `qapi::wire`.
//!
//! Secrets are masked: values of `password` anywhere, the `data` of objects whose `qom-type` is a
//! secret, properties of these names, and human monitor command lines that mention either. Replies
//! to requests for such properties are masked as a whole.

use crate::json::{self, Kind, Node, Stream};

const TARGET: &str = "qapi::wire";
const MASK: &str = "\"***\"";

/// Logs a request that is sent. Returns true if its reply is a secret.
pub(super) fn sent(text: &str) -> bool {
    if !tracing::enabled!(target: TARGET, tracing::Level::TRACE) {
        return false;
    }
    let mut stream = Stream::new();
    // The text is a request that was just written, which is always JSON.
    let Ok(document) = stream.parse(text.as_bytes()) else { return false };
    let masked = masked(document.root());
    tracing::trace!(target: TARGET, direction = "sent", text = %masked);
    asks_for_secret(document.root())
}

/// Logs a message that was received; `is_secret` if it is a reply that returns a secret.
pub(super) fn received(message: Node<'_>, is_secret: bool) {
    if tracing::enabled!(target: TARGET, tracing::Level::TRACE) {
        let masked = if is_secret { masked_reply(message) } else { masked(message) };
        tracing::trace!(target: TARGET, direction = "received", text = %masked);
    }
}

/// Logs that a reply is dropped, as no request of this client has its `id`.
pub(super) fn dropped(id: Option<Node<'_>>) {
    let id = id.map(|id| id.to_string());
    let id = id.as_deref().unwrap_or("none");
    tracing::debug!(target: TARGET, id, "dropped a reply to no command of this client");
}

fn masked(node: Node<'_>) -> String {
    let mut out = String::new();
    write(&mut out, node, false);
    out
}

/// A reply without the value that it returns.
fn masked_reply(reply: Node<'_>) -> String {
    let mut out = String::from("{");
    for (position, (name, value)) in reply.members().enumerate() {
        out.push_str(if position > 0 { ", " } else { "" });
        json::write_string(&mut out, name);
        out.push_str(": ");
        if name == "return" { out.push_str(MASK) } else { write(&mut out, value, false) }
    }
    out.push('}');
    out
}

/// Returns true for a request that reads a secret property.
fn asks_for_secret(request: Node<'_>) -> bool {
    let Some(arguments) = request.get("arguments") else { return false };
    is_secret_property(arguments)
        || text(arguments, "command-line").is_some_and(is_secret_command_line)
}

/// Writes a value; `within_secret` if it is a part of a secret object.
fn write(out: &mut String, node: Node<'_>, within_secret: bool) {
    match node.kind() {
        Kind::Dict => {
            let within_secret = within_secret || is_secret_object(node);
            out.push('{');
            for (position, (name, value)) in node.members().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                json::write_string(out, name);
                out.push_str(": ");
                if name == "data" && within_secret || is_secret(node, name, value) {
                    out.push_str(MASK);
                } else {
                    write(out, value, within_secret);
                }
            }
            out.push('}');
        }
        Kind::List => {
            out.push('[');
            for (position, element) in node.elements().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                write(out, element, within_secret);
            }
            out.push(']');
        }
        _ => json::write_node(out, node),
    }
}

fn text<'d>(object: Node<'d>, name: &str) -> Option<&'d str> {
    object.get(name).and_then(Node::as_str)
}

fn is_secret_object(object: Node<'_>) -> bool {
    text(object, "qom-type").is_some_and(|kind| kind.starts_with("secret"))
}

fn is_secret(object: Node<'_>, name: &str, value: Node<'_>) -> bool {
    match name {
        "password" => true,
        "value" => is_secret_property(object),
        "command-line" => value.as_str().is_some_and(is_secret_command_line),
        _ => false,
    }
}

/// Returns true for the arguments of `qom-set` and `qom-get` of such a property.
fn is_secret_property(arguments: Node<'_>) -> bool {
    matches!(text(arguments, "property"), Some("password" | "data"))
}

fn is_secret_command_line(line: &str) -> bool {
    line.contains("password")
        || line.contains("secret")
        || line.split_whitespace().any(|word| word == "data")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked_text(text: &str) -> String {
        masked(Stream::new().parse(text.as_bytes()).unwrap().root())
    }

    #[test]
    fn replies_that_return_secrets_are_masked() {
        for (request, is_secret) in [
            ("{'execute': 'qom-get', 'arguments': {'path': '/s', 'property': 'data'}}", true),
            ("{'arguments': {'path': '/s', 'property': 'password'}}", true),
            ("{'arguments': {'command-line': 'qom-get /objects/s data'}}", true),
            ("{'arguments': {'path': '/s', 'property': 'format'}}", false),
            ("{'arguments': {'command-line': 'info status'}}", false),
            ("{'execute': 'query-status'}", false),
        ] {
            let mut stream = Stream::new();
            let request = stream.parse(request.as_bytes()).unwrap();
            assert_eq!(asks_for_secret(request.root()), is_secret);
        }
        let mut stream = Stream::new();
        let reply = stream.parse(b"{'return': ['hunter2'], 'id': 7}").unwrap();
        assert_eq!(masked_reply(reply.root()), r#"{"return": "***", "id": 7}"#);
    }

    #[test]
    fn secrets_are_masked() {
        let shown = masked_text(
            "{'execute': 'set_password', 'arguments': {'protocol': 'vnc', 'password': 'hunter2'}}",
        );
        assert_eq!(
            shown,
            r#"{"execute": "set_password", "arguments": {"protocol": "vnc", "password": "***"}}"#
        );
        let shown = masked_text("{'a': [{'qom-type': 'secret', 'id': 's', 'data': 'hunter2'}]}");
        assert_eq!(shown, r#"{"a": [{"qom-type": "secret", "id": "s", "data": "***"}]}"#);
        // The form of before QEMU 6.0.
        let shown =
            masked_text("{'qom-type': 'secret', 'props': {'data': 'hunter2', 'format': 'raw'}}");
        assert_eq!(shown, r#"{"qom-type": "secret", "props": {"data": "***", "format": "raw"}}"#);
        let shown = masked_text("{'path': '/objects/s', 'property': 'data', 'value': 'hunter2'}");
        assert_eq!(shown, r#"{"path": "/objects/s", "property": "data", "value": "***"}"#);
        let shown = masked_text("{'command-line': 'object_add secret,id=s,data=hunter2'}");
        assert_eq!(shown, r#"{"command-line": "***"}"#);
        let kept = r#"{"event": "X", "data": {"password-secret": "id", "command-line": "info"}}"#;
        assert_eq!(masked_text(kept), kept);
    }
}
