//! Messages on standard error in the format asked for. Every verb reports through [`Reporter`].

use std::process::ExitCode;

use qapi_codegen::OptionError;
use qapi_parser::diagnostic::{Diagnostic, Diagnostics, Severity};
use qapi_parser::render::{MessageFormat, Summary, render};
use qapi_parser::source::SourceMap;

use crate::failure::Failure;
use crate::output;

/// Prints style findings at once and errors at the end of the run.
pub struct Reporter {
    format: MessageFormat,
    quiet: bool,
    /// Rendered errors.
    errors: String,
    summary: Summary,
}

impl Reporter {
    /// Creates a reporter that has printed nothing.
    pub fn new(format: MessageFormat, quiet: bool) -> Reporter {
        Reporter { format, quiet, errors: String::new(), summary: Summary::default() }
    }

    /// Returns the format asked for.
    pub fn format(&self) -> MessageFormat {
        self.format
    }

    /// Returns true if only errors and products are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Reports `diagnostics` about `sources`.
    pub fn report(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) {
        self.summary.add(diagnostics, sources);
        let (style, errors): (Diagnostics, Diagnostics) =
            diagnostics.iter().cloned().partition(|found| found.severity == Severity::Style);
        if !self.quiet {
            output::complain(&render(&style, sources, self.format));
        }
        self.errors.push_str(&render(&errors, sources, self.format));
    }

    /// Reports `diagnostics` and returns the failure that ends the run.
    pub fn refuse(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) -> Failure {
        self.report(diagnostics, sources);
        // A finding without a place is about an unreadable file or about an option.
        if diagnostics.iter().any(|diagnostic| diagnostic.span.is_none()) {
            Failure::Reported
        } else {
            Failure::Schema
        }
    }

    /// Reports faults of options and returns the failure that ends the run.
    pub fn refuse_options(&mut self, errors: &[OptionError]) -> Failure {
        let mut diagnostics = Diagnostics::default();
        diagnostics.extend(errors.iter().map(Diagnostic::from));
        self.refuse(&diagnostics, &SourceMap::default())
    }

    /// Prints the errors, `result`'s among them, and a summary of many findings. Programs that read
    /// JSON count for themselves.
    pub fn finish(mut self, result: Result<(), Failure>) -> ExitCode {
        let diagnostic = result.as_ref().err().and_then(Failure::diagnostic);
        if let Some(diagnostic) = diagnostic {
            let mut diagnostics = Diagnostics::default();
            diagnostics.push(diagnostic);
            self.report(&diagnostics, &SourceMap::default());
        }
        output::complain(&self.errors);
        if self.summary.is_useful() && !self.quiet && self.format != MessageFormat::Json {
            output::complain(&format!("{}\n", self.summary));
        }
        result.err().map_or(ExitCode::SUCCESS, |failure| failure.exit_code())
    }
}
