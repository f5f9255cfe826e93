//! A parsed JSON text as a tape: one small entry per value and key, text left where it lies.

use std::fmt;

/// The kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// Any number; QMP tells integers from others by their spelling only.
    Number,
    /// A string
    String,
    /// An array
    List,
    /// An object
    Dict,
}

/// The finer kind that the tape keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Token {
    Null,
    Bool,
    Int,
    Uint,
    Double,
    /// A string or a key that lies in the text as it is: ASCII without escapes.
    Text,
    /// A string or a key whose decoded form lies in the arena.
    Decoded,
    List,
    Dict,
}

/// One value or key. Of a container all entries inside follow it directly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Number: its bits. String: offset (low half) and length. Container: number of elements or
    /// members.
    pub payload: u64,
    /// Index of the entry after this value and all inside it; of a key: after its value.
    pub next: u32,
    /// Of keys: [`fingerprint`].
    pub hash: u16,
    pub token: Token,
}

impl Entry {
    pub fn span(self) -> std::ops::Range<usize> {
        let start = self.payload as u32 as usize;
        start..start + (self.payload >> 32) as usize
    }

    pub fn string(token: Token, start: usize, length: usize, hash: u16, next: u32) -> Entry {
        Entry { payload: start as u64 | (length as u64) << 32, next, hash, token }
    }
}

/// A cheap hash of a name: decides most comparisons of names without touching the text.
pub(crate) const fn fingerprint(name: &[u8]) -> u16 {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let (first, middle, last) = (name[0], name[length / 2], name[length - 1]);
    (length as u16) ^ ((first as u16) << 3) ^ ((middle as u16) << 6) ^ ((last as u16) << 8)
}

/// Compares two names. They are short: a call of `memcmp` would take longer.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    // The last bytes may overlap the first.
    fn ends<const N: usize>(name: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        Some((name.first_chunk()?, name.last_chunk()?))
    }
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        0..4 => one.iter().zip(other).all(|(one, other)| one == other),
        4..8 => ends::<4>(one) == ends::<4>(other),
        8..=16 => ends::<8>(one) == ends::<8>(other),
        _ => one == other,
    }
}

/// A complete JSON value, already checked; borrowed from where its text lies.
#[derive(Clone, Copy)]
pub struct Document<'d> {
    pub(crate) text: &'d str,
    pub(crate) arena: &'d str,
    pub(crate) entries: &'d [Entry],
}

impl<'d> Document<'d> {
    /// The value itself.
    pub fn root(self) -> Node<'d> {
        Node { document: self, index: 0 }
    }

    #[inline]
    pub(crate) fn entry(self, index: u32) -> Entry {
        self.entries[index as usize]
    }

    /// The decoded text of the string or key at `index`.
    #[inline]
    pub(crate) fn str(self, index: u32) -> &'d str {
        let entry = self.entry(index);
        match entry.token {
            Token::Text => &self.text[entry.span()],
            Token::Decoded => &self.arena[entry.span()],
            _ => "",
        }
    }

    /// Returns true if the key at `index` is `name`.
    #[inline]
    pub(crate) fn is_name(self, index: u32, name: &str) -> bool {
        let entry = self.entry(index);
        let text = if entry.token == Token::Text { self.text } else { self.arena };
        text.as_bytes().get(entry.span()).is_some_and(|key| is_same(key, name.as_bytes()))
    }

    /// A copy that owns its text.
    pub fn to_owned(self) -> OwnedDocument {
        OwnedDocument {
            text: self.text.into(),
            arena: self.arena.into(),
            entries: self.entries.into(),
        }
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root(), f)
    }
}

/// A [`Document`] that owns its text: a request that waits in a queue, a reply kept for later.
#[derive(Clone)]
pub struct OwnedDocument {
    pub(crate) text: Box<str>,
    pub(crate) arena: Box<str>,
    pub(crate) entries: Box<[Entry]>,
}

impl OwnedDocument {
    /// The document, borrowed.
    pub fn document(&self) -> Document<'_> {
        Document { text: &self.text, arena: &self.arena, entries: &self.entries }
    }

    /// The value itself.
    pub fn root(&self) -> Node<'_> {
        self.document().root()
    }
}

impl fmt::Debug for OwnedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.document(), f)
    }
}

/// One value inside a [`Document`].
#[derive(Clone, Copy)]
pub struct Node<'d> {
    pub(crate) document: Document<'d>,
    pub(crate) index: u32,
}

impl<'d> Node<'d> {
    /// The value's kind.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.entry().token {
            Token::Null => Kind::Null,
            Token::Bool => Kind::Bool,
            Token::Int | Token::Uint | Token::Double => Kind::Number,
            Token::Text | Token::Decoded => Kind::String,
            Token::List => Kind::List,
            Token::Dict => Kind::Dict,
        }
    }

    #[inline]
    pub(crate) fn entry(self) -> Entry {
        self.document.entry(self.index)
    }

    fn at(self, index: u32) -> Node<'d> {
        Node { document: self.document, index }
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<&'d str> {
        (self.kind() == Kind::String).then(|| self.document.str(self.index))
    }

    /// The value of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        let entry = self.entry();
        (entry.token == Token::Bool).then_some(entry.payload != 0)
    }

    /// The value of a number that is spelled as an integer and fits.
    pub fn as_i64(self) -> Option<i64> {
        let entry = self.entry();
        (entry.token == Token::Int).then_some(entry.payload as i64)
    }

    /// The value of any number.
    pub fn as_f64(self) -> Option<f64> {
        let entry = self.entry();
        match entry.token {
            Token::Int => Some(entry.payload as i64 as f64),
            Token::Uint => Some(entry.payload as f64),
            Token::Double => Some(f64::from_bits(entry.payload)),
            _ => None,
        }
    }

    /// The member `name` of an object.
    #[inline]
    pub fn get(self, name: &str) -> Option<Node<'d>> {
        let (document, hash) = (self.document, fingerprint(name.as_bytes()));
        let is_it = |key: &u32| document.entry(*key).hash == hash && document.is_name(*key, name);
        self.keys().find(is_it).map(|key| self.at(key + 1))
    }

    /// The members of an object, as written; empty for any other kind.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        self.keys().map(move |key| (self.document.str(key), self.at(key + 1)))
    }

    /// The elements of an array; empty for any other kind.
    pub fn elements(self) -> impl Iterator<Item = Node<'d>> {
        let entry = self.entry();
        let end = if entry.token == Token::List { entry.next } else { 0 };
        Hops { document: self.document, at: self.index + 1, end }.map(move |index| self.at(index))
    }

    /// The entries of an object's keys.
    pub(crate) fn keys(self) -> impl Iterator<Item = u32> + use<'d> {
        let entry = self.entry();
        let end = if entry.token == Token::Dict { entry.next } else { 0 };
        Hops { document: self.document, at: self.index + 1, end }
    }

    /// The number of elements or members; 0 for any other kind.
    pub(crate) fn count(self) -> usize {
        let entry = self.entry();
        if matches!(entry.token, Token::List | Token::Dict) { entry.payload as usize } else { 0 }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Walks sibling entries: elements of a list, keys of an object.
struct Hops<'d> {
    document: Document<'d>,
    at: u32,
    end: u32,
}

impl Iterator for Hops<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.at >= self.end {
            return None;
        }
        let index = self.at;
        self.at = self.document.entry(index).next;
        Some(index)
    }
}
