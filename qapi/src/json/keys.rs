//! Duplicate keys of objects, which are errors.

use std::hash::BuildHasher;

use super::build::Builder;
use super::containers::{KeyIndex, MANY};
use super::tape::{Entry, Token};

impl Builder {
    /// Returns true if the last key of the innermost object is a duplicate.
    #[cold]
    pub(super) fn is_duplicate(&mut self, text: &[u8]) -> bool {
        let Builder { entries, arena, open, key_indexes, hasher, .. } = self;
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
        if key_indexes.last().is_none_or(|index| index.object != open.entry) {
            let keys = earlier.map(|key| (hash(key), key)).collect();
            key_indexes.push(KeyIndex { object: open.entry, keys });
        }
        let Some(index) = key_indexes.last_mut() else { return false };
        index.keys.insert(hash(last), last).is_some_and(|other| name(other) == name(last))
    }

    /// Drops the index of the object at the entry `object`, which is complete.
    #[inline]
    pub(super) fn close_index(&mut self, object: u32) {
        self.key_indexes.pop_if(|index| index.object == object);
    }
}

/// The name of the key at `index`.
fn name<'n>(entries: &[Entry], arena: &'n str, text: &'n [u8], index: u32) -> &'n [u8] {
    let entry = entries[index as usize];
    if entry.token == Token::Text { &text[entry.span()] } else { &arena.as_bytes()[entry.span()] }
}
