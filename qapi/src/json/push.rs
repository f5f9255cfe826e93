//! Builds a tape from values instead of text. Only nesting, size and duplicate keys can be wrong.

use super::build::{Builder, Expect};
use super::error::JsonError;
use super::limits::MAX_NESTING;
use super::tape::Token;

impl Builder {
    /// After a key: its value comes.
    pub fn push_colon(&mut self) {
        self.expect = Expect::Value;
    }

    /// After a member or an element: the next one comes.
    pub fn push_comma(&mut self) {
        match self.expect {
            Expect::AfterMember => self.expect = Expect::Key,
            Expect::AfterElement => self.expect = Expect::Value,
            _ => {}
        }
    }

    pub fn push_scalar(&mut self, token: Token, payload: u64) {
        if self.count(1) {
            self.scalar(&[], token, payload);
        }
    }

    pub fn push_string(&mut self, string: &str) {
        if self.count(string.len() + 2) {
            let start = self.arena.len();
            self.arena.push_str(string);
            self.push_decoded(&[], start);
        }
    }

    pub fn push_begin(&mut self, dict: bool) {
        if self.open.len() >= MAX_NESTING {
            self.fail(JsonError::limit("nesting depth"));
        } else if self.value_may_come() {
            self.begin(dict);
        }
    }

    pub fn push_end(&mut self) {
        self.end(&[]);
    }

    /// The first error so far: later input need not be looked at.
    pub fn error(&self) -> Option<&JsonError> {
        self.error.as_ref()
    }
}
