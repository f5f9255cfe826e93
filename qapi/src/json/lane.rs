//! The fast lane of the reader: plain tokens, each where it belongs and complete within the piece.
//!
//! Whatever is not so obvious - escapes, errors, limits, exponents, ends of pieces - is left to the reader that takes
//! one token at a time; the lane stops before it, and goes on behind it.

use super::build::{Builder, Expect};
use super::lex::plain_run;
use super::number::plain_number;
use super::tape::{Entry, Token, fingerprint};
use super::{MAX_NESTING, MAX_TOKEN_BYTES, MAX_TOKENS};

impl Builder {
    /// Takes plain tokens from `start` on, up to the end of the message; tells where it has stopped.
    pub fn hurry(&mut self, piece: &[u8], start: usize) -> usize {
        // A token has a byte at least, so that no limit can be reached within this much.
        let tokens = MAX_TOKENS.saturating_sub(self.tokens);
        let bytes = MAX_TOKEN_BYTES.saturating_sub(self.token_bytes + 1);
        let text = &piece[..piece.len().min(start.saturating_add(tokens.min(bytes)))];
        let mut lane = Lane {
            end: text.len(),
            rest: text.get(start..).unwrap_or_default(),
            tokens: 0,
            blanks: 0,
        };
        self.take(&mut lane, text);
        self.tokens += lane.tokens;
        self.token_bytes += lane.at() - start - lane.blanks;
        lane.at()
    }

    /// From container to container; none where the lane stops.
    #[inline(always)]
    fn take(&mut self, lane: &mut Lane<'_>, text: &[u8]) -> Option<()> {
        if self.open.is_empty() && self.expect == Expect::Value {
            // A value without anything around it has no obvious end.
            self.container(lane)?;
        }
        loop {
            if self.open.last()?.dict {
                self.members(lane, text)?
            } else {
                self.elements(lane, text)?
            }
        }
    }

    /// Members up to the end of their object, or to one whose value is a container.
    #[inline(always)]
    fn members(&mut self, lane: &mut Lane<'_>, text: &[u8]) -> Option<()> {
        // The other reader may have stopped anywhere, the lane behind a container.
        if self.expect == Expect::Value {
            let Some((token, payload)) = lane.scalar() else { return self.container(lane) };
            self.scalar(text, token, payload);
        }
        match self.expect {
            Expect::AfterMember => {
                if self.end_of_member(lane, text)? {
                    return Some(());
                }
            }
            Expect::KeyOrEnd if lane.peek()? == b'}' => {
                self.close(lane, text);
                return Some(());
            }
            Expect::Key | Expect::KeyOrEnd => {}
            _ => return None,
        }
        loop {
            lane.peek()?;
            let key = self.entries.len() as u32;
            let name = lane.key(key)?;
            let Some((token, payload)) = lane.scalar() else {
                self.entries.push(name);
                self.open.last_mut()?.key = key;
                self.expect = Expect::Value;
                return self.container(lane);
            };
            let next = key + 2;
            let value = Entry { payload, next, hash: 0, token };
            self.entries.extend_from_slice(&[Entry { next, ..name }, value]);
            self.member_done(text, key, name.hash);
            if self.expect != Expect::AfterMember {
                return None;
            }
            if self.end_of_member(lane, text)? {
                return Some(());
            }
        }
    }

    /// What follows a member; whether it is the end of the object.
    #[inline(always)]
    fn end_of_member(&mut self, lane: &mut Lane<'_>, text: &[u8]) -> Option<bool> {
        match lane.peek()? {
            b',' => {
                lane.step_and_blank(1);
                self.expect = Expect::Key;
                Some(false)
            }
            b'}' => {
                self.close(lane, text);
                Some(true)
            }
            _ => None,
        }
    }

