//! From tokens to the tape: grammar, limits, and when a message is complete.

use std::hash::RandomState;

use super::containers::{KeyIndex, Open};
use super::error::JsonError;
use super::limits::{MAX_NESTING, MAX_TOKEN_BYTES, MAX_TOKENS};
use super::number::{parse_double, parse_integer};
use super::string::decode_string;
use super::tape::{Document, Entry, Token, fingerprint};

/// The state of a message after a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    More,
    /// The message is over: [`Builder::finish`] has its value or its error.
    Complete,
}

/// The tokens that may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// A value: at top level, after `:`, after `,` in a list.
    Value,
    /// The first element of a list or its end.
    Element,
    /// The first key of an object or its end.
    KeyOrEnd,
    /// A key after `,`.
    Key,
    Colon,
    AfterMember,
    AfterElement,
    /// Nothing counts any more but braces and brackets.
    Failed,
}

/// Builds one message after the other, reusing its memory.
pub(crate) struct Builder {
    pub(super) entries: Vec<Entry>,
    pub(super) arena: String,
    pub(super) open: Vec<Open>,
    pub(super) expect: Expect,
    pub(super) error: Option<JsonError>,
    braces: i32,
    brackets: i32,
    pub(super) token_bytes: usize,
    pub(super) tokens: usize,
    /// Entries before this one do not refer to the text any more.
    detached: usize,
    /// Of the open objects with many members, the innermost last.
    pub(super) key_indexes: Vec<KeyIndex>,
    pub(super) hasher: RandomState,
}

impl Builder {
    pub fn new() -> Builder {
        Builder {
            entries: Vec::new(),
            arena: String::new(),
            open: Vec::new(),
            expect: Expect::Value,
            error: None,
            braces: 0,
            brackets: 0,
            token_bytes: 0,
            tokens: 0,
            detached: 0,
            key_indexes: Vec::new(),
            hasher: RandomState::new(),
        }
    }

    /// Forgets the message, finished or not.
    pub fn reset(&mut self) {
        // A huge message shall not hold its memory for ever.
        const KEEP: usize = 1 << 20;
        self.entries.clear();
        self.entries.shrink_to(KEEP / size_of::<Entry>());
        self.arena.clear();
        self.arena.shrink_to(KEEP);
        self.open.clear();
        self.key_indexes.clear();
        self.expect = Expect::Value;
        self.error = None;
        (self.braces, self.brackets, self.token_bytes, self.tokens, self.detached) =
            (0, 0, 0, 0, 0);
    }

    /// Makes room for what a text of `length` bytes mostly has.
    pub fn expect_text(&mut self, length: usize) {
        const BYTES_PER_ENTRY: usize = 8;
        self.entries.reserve(length.min(MAX_TOKENS) / BYTES_PER_ENTRY + 1);
        self.open.reserve(8);
    }

    /// Returns true before the first token.
    pub fn is_empty(&self) -> bool {
        self.tokens == 0
    }

    /// Returns true if every container is closed.
    pub fn is_closed(&self) -> bool {
        self.open.is_empty() && !self.is_empty()
    }

