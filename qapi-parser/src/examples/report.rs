//! The result of a check of examples.

use std::fmt::Write;
use std::path::Path;

use crate::diagnostic::Diagnostics;
use crate::escape::EscapedPath;
use crate::render::{MessageFormat, json_string};
use crate::source::Span;
use crate::words::plural;

/// The result of checking a schema's examples. A request, a reply and an event are each an
/// example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The examples, in the order of reading.
    pub examples: Vec<Example>,
    /// The faults, in the order of the examples.
    pub faults: Diagnostics,
}

/// An example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Example {
    /// Its text behind the arrow.
    pub span: Span,
    /// The extent of its check.
    pub coverage: Coverage,
}

/// The extent of an example's check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coverage {
    /// It was checked.
    Checked,
    /// `...` leaves out a part; it was not checked.
    Elided,
    /// It is a result that follows no known request; it was not checked.
    Unanswerable,
}

impl Report {
    /// Counts the examples of one coverage.
    #[must_use]
    pub fn count(&self, coverage: Coverage) -> usize {
        self.examples.iter().filter(|example| example.coverage == coverage).count()
    }

    /// Renders the counts as one line about the schema at `path`: a JSON object, or
    /// `PATH: 20 examples checked, 2 elided, 1 without its request, 3 faults`.
    #[must_use]
    pub fn render_counts(&self, path: &Path, format: MessageFormat) -> String {
        let faults = self.faults.len();
        let [checked, elided, unanswerable] =
            [Coverage::Checked, Coverage::Elided, Coverage::Unanswerable]
                .map(|coverage| self.count(coverage));
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = match format {
            MessageFormat::Json => {
                out.push_str("{\"file\":");
                let _ = json_string(&mut out, &path.to_string_lossy());
                writeln!(
                    out,
                    ",\"checked\":{checked},\"elided\":{elided},\"unanswerable\":{unanswerable},\
                     \"faults\":{faults}}}"
                )
            }
            _ => writeln!(
                out,
                "{}: {checked} example{} checked, {elided} elided, {unanswerable} without \
                 {} request, {faults} fault{}",
                EscapedPath(path),
                plural(checked),
                if unanswerable == 1 { "its" } else { "their" },
                plural(faults)
            ),
        };
        out
    }
}
