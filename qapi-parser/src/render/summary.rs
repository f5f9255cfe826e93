//! The line that sums up many findings.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostics, Severity};
use crate::source::SourceMap;
use crate::words::plural;

/// Returns the summary of `diagnostics` as a line, if there are many.
pub(super) fn line(diagnostics: &Diagnostics, sources: &SourceMap) -> Option<String> {
    let mut summary = Summary::default();
    summary.add(diagnostics, sources);
    summary.is_useful().then(|| format!("{summary}\n"))
}

/// More findings than this are summed up.
const MANY: usize = 20;

/// Counts findings and the files they are in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    errors: usize,
    style: usize,
    files: HashSet<PathBuf>,
}

impl Summary {
    /// Counts `diagnostics`.
    pub fn add(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) {
        for diagnostic in diagnostics {
            match diagnostic.severity {
                Severity::Style => self.style += 1,
                Severity::Error => self.errors += 1,
            }
            if let Some(span) = diagnostic.span {
                let path = sources.file(span.file).path();
                if !self.files.contains(path) {
                    self.files.insert(path.to_owned());
                }
            }
        }
    }

    /// Returns true if there are so many findings that a summary helps.
    #[must_use]
    pub fn is_useful(&self) -> bool {
        self.errors + self.style > MANY
    }
}

/// `3 errors, 120 style findings in 14 files`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [(self.errors, "error"), (self.style, "style finding")];
        let mut separator = "";
        for (count, noun) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {noun}{}", plural(count))?;
            separator = ", ";
        }
        match self.files.len() {
            0 => Ok(()),
            count => write!(f, " in {count} file{}", plural(count)),
        }
    }
}
