//! The keys of an object that is being read: none may come twice.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::build::Builder;
use super::tape::{Entry, Token};

/// With more members than this an object's keys are looked up by hash.
const MANY: u32 = 32;

/// A bit for some of what a key's fingerprint may be: where it is not set, the key is new.
#[derive(Default)]
pub(super) struct Seen([u64; 4]);

impl Seen {
    /// Remembers the last of `count` keys; whether it has to be looked up among those before it.
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
pub(super) struct Crowd {
    /// The object's entry.
    object: u32,
    keys: HashMap<u64, u32>,
}

impl Builder {
    /// Whether the last key of the innermost object is there already.
    #[cold]
    pub(super) fn is_duplicate(&mut self, text: &[u8]) -> bool {
        let Builder { entries, arena, open, crowds, hasher, .. } = self;
        let Some(open) = open.last() else { return false };
        let (first, last) = (open.entry + 1, open.key);
        let name = |index: u32| name(entries, arena, text, index);
        let mut earlier =
            std::iter::successors(Some(first), |key| Some(entries[*key as usize].next))
                .take_while(|key| *key < last);
        if open.count <= MANY {
            let hash = entries[last as usize].hash;
            return earlier
                .any(|key| entries[key as usize].hash == hash && name(key) == name(last));
        }
        let hash = |key: u32| hasher.hash_one(name(key));
        if crowds.last().is_none_or(|crowd| crowd.object != open.entry) {
            let keys = earlier.map(|key| (hash(key), key)).collect();
            crowds.push(Crowd { object: open.entry, keys });
        }
        let Some(crowd) = crowds.last_mut() else { return false };
        crowd.keys.insert(hash(last), last).is_some_and(|other| name(other) == name(last))
    }

    /// The object at the entry `object` is complete: its keys count no more.
    #[inline]
    pub(super) fn leave_crowd(&mut self, object: u32) {
        self.crowds.pop_if(|crowd| crowd.object == object);
    }
}

/// The name of the key at `index`.
fn name<'n>(entries: &[Entry], arena: &'n str, text: &'n [u8], index: u32) -> &'n [u8] {
    let entry = entries[index as usize];
    if entry.token == Token::Text { &text[entry.span()] } else { &arena.as_bytes()[entry.span()] }
}
