//! The settings of a parse.

/// Settings of a parse. By default style is not checked.
///
/// ```
/// use qapi_parser::{Options, parse_text};
///
/// let text = "{ 'pragma': { 'returns-whitelist': [ ] } }";
/// assert!(parse_text("old.json", text, Options::new())?.style.is_empty());
/// assert_eq!(parse_text("old.json", text, Options::new().style(true))?.style.len(), 1);
/// assert!(parse_text("old.json", text, Options::new().deny_warnings(true)).is_err());
/// # Ok::<(), qapi_parser::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Reports style findings.
    pub style: bool,
    /// Reports style findings, and as errors.
    pub deny_warnings: bool,
}

impl Options {
    /// Returns the default settings.
    #[must_use]
    pub const fn new() -> Options {
        Options { style: false, deny_warnings: false }
    }

    /// Reports style findings.
    #[must_use]
    pub const fn style(self, style: bool) -> Options {
        Options { style, ..self }
    }

    /// Reports style findings as errors.
    #[must_use]
    pub const fn deny_warnings(self, deny_warnings: bool) -> Options {
        Options { deny_warnings, ..self }
    }

    /// Returns true if style is to be checked.
    pub(crate) fn checks_style(self) -> bool {
        self.style || self.deny_warnings
    }
}
