//! The wire log: every message in both directions as a `tracing` event of level `TRACE` and target
//! `qapi::wire`.
//!
//! Secrets are masked: values of `password` anywhere, the `data` of objects whose `qom-type` is a
//! secret, properties of these names, and human monitor command lines that mention either.

use crate::json::{self, Kind, Node, Stream};

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
    write(&mut out, node, false);
    out
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
        "value" => matches!(text(object, "property"), Some("password" | "data")),
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
