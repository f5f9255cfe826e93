//! The keys of an object that is being read: none may come twice.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::build::Builder;
use super::tape::{Entry, Token};

/// With more members than this an object's keys are looked up by hash.
const MANY: u32 = 32;

/// What is known of an object's keys so far besides their entries.
#[derive(Default)]
pub(super) struct Keys {
    /// A bit for some of what a key's fingerprint may be: where it is not set, the key is new.
    seen: u128,
    /// Keys by hash, once there are many.
    many: Option<HashMap<u64, u32>>,
}

impl Keys {
    /// Remembers the last of `count` keys; whether it has to be looked up among those before it.
    #[inline]
    pub fn may_know(&mut self, fingerprint: u16, count: u32) -> bool {
        let bit = 1u128 << (fingerprint.wrapping_mul(0x9E37) >> 9);
        let seen = self.seen & bit != 0;
        self.seen |= bit;
        seen || count > MANY
    }
}

impl Builder {
    /// Whether the last key of the innermost object is there already.
    #[cold]
    pub(super) fn is_duplicate(&mut self, text: &[u8]) -> bool {
        let Builder { entries, arena, open, hasher, .. } = self;
        let Some(open) = open.last_mut() else { return false };
        let (first, last) = (open.entry + 1, open.key);
        let name = |index: u32| name(entries, arena, text, index);
        let mut earlier = std::iter::successors(Some(first), |key| Some(entries[*key as usize].next))
            .take_while(|key| *key < last);
        if open.count <= MANY {
            let hash = entries[last as usize].hash;
            return earlier.any(|key| entries[key as usize].hash == hash && name(key) == name(last));
        }
        let hash = |key: u32| hasher.hash_one(name(key));
        let many = open.keys.many.get_or_insert_with(|| earlier.map(|key| (hash(key), key)).collect());
        many.insert(hash(last), last).is_some_and(|other| name(other) == name(last))
    }
}

/// The name of the key at `index`.
fn name<'n>(entries: &[Entry], arena: &'n str, text: &'n [u8], index: u32) -> &'n [u8] {
    let entry = entries[index as usize];
    if entry.token == Token::Text { &text[entry.span()] } else { &arena.as_bytes()[entry.span()] }
}
