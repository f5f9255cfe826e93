//! The error that the crate's functions return: every diagnostic with the files it is about.

use std::fmt;

use crate::diagnostic::Diagnostics;
use crate::render::{MessageFormat, render};
use crate::source::SourceMap;

/// Why there is no schema. `Display` and `Debug` both show every diagnostic with its source line, so
/// that the error reads well where `main` returns it.
pub struct Error {
    sources: SourceMap,
    diagnostics: Diagnostics,
}

impl Error {
    /// The error that `diagnostics` make, which are about `sources`.
    pub fn new(sources: SourceMap, diagnostics: Diagnostics) -> Error {
        Error { sources, diagnostics }
    }

    /// The files read before the stage that failed, and by it.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// What was found, warnings too.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Whether a schema's first file could not be read, so that nothing is known of its content.
    pub fn is_unreadable(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.span.is_none())
    }

    /// The diagnostics as text.
    pub fn render(&self, format: MessageFormat) -> String {
        render(&self.diagnostics, &self.sources, format)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(MessageFormat::Human).trim_end())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
