//! The error that the crate's functions return: every diagnostic with the files it is about.

use std::fmt;

use crate::diagnostic::Diagnostics;
use crate::render::{MessageFormat, render, render_with_summary};
use crate::source::SourceMap;

/// A refused schema. `Display` and `Debug` both show every diagnostic with its source line, and a
/// summary of many: the error reads well where `main` returns it.
pub struct Error {
    sources: SourceMap,
    diagnostics: Diagnostics,
}

impl Error {
    /// Makes an error of `diagnostics` about `sources`.
    pub fn new(sources: SourceMap, diagnostics: Diagnostics) -> Error {
        Error { sources, diagnostics }
    }

    /// The files read before the stage that failed, and by it.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// All findings, style included.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Returns true if the root file could not be read.
    pub fn is_unreadable(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.span.is_none())
    }

    /// Renders the diagnostics.
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
