//! The containers that are not closed yet, and what becomes of a value within them.

use super::build::{Builder, Expect};
use super::containers::{Open, Seen};
use super::error::JsonError;
use super::tape::{Entry, Token, fingerprint};

const NOT_A_KEY: &[u8] = b"key is not a string in object";

impl Builder {
    #[inline]
    pub(super) fn value_may_come(&self) -> bool {
        matches!(self.expect, Expect::Value | Expect::Element | Expect::KeyOrEnd | Expect::Key)
    }

    /// A string whose content is the end of the arena.
    pub(super) fn push_decoded(&mut self, text: &[u8], start: usize) {
        let content = &self.arena.as_bytes()[start..];
        let (hash, next) = (fingerprint(content), self.entries.len() as u32 + 1);
        self.entries.push(Entry::string(Token::Decoded, start, content.len(), hash, next));
        self.string_done(text);
    }

    #[inline]
    pub(super) fn string_done(&mut self, text: &[u8]) {
        if matches!(self.expect, Expect::Key | Expect::KeyOrEnd) {
            if let Some(open) = self.open.last_mut() {
                open.key = self.entries.len() as u32 - 1;
            }
            self.expect = Expect::Colon;
        } else {
            self.value_done(text);
        }
    }

    #[inline]
    pub(super) fn scalar(&mut self, text: &[u8], token: Token, payload: u64) {
        match self.expect {
            Expect::Value | Expect::Element => {
                let next = self.entries.len() as u32 + 1;
                self.entries.push(Entry { payload, next, hash: 0, token });
                self.value_done(text);
            }
            Expect::Key | Expect::KeyOrEnd => self.fail(JsonError::parse(NOT_A_KEY)),
            _ => self.refuse(),
        }
    }

    #[inline]
    pub(super) fn begin(&mut self, dict: bool) {
        self.open.push(Open {
            entry: self.entries.len() as u32,
            key: 0,
            count: 0,
            dict,
            as_key: matches!(self.expect, Expect::Key | Expect::KeyOrEnd),
            seen: Seen::default(),
        });
        let token = if dict { Token::Dict } else { Token::List };
        self.entries.push(Entry { payload: 0, next: 0, hash: 0, token });
        self.expect = if dict { Expect::KeyOrEnd } else { Expect::Element };
    }

    pub(super) fn end(&mut self, text: &[u8]) {
        let Some(open) = self.open.pop() else { return };
        self.close_index(open.entry);
        let next = self.entries.len() as u32;
        let entry = &mut self.entries[open.entry as usize];
        entry.next = next;
        entry.payload = u64::from(open.count);
        if open.as_key { self.fail(JsonError::parse(NOT_A_KEY)) } else { self.value_done(text) }
    }

    /// A value is complete: it belongs to the innermost open container.
    #[inline]
    pub(super) fn value_done(&mut self, text: &[u8]) {
        let next = self.entries.len() as u32;
        let Some(open) = self.open.last_mut() else { return };
        if open.dict {
            let key = open.key;
            let entry = &mut self.entries[key as usize];
            entry.next = next;
            let hash = entry.hash;
            self.member_done(text, key, hash);
        } else {
            open.count += 1;
            self.expect = Expect::AfterElement;
        }
    }

    /// The member is complete whose key is the entry `key`.
    #[inline]
    pub(super) fn member_done(&mut self, text: &[u8], key: u32, hash: u16) {
        let Some(open) = self.open.last_mut() else { return };
        open.key = key;
        open.count += 1;
        let may_be_known = open.seen.may_know(hash, open.count);
        self.expect = Expect::AfterMember;
        if may_be_known && self.is_duplicate(text) {
            self.fail(JsonError::parse(b"duplicate key"));
        }
    }
}
