//! The incremental reader: bytes in, as they come; messages and errors out.

use std::fmt;

use super::build::{Builder, Step};
use super::error::JsonError;
use super::lex::{self, LexState, TokenEnd};
use super::limits::MAX_TOKEN_BYTES;
use super::tape::Document;

/// Reads a stream of messages that comes in pieces of any size.
///
/// Messages need no separator. What does not belong to a token takes no memory, and a message that
/// lies within one piece is not copied. After an error the stream goes on as QEMU's does.
pub struct Stream {
    state: LexState,
    /// The beginning of a token that reaches over the end of a piece.
    token: Vec<u8>,
    builder: Builder,
    /// A message is complete: the memory it uses is free again at the next call.
    done: bool,
    /// The piece in ASCII, for a message with bytes that are no UTF-8.
    scrubbed: String,
    /// Numbers may be infinite or NaN, as `printf` writes them.
    non_finite: bool,
}

/// Longest piece looked at in one go: positions in it fit an entry of the tape.
const LONGEST_PIECE: usize = 1 << 30;

enum Progress {
    /// All of the piece is used.
    Starved,
    /// A message is complete, or there is an error.
    Message,
}

impl Default for Stream {
    fn default() -> Self {
        Stream::new()
    }
}

impl Stream {
    /// A stream before its first byte.
    pub fn new() -> Stream {
        Stream {
            state: LexState::Start,
            token: Vec::new(),
            builder: Builder::new(),
            done: false,
            scrubbed: String::new(),
            non_finite: false,
        }
    }

    /// Accepts numbers that JSON cannot express: `nan`, `-nan`, `inf`, `-inf` and their other usual
    /// spellings. Some servers send them, and one figure must not end a client's connection.
    #[cfg(feature = "client")]
    pub(crate) fn accept_non_finite(mut self) -> Stream {
        self.non_finite = true;
        self
    }

