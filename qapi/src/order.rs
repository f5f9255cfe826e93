//! The member order of QEMU's dictionaries, in which its server sends every object.
//!
//! QEMU keeps an object's members in a hash table of 512 slots and prints slot by slot, so that
//! `query-status` sends `status` before `running` although the schema declares them the other way
//! round. Recorded replies of QEMU can be compared with ours as text only in this order.

/// Returns the slot of a member: the hash of Samba's Trivial Database, modulo the number of slots.
pub(crate) const fn slot(name: &str) -> u16 {
    let bytes = name.as_bytes();
    let mut sum = 0x238F_13AFu32.wrapping_mul(bytes.len() as u32);
    let mut at = 0;
    while at < bytes.len() {
        sum = sum.wrapping_add((bytes[at] as u32) << (at * 5 % 24));
        at += 1;
    }
    (1_103_515_243u32.wrapping_mul(sum).wrapping_add(12_345) % 512) as u16
}

/// Sorts members, given in the order of insertion: QEMU adds at the front of a slot, so that the
/// last member of a slot comes first.
pub(crate) fn sort<T>(members: &mut [T], slot: impl Fn(&T) -> u16) {
    members.reverse();
    members.sort_by_key(slot);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_qemu() {
        let slots = ["exec-oob", "execute", "arguments", "id"].map(slot);
        assert_eq!(slots, [162, 299, 447, 486]);
    }

    #[test]
    fn the_last_member_of_a_slot_comes_first() {
        let mut members = [(7, "a"), (3, "b"), (7, "c")];
        sort(&mut members, |(slot, _)| *slot);
        assert_eq!(members, [(3, "b"), (7, "c"), (7, "a")]);
    }
}
