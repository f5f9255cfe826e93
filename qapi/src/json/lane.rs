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
        let mut lane = Lane { text, at: start, tokens: 0, blanks: 0 };
        self.take(&mut lane);
        self.tokens += lane.tokens;
        self.token_bytes += lane.at - start - lane.blanks;
        lane.at
    }

    #[inline(always)]
    fn take(&mut self, lane: &mut Lane<'_>) -> Option<()> {
        loop {
            match self.expect {
                Expect::Key | Expect::KeyOrEnd => {
                    if self.key(lane)? {
                        continue;
                    }
                }
                Expect::Value | Expect::Element => self.value(lane)?,
                Expect::AfterMember => match lane.peek()? {
                    b',' => {
                        self.expect = Expect::Key;
                        lane.step_and_blank(1);
                        continue;
                    }
                    b'}' => self.close(lane),
                    _ => return None,
                },
                Expect::AfterElement => match lane.peek()? {
                    b',' => {
                        self.expect = Expect::Value;
                        lane.step_and_blank(1);
                        continue;
                    }
                    b']' => self.close(lane),
                    _ => return None,
                },
                Expect::Colon | Expect::Failed => return None,
            }
            if self.open.is_empty() {
                return None;
            }
        }
    }

    /// A key and its colon, or false for the end of an object.
    #[inline(always)]
    fn key(&mut self, lane: &mut Lane<'_>) -> Option<bool> {
        match (lane.peek()?, self.expect) {
            (b'"', _) => {}
            (b'}', Expect::KeyOrEnd) => {
                self.close(lane);
                return Some(false);
            }
            _ => return None,
        }
        let start = lane.at + 1;
        let length = plain_run(b'"', &lane.text[start..]);
        let end = start + length;
        let Some([b'"', b':']) = lane.text.get(end..end + 2) else { return None };
        let key = self.entries.len() as u32;
        let hash = fingerprint(&lane.text[start..end]);
        self.entries.push(Entry::string(Token::Text, start, length, hash, key + 1));
        self.open.last_mut()?.key = key;
        self.expect = Expect::Value;
        // The colon is a token, too.
        lane.tokens += 1;
        lane.step_and_blank(length + 3);
        Some(true)
    }

    /// A value, or the start of one with others inside.
    #[inline(always)]
    fn value(&mut self, lane: &mut Lane<'_>) -> Option<()> {
        let first = lane.peek()?;
        let rest = &lane.text[lane.at..];
        let (token, payload, length) = match first {
            b'"' => {
                let length = plain_run(b'"', &rest[1..]);
                if rest.get(length + 1) != Some(&b'"') {
                    return None;
                }
                (Token::Text, (lane.at + 1) as u64 | (length as u64) << 32, length + 2)
            }
            b'{' | b'[' if self.value_may_come() && self.open.len() < MAX_NESTING => {
                self.begin(first == b'{');
                lane.step(1);
                return Some(());
            }
            b']' if self.expect == Expect::Element => {
                self.close(lane);
                return Some(());
            }
            b'-' | b'0'..=b'9' => plain_number(rest)?,
            b't' if is_word(rest, b"true") => (Token::Bool, 1, 4),
            b'f' if is_word(rest, b"false") => (Token::Bool, 0, 5),
            b'n' if is_word(rest, b"null") => (Token::Null, 0, 4),
            _ => return None,
        };
        // A value without anything around it has no obvious end.
        if self.open.is_empty() || !matches!(self.expect, Expect::Value | Expect::Element) {
            return None;
        }
        let next = self.entries.len() as u32 + 1;
        self.entries.push(Entry { payload, next, hash: 0, token });
        self.value_done(lane.text);
        lane.step(length);
        Some(())
    }

    /// The end of a container.
    #[inline(always)]
    fn close(&mut self, lane: &mut Lane<'_>) {
        self.end(lane.text);
        lane.step(1);
    }
}

/// Where the lane is, and what it has seen.
struct Lane<'t> {
    text: &'t [u8],
    at: usize,
    tokens: usize,
    blanks: usize,
}

impl Lane<'_> {
    /// The first byte of the next token.
    #[inline(always)]
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            // Whatever else is this small is no token either.
            if byte > b' ' {
                return Some(byte);
            }
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return None;
            }
            self.at += 1;
            self.blanks += 1;
        }
    }

    /// Goes behind a token and the one blank that mostly follows.
    #[inline(always)]
    fn step_and_blank(&mut self, length: usize) {
        let blank = usize::from(self.text.get(self.at + length) == Some(&b' '));
        self.step(length + blank);
        self.blanks += blank;
    }

    /// Goes behind a token.
    #[inline(always)]
    fn step(&mut self, length: usize) {
        self.at += length;
        self.tokens += 1;
    }
}

/// Whether `rest` starts with `word` and something that ends it.
#[inline]
fn is_word(rest: &[u8], word: &[u8]) -> bool {
    rest.starts_with(word) && rest.get(word.len()).is_some_and(|byte| !byte.is_ascii_lowercase())
}
