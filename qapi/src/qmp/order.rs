//! Objects of a document in the member order of QEMU's dictionaries: `id`s are echoed in it, and
//! the first fault of a request is found in it.

use crate::json::{self, Kind, Node};
use crate::order;

/// The members of an object in that order.
pub(crate) fn members<'d>(node: Node<'d>) -> Vec<(&'d str, Node<'d>)> {
    let mut members: Vec<_> = node.members().collect();
    order::sort(&mut members, |(name, _)| order::slot(name));
    members
}

/// Writes a value with the members of its objects in that order.
pub(crate) fn write(out: &mut String, node: Node<'_>) {
    match node.kind() {
        Kind::Dict => {
            out.push('{');
            for (position, (name, value)) in members(node).into_iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                json::write_string(out, name);
                out.push_str(": ");
                write(out, value);
            }
            out.push('}');
        }
        Kind::List => {
            out.push('[');
            for (position, element) in node.elements().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write(out, element);
            }
            out.push(']');
        }
        _ => json::write_node(out, node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope() {
        let mut stream = json::Stream::new();
        let document =
            stream.parse(b"{'id': 1, 'execute': [{'return': 1, 'id': 2, 'error': 3}]}").unwrap();
        let mut out = String::new();
        write(&mut out, document.root());
        assert_eq!(out, r#"{"execute": [{"return": 1, "id": 2, "error": 3}], "id": 1}"#);
    }
}