    /// Reads on: takes from the front of `input` what it uses, and returns the next message or
    /// error. `None` means that all of `input` is used and more is needed.
    pub fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Option<Result<Document<'s>, JsonError>> {
        loop {
            let piece = &input[..input.len().min(LONGEST_PIECE)];
            let (used, outcome) = self.advance(piece);
            *input = &input[used..];
            match outcome {
                Progress::Starved if input.is_empty() => return None,
                Progress::Starved => {}
                Progress::Message => return Some(self.message(&piece[..used])),
            }
        }
    }

    /// Says that no more input comes: what is unfinished is complete or an error. `None` if nothing
    /// was.
    pub fn flush(&mut self) -> Option<Result<Document<'_>, JsonError>> {
        self.begin();
        let state = std::mem::replace(&mut self.state, LexState::Start);
        let token = std::mem::take(&mut self.token);
        let step = match state {
            LexState::Start | LexState::Recovery => Step::More,
            LexState::Zero | LexState::Digits => self.builder.number(&[], &token, true),
            LexState::Fraction | LexState::ExponentDigits => {
                self.builder.number(&[], &token, false)
            }
            LexState::Keyword | LexState::Letters => self.keyword(&[], &token),
            _ => self.builder.end_with(JsonError::stray(&token)),
        };
        let ended = self.builder.is_empty();
        match step {
            Step::Complete => Some(self.message(&[])),
            Step::More if ended => None,
            Step::More => {
                self.done = true;
                Some(Err(self.builder.finish_early()))
            }
        }
    }

    /// Reads a text that is one complete value.
    ///
    /// # Errors
    /// If it is none, or more than one.
    pub fn parse<'s>(&'s mut self, text: &'s [u8]) -> Result<Document<'s>, JsonError> {
        self.reset();
        self.builder.expect_text(text.len());
        let piece = &text[..text.len().min(LONGEST_PIECE)];
        match self.advance(piece) {
            (used, Progress::Message) => {
                let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                let more = !text[used..].iter().all(blank);
                match self.message(&piece[..used]) {
                    Ok(_) if more => Err(JsonError::parse(b"unexpected text after the value")),
                    outcome => outcome,
                }
            }
            (_, Progress::Starved) => self.flush().unwrap_or_else(|| Err(JsonError::nothing())),
        }
    }

    /// Forgets all input.
    pub fn reset(&mut self) {
        self.builder.reset();
        self.token = Vec::new();
        self.state = LexState::Start;
        self.done = false;
    }

    fn begin(&mut self) {
        if self.done {
            self.builder.reset();
            self.done = false;
        }
    }

    fn message<'s>(&'s mut self, text: &'s [u8]) -> Result<Document<'s>, JsonError> {
        self.done = true;
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => {
                // Strings that are not ASCII have been decoded; only their place is still in the
                // text.
                let ascii =
                    text.iter().map(|byte| if byte.is_ascii() { *byte as char } else { '?' });
                self.scrubbed.clear();
                self.scrubbed.extend(ascii);
                &self.scrubbed
            }
        };
        self.builder.finish(text)
    }

    /// Looks at `piece` up to the end of a message, an error, or its end.
    fn advance(&mut self, piece: &[u8]) -> (usize, Progress) {
        self.begin();
        let mut at = 0;
        let mut step = self.catch_up(piece, &mut at);
        loop {
            if step == Step::Complete {
                return (at, Progress::Message);
            }
            at = self.builder.parse_plain(piece, at);
            if self.builder.is_closed() {
                return (at, Progress::Message);
            }
            while let Some(b' ' | b'\t' | b'\r' | b'\n') = piece.get(at) {
                at += 1;
            }
            // A token that reaches over the end leaves nothing here.
            let Some(byte) = piece.get(at) else {
                self.builder.detach_strings(piece);
                return (at, Progress::Starved);
            };
            step = match byte {
                b'"' | b'\'' => self.string(piece, &mut at),
                b',' | b':' => {
                    at += 1;
                    self.builder.separator(*byte)
                }
                b'{' | b'[' => {
                    at += 1;
                    self.builder.opener(*byte)
                }
                b'}' | b']' => {
                    at += 1;
                    self.builder.closer(piece, *byte)
                }
                _ => self.word(piece, &mut at),
            };
        }
    }

    /// Ends what the piece before has left: the skipping after an error, or a token.
    fn catch_up(&mut self, piece: &[u8], at: &mut usize) -> Step {
        match self.state {
            LexState::Start => Step::More,
            LexState::Recovery => {
                match piece.iter().position(|byte| lex::ends_recovery(*byte)) {
                    Some(end) => {
                        *at = end;
                        self.state = LexState::Start;
                    }
                    None => *at = piece.len(),
                }
                Step::More
            }
            state => self.resume(state, piece, at),
        }
    }

    /// A string starts: mostly it is plain and ends within the piece.
    #[inline]
    fn string(&mut self, piece: &[u8], at: &mut usize) -> Step {
        let (start, quote) = (*at, piece[*at]);
        let end = start + 1 + lex::plain_run(quote, &piece[start + 1..]);
        if piece.get(end) == Some(&quote) {
            *at = end + 1;
            return self.builder.plain_string(piece, start + 1..end);
        }
        self.token(LexState::String { quote, escape: false }, piece, at)
    }

    /// A number or a keyword starts, or nothing that belongs here.
    fn word(&mut self, piece: &[u8], at: &mut usize) -> Step {
        let state = match piece[*at] {
            b'-' if self.non_finite => LexState::LooseSign,
            b'-' => LexState::Sign,
            b'0' => LexState::Zero,
            b'1'..=b'9' => LexState::Digits,
            b'n' | b'N' | b'i' | b'I' if self.non_finite => LexState::Letters,
            b'a'..=b'z' => LexState::Keyword,
            stray => {
                *at += 1;
                self.state = LexState::Recovery;
                return self.builder.end_with(JsonError::stray(&[stray]));
            }
        };
        self.token(state, piece, at)
    }

    /// A word has ended.
    fn keyword(&mut self, text: &[u8], token: &[u8]) -> Step {
        if self.non_finite && is_non_finite(token) {
            return self.builder.number(text, token, false);
        }
        self.builder.keyword(text, token)
    }

    /// A token starts at `at`, with one byte that leads to `state`.
    fn token(&mut self, state: LexState, piece: &[u8], at: &mut usize) -> Step {
        let start = *at;
        let (end, length) = lex::scan(state, &piece[start + 1..]);
        let token = start..start + 1 + length;
        if token.len() > MAX_TOKEN_BYTES {
            *at = start + MAX_TOKEN_BYTES + 1;
            return self.builder.oversized();
        }
        *at = token.end;
        match end {
            TokenEnd::Open(state) => {
                self.state = state;
                self.token.extend_from_slice(&piece[token]);
                Step::More
            }
            TokenEnd::String => self.builder.string(piece, &piece[token]),
            TokenEnd::Integer => self.builder.number(piece, &piece[token], true),
            TokenEnd::Float => self.builder.number(piece, &piece[token], false),
            TokenEnd::Keyword => self.keyword(piece, &piece[token]),
            TokenEnd::Stray => {
                self.state = LexState::Recovery;
                self.builder.end_with(JsonError::stray(&piece[token]))
            }
        }
    }

    /// A token of an earlier piece goes on.
    fn resume(&mut self, state: LexState, piece: &[u8], at: &mut usize) -> Step {
        let (end, length) = lex::scan(state, &piece[*at..]);
        let room = MAX_TOKEN_BYTES + 1 - self.token.len();
        if length >= room {
            *at += room;
            self.state = LexState::Start;
            self.token = Vec::new();
            return self.builder.oversized();
        }
        self.token.extend_from_slice(&piece[*at..*at + length]);
        *at += length;
        if let TokenEnd::Open(state) = end {
            self.state = state;
            return Step::More;
        }
        self.state = LexState::Start;
        let token = std::mem::take(&mut self.token);
        match end {
            TokenEnd::Integer => self.builder.number(piece, &token, true),
            TokenEnd::Float => self.builder.number(piece, &token, false),
            TokenEnd::Keyword => self.keyword(piece, &token),
            TokenEnd::Stray => {
                self.state = LexState::Recovery;
                self.builder.end_with(JsonError::stray(&token))
            }
            TokenEnd::String | TokenEnd::Open(_) => self.builder.string(piece, &token),
        }
    }
}

