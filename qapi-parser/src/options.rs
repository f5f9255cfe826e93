//! The settings of a parse.

/// Settings of a parse; by default style is not checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Reports style findings.
    pub style: bool,
    /// Reports style findings, and as errors.
    pub deny_warnings: bool,
}

impl Options {
    /// Returns true if style is to be checked.
    pub(crate) fn checks_style(self) -> bool {
        self.style || self.deny_warnings
    }
}
