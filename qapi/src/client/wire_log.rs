//! The wire log: every message in both directions as a `tracing` event of level `TRACE` and target
//! `qapi::wire`.
//!
//! Secrets are masked: values of `password` anywhere, the `data` of objects whose `qom-type` is a
//! secret, and human monitor command lines that mention either.

use crate::json::Kind;
use crate::json::{self, Node, Stream};

const TARGET: &str = "qapi::wire";
const MASK: &str = "\"***\"";

/// Logs a message that is sent.
pub(super) fn sent(text: &str) {
    if tracing::enabled!(target: TARGET, tracing::Level::TRACE) {
        let masked = masked_text(text);
        tracing::trace!(target: TARGET, direction = "sent", text = %masked);
    }
}

/// Logs a message that was received.
pub(super) fn received(message: Node<'_>) {
    if tracing::enabled!(target: TARGET, tracing::Level::TRACE) {
        let masked = masked_node(message);
        tracing::trace!(target: TARGET, direction = "received", text = %masked);
    }
}

fn masked_text(text: &str) -> String {
    let mut stream = Stream::new();
    // The text is a request that was just written, which is always JSON.
    stream.parse(text.as_bytes()).map(|document| masked_node(document.root())).unwrap_or_default()
}

fn masked_node(node: Node<'_>) -> String {
    let mut out = String::new();
    write(&mut out, node);
    out
}

fn write(out: &mut String, node: Node<'_>) {
    match node.kind() {
        Kind::Dict => {
            out.push('{');
            for (position, (name, value)) in node.members().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                json::write_string(out, name);
                out.push_str(": ");
                if is_secret(node, name, value) { out.push_str(MASK) } else { write(out, value) }
            }
            out.push('}');
        }
        Kind::List => {
            out.push('[');
            for (position, element) in node.elements().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                write(out, element);
            }
            out.push(']');
        }
        _ => json::write_node(out, node),
    }
}

fn is_secret(object: Node<'_>, name: &str, value: Node<'_>) -> bool {
    match name {
        "password" => true,
        "data" => {
            let kind = object.get("qom-type").and_then(Node::as_str);
            kind.is_some_and(|kind| kind.starts_with("secret"))
        }
        "command-line" => {
            value.as_str().is_some_and(|line| line.contains("password") || line.contains("secret"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let shown = masked_text("{'command-line': 'object_add secret,id=s,data=hunter2'}");
        assert_eq!(shown, r#"{"command-line": "***"}"#);
        let kept = r#"{"event": "X", "data": {"password-secret": "id", "command-line": "info"}}"#;
        assert_eq!(masked_text(kept), kept);
    }
}
