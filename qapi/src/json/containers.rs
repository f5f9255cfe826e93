//! Containers that are not closed yet, and the keys of objects among them.

use std::collections::HashMap;

/// A container that is not closed yet.
pub(super) struct Open {
    pub entry: u32,
    /// The key whose value is being read, or was read last.
    pub key: u32,
    pub count: u32,
    pub dict: bool,
    /// It stands where a key belongs, which is an error once it is complete.
    pub as_key: bool,
    /// The fingerprints of its keys.
    pub seen: Seen,
}

/// The number of members above which an object's keys are looked up by hash.
pub(super) const MANY: u32 = 32;

/// A set of bits by fingerprints of keys: a key whose bit is not set is new.
#[derive(Default)]
pub(super) struct Seen([u64; 4]);

impl Seen {
    /// Adds the last of `count` keys; returns true if it has to be looked up among the earlier
    /// ones.
    #[inline]
    pub fn may_know(&mut self, fingerprint: u16, count: u32) -> bool {
        let place = fingerprint.wrapping_mul(0x9E37) >> 8;
        let (bits, bit) = (&mut self.0[usize::from(place >> 6)], 1 << (place & 63));
        let seen = *bits & bit != 0;
        *bits |= bit;
        seen || count > MANY
    }
}

/// The keys of an object with many members, by hash.
pub(super) struct KeyIndex {
    /// The object's entry.
    pub object: u32,
    pub keys: HashMap<u64, u32>,
}
