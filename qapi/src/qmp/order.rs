//! The order of an object's members that peers of QEMU see: that of its hash table.

use std::cmp::Reverse;

use crate::json::{self, Kind, Node};

/// The slot of a name: Trivial Database's hash over 512 slots.
fn slot(name: &str) -> u32 {
    let seed = 0x238F_13AFu32.wrapping_mul(name.len() as u32);
    let sum = name.bytes().enumerate().fold(seed, |sum, (position, byte)| {
        sum.wrapping_add(u32::from(byte) << (position * 5 % 24))
    });
    1_103_515_243u32.wrapping_mul(sum).wrapping_add(12_345) % 512
}

/// The members of an object by slot; in one slot the last comes first.
pub(crate) fn members<'d>(node: Node<'d>) -> Vec<(&'d str, Node<'d>)> {
    let mut members: Vec<_> = node.members().enumerate().collect();
    members.sort_by_key(|(position, (name, _))| (slot(name), Reverse(*position)));
    members.into_iter().map(|(_, member)| member).collect()
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
        let slots: Vec<u32> =
            ["exec-oob", "execute", "arguments", "id"].into_iter().map(slot).collect();
        assert_eq!(slots, [162, 299, 447, 486]);
        let mut stream = json::Stream::new();
        let document =
            stream.parse(b"{'id': 1, 'execute': [{'return': 1, 'id': 2, 'error': 3}]}").unwrap();
        let mut out = String::new();
        write(&mut out, document.root());
        assert_eq!(out, r#"{"execute": [{"return": 1, "id": 2, "error": 3}], "id": 1}"#);
    }
}