/// Returns true for the usual spellings of NaN and the infinities.
fn is_non_finite(token: &[u8]) -> bool {
    let word = token.strip_prefix(b"-").unwrap_or(token);
    ["nan", "inf", "infinity"].iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    /// Reads a text in pieces of a byte, and at once.
    fn read(text: &str, stream: impl Fn() -> Stream) -> [Result<String, String>; 2] {
        let outcome = |result: Option<Result<Document<'_>, JsonError>>| match result.unwrap() {
            Ok(document) => Ok(document.root().to_string()),
            Err(error) => Err(error.to_string()),
        };
        let mut whole = stream();
        let at_once = outcome(whole.next(&mut text.as_bytes()));
        let mut pieces = stream();
        let bytes = text.as_bytes();
        let last = bytes.len() - 1;
        let end = (0..last).find(|at| pieces.next(&mut &bytes[*at..=*at]).is_some());
        let by_bytes = match end {
            Some(_) => Err("early".into()),
            None => outcome(pieces.next(&mut &bytes[last..])),
        };
        [at_once, by_bytes]
    }

    #[test]
    fn a_client_reads_numbers_that_are_not_finite() {
        let loose = || Stream::new().accept_non_finite();
        let cases = [
            ("{\"a\": nan}", "{\"a\": nan}"),
            ("[-nan, -1, NaN, null]", "[nan, -1, nan, null]"),
            ("[inf, -inf, Infinity, -0.5, -0]", "[inf, -inf, inf, -0.5, 0]"),
        ];
        for (text, expected) in cases {
            for outcome in read(text, loose) {
                assert_eq!(outcome.as_deref(), Ok(expected), "{text}");
            }
        }
        for text in ["[nane]", "[-x]", "[-]", "[infinit]", "[x]", "{nan: 1}"] {
            assert!(loose().next(&mut text.as_bytes()).unwrap().is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_refuses_numbers_that_are_not_finite() {
        for text in ["[nan]", "[-nan]", "[NaN]", "[inf]", "[-Infinity]"] {
            assert!(Stream::new().next(&mut text.as_bytes()).unwrap().is_err(), "{text}");
        }
    }
}
