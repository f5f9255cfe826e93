//! The findings of a dry run.

use std::fmt;

/// A finding of a dry run.
#[derive(Debug, PartialEq)]
pub struct Check {
    /// Its weight.
    pub level: Level,
    /// `source`, `destination` or `both`.
    pub side: &'static str,
    /// The finding.
    pub text: String,
}

/// The weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Not checked, or worth a look.
    Note,
    /// The migration would fail.
    Fails,
}

impl Level {
    /// Returns the level's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Fails => "fails",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5}  {:<11}  {}", self.level.as_str(), self.side, self.text)
    }
}
