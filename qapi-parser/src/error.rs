//! The error that the crate's functions return: every diagnostic with the files it is about.

use std::fmt;

use crate::diagnostic::Diagnostics;
use crate::render::{MessageFormat, render, render_with_summary};
use crate::source::SourceMap;

/// A refused schema: its diagnostics and the files they are about.
///
/// `Display` and `Debug` both show every diagnostic with its source line, and a summary of many:
/// the error reads well if `main` returns it.
///
/// ```
/// use qapi_parser::{Options, parse_text};
///
/// let text = "{ 'command': 'fetch', 'data': { 'key': 'string' } }";
/// let error = parse_text("book.json", text, Options::new()).unwrap_err();
/// let diagnostic = error.diagnostics().iter().next().unwrap();
/// assert_eq!(diagnostic.code, "unknown-type");
/// assert_eq!(error.sources().text(diagnostic.span.unwrap()), "'string'");
/// assert_eq!(diagnostic.hints, ["did you mean 'str'?"]);
/// ```
#[derive(Clone)]
pub struct Error {
    sources: SourceMap,
    diagnostics: Diagnostics,
}

impl Error {
    /// Makes an error of `diagnostics` about `sources`.
    pub(crate) fn new(sources: SourceMap, diagnostics: Diagnostics) -> Error {
        Error { sources, diagnostics }
    }

    /// Returns the files read before the stage that failed, and by it.
    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Returns all findings, style included.
    #[must_use]
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Renders the diagnostics.
    #[must_use]
    pub fn render(&self, format: MessageFormat) -> String {
        render(&self.diagnostics, &self.sources, format)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(render_with_summary(&self.diagnostics, &self.sources).trim_end())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