    /// Elements up to the end of their list, or to one that is a container.
    #[inline(always)]
    fn elements(&mut self, lane: &mut Lane<'_>, text: &[u8]) -> Option<()> {
        loop {
            match (self.expect, lane.peek()?) {
                (Expect::Element, b']') | (Expect::AfterElement, b']') => {
                    self.close(lane, text);
                    return Some(());
                }
                (Expect::AfterElement, b',') => {
                    lane.step_and_blank(1);
                    self.expect = Expect::Value;
                }
                (Expect::Value | Expect::Element, _) => {
                    let Some((token, payload)) = lane.scalar() else { return self.container(lane) };
                    self.scalar(text, token, payload);
                }
                _ => return None,
            }
        }
    }

    /// The start of a container where a value belongs.
    #[inline(always)]
    fn container(&mut self, lane: &mut Lane<'_>) -> Option<()> {
        let first = lane.peek()?;
        if !matches!(first, b'{' | b'[') || self.open.len() >= MAX_NESTING {
            return None;
        }
        self.begin(first == b'{');
        lane.step(1);
        Some(())
    }

    /// The end of a container.
    #[inline(always)]
    fn close(&mut self, lane: &mut Lane<'_>, text: &[u8]) {
        self.end(text);
        lane.step(1);
    }
}

/// Where the lane is, and what it has seen.
struct Lane<'t> {
    /// What is not read yet of a text that ends at `end`.
    rest: &'t [u8],
    end: usize,
    tokens: usize,
    blanks: usize,
}

impl Lane<'_> {
    #[inline(always)]
    fn at(&self) -> usize {
        self.end - self.rest.len()
    }

    /// The first byte of the next token.
    #[inline(always)]
    fn peek(&mut self) -> Option<u8> {
        let first = *self.rest.first()?;
        if first > b' ' {
            return Some(first);
        }
        let rest = skip_blanks(self.rest);
        self.blanks += self.rest.len() - rest.len();
        self.rest = rest;
        // Whatever else is this small is no token either.
        rest.first().copied().filter(|first| *first > b' ')
    }

    /// A key that will be the entry `place`; goes behind its colon.
    #[inline(always)]
    fn key(&mut self, place: u32) -> Option<Entry> {
        let [b'"', inner @ ..] = self.rest else { return None };
        let length = plain_run(b'"', inner);
        let (name, [b'"', b':', ..]) = inner.split_at_checked(length)? else { return None };
        let key = Entry::string(Token::Text, self.at() + 1, length, fingerprint(name), place + 1);
        // The colon is a token, too.
        self.tokens += 1;
        self.step_and_blank(length + 3);
        Some(key)
    }

    /// A value without others inside.
    #[inline(always)]
    fn scalar(&mut self) -> Option<(Token, u64)> {
        let first = self.peek()?;
        let (token, payload, length) = match first {
            b'"' => {
                let [_, inner @ ..] = self.rest else { return None };
                let length = plain_run(b'"', inner);
                if inner.get(length) != Some(&b'"') {
                    return None;
                }
                (Token::Text, (self.at() + 1) as u64 | (length as u64) << 32, length + 2)
            }
            b'-' | b'0'..=b'9' => plain_number(self.rest)?,
            b't' if is_word(self.rest, b"true") => (Token::Bool, 1, 4),
            b'f' if is_word(self.rest, b"false") => (Token::Bool, 0, 5),
            b'n' if is_word(self.rest, b"null") => (Token::Null, 0, 4),
            _ => return None,
        };
        self.step(length);
        Some((token, payload))
    }

    /// Goes behind a token and the one blank that mostly follows.
    #[inline(always)]
    fn step_and_blank(&mut self, length: usize) {
        self.step(length);
        if let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
            self.blanks += 1;
        }
    }

    /// Goes behind a token.
    #[inline(always)]
    fn step(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
        self.tokens += 1;
    }
}

#[cold]
fn skip_blanks(rest: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    &rest[rest.iter().take_while(|byte| blank(byte)).count()..]
}

/// Whether `rest` starts with `word` and something that ends it.
#[inline]
fn is_word(rest: &[u8], word: &[u8]) -> bool {
    rest.starts_with(word) && rest.get(word.len()).is_some_and(|byte| !byte.is_ascii_lowercase())
}