    /// The outcome of a complete message.
    pub fn finish<'d>(&'d mut self, text: &'d str) -> Result<Document<'d>, JsonError> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(Document { text, arena: &self.arena, entries: &self.entries }),
        }
    }

    /// The outcome when input ends here.
    pub fn finish_early(&mut self) -> JsonError {
        self.error.take().unwrap_or_else(|| JsonError::parse(b"premature EOI"))
    }

    /// `{` or `[`
    #[inline]
    pub fn opener(&mut self, byte: u8) -> Step {
        if !self.count(1) {
            return Step::Complete;
        }
        if !self.value_may_come() {
            return self.other(byte);
        }
        if self.open.len() >= MAX_NESTING {
            return self.exceed("nesting depth");
        }
        self.begin(byte == b'{');
        Step::More
    }

    /// `}` or `]`
    #[inline]
    pub fn closer(&mut self, text: &[u8], byte: u8) -> Step {
        if !self.count(1) {
            return Step::Complete;
        }
        match (byte, self.expect) {
            (b'}', Expect::KeyOrEnd | Expect::AfterMember)
            | (b']', Expect::Element | Expect::AfterElement) => {
                self.end(text);
                self.step()
            }
            _ => self.other(byte),
        }
    }

    /// `,` or `:`
    #[inline]
    pub fn separator(&mut self, byte: u8) -> Step {
        if !self.count(1) {
            return Step::Complete;
        }
        self.expect = match (byte, self.expect) {
            (b':', Expect::Colon) | (b',', Expect::AfterElement) => Expect::Value,
            (b',', Expect::AfterMember) => Expect::Key,
            _ => return self.other(byte),
        };
        Step::More
    }

    /// Punctuation that may not come here, or comes after an error.
    #[cold]
    fn other(&mut self, byte: u8) -> Step {
        self.refuse();
        match byte {
            b'{' => self.braces += 1,
            b'}' => self.braces -= 1,
            b'[' => self.brackets += 1,
            b']' => self.brackets -= 1,
            _ => {}
        }
        if self.braces + self.brackets > MAX_NESTING as i32 {
            return self.exceed("nesting depth");
        }
        self.step()
    }

    /// A string that lies in `text`, without its quotes at `range`: ASCII without escapes.
    #[inline]
    pub fn plain_string(&mut self, text: &[u8], range: std::ops::Range<usize>) -> Step {
        if !self.count(range.len() + 2) {
            return Step::Complete;
        }
        if self.value_may_come() {
            let next = self.entries.len() as u32 + 1;
            let hash = fingerprint(&text[range.clone()]);
            self.entries.push(Entry::string(Token::Text, range.start, range.len(), hash, next));
            self.string_done(text);
        } else {
            self.refuse();
        }
        self.step()
    }

    /// Any other string: `token` is all of it, with its quotes.
    pub fn string(&mut self, text: &[u8], token: &[u8]) -> Step {
        if !self.count(token.len()) {
            return Step::Complete;
        }
        if self.value_may_come() {
            let start = self.arena.len();
            match decode_string(token, &mut self.arena) {
                Ok(()) => self.push_decoded(text, start),
                Err(error) => self.fail(error),
            }
        } else {
            self.refuse();
        }
        self.step()
    }

    /// An integer, or a number with a fraction or an exponent.
    #[inline]
    pub fn number(&mut self, text: &[u8], token: &[u8], integer: bool) -> Step {
        if !self.count(token.len()) {
            return Step::Complete;
        }
        let (token, payload) = if integer { parse_integer(token) } else { parse_double(token) };
        self.scalar(text, token, payload);
        self.step()
    }

    /// `true`, `false`, `null`, or what looks like them.
    pub fn keyword(&mut self, text: &[u8], token: &[u8]) -> Step {
        if !self.count(token.len()) {
            return Step::Complete;
        }
        match token {
            b"true" => self.scalar(text, Token::Bool, 1),
            b"false" => self.scalar(text, Token::Bool, 0),
            b"null" => self.scalar(text, Token::Null, 0),
            _ if self.value_may_come() => {
                self.fail(JsonError::parse(&[b"invalid keyword '", token, b"'"].concat()));
            }
            _ => self.refuse(),
        }
        self.step()
    }

    /// A token that is too long, of whatever kind.
    pub fn oversized(&mut self) -> Step {
        self.exceed("token size")
    }

    /// Moves all strings out of `text`, which is about to go away while the message goes on.
    pub fn detach_strings(&mut self, text: &[u8]) {
        if self.expect != Expect::Failed {
            for entry in &mut self.entries[self.detached..] {
                if entry.token == Token::Text {
                    let start = self.arena.len();
                    self.arena.extend(text[entry.span()].iter().map(|byte| *byte as char));
                    let length = self.arena.len() - start;
                    *entry = Entry::string(Token::Decoded, start, length, entry.hash, entry.next);
                }
            }
        }
        self.detached = self.entries.len();
    }

    /// Counts a token of `length` bytes; false if the message is over because there are too many.
    #[inline]
    pub(super) fn count(&mut self, length: usize) -> bool {
        self.token_bytes += length;
        self.tokens += 1;
        if self.token_bytes + 1 > MAX_TOKEN_BYTES {
            self.exceed("token size");
            return false;
        }
        if self.tokens > MAX_TOKENS {
            self.exceed("token count");
            return false;
        }
        true
    }

    #[cold]
    fn exceed(&mut self, limit: &str) -> Step {
        self.end_with(JsonError::limit(limit))
    }

    /// Ends the message with an error, whatever was wrong before.
    #[cold]
    pub fn end_with(&mut self, error: JsonError) -> Step {
        self.error = Some(error);
        Step::Complete
    }

    /// After an error the counters tell, which know no kinds: `{"a":[1}` waits for more.
    #[inline]
    fn step(&self) -> Step {
        let open = if self.expect == Expect::Failed {
            (self.braces > 0 || self.brackets > 0) && self.braces >= 0 && self.brackets >= 0
        } else {
            !self.open.is_empty()
        };
        if open { Step::More } else { Step::Complete }
    }

    #[cold]
    pub(super) fn fail(&mut self, error: JsonError) {
        self.error = Some(error);
        self.expect = Expect::Failed;
        self.braces = self.open.iter().filter(|open| open.dict).count() as i32;
        self.brackets = self.open.len() as i32 - self.braces;
    }

    /// Complains about a token that may not come here, unless something was wrong before.
    #[cold]
    pub(super) fn refuse(&mut self) {
        let message: &[u8] = match self.expect {
            Expect::Failed => return,
            Expect::Colon => b"missing : in object pair",
            Expect::AfterMember => b"expected separator in dict",
            Expect::AfterElement => b"expected separator in list",
            Expect::Value | Expect::Element | Expect::KeyOrEnd | Expect::Key => b"expecting value",
        };
        self.fail(JsonError::parse(message));
    }
}
