//! The findings of a dry run.

use crate::check::{Check, Level};
use crate::failure::Failure;
use crate::report::{Report, Success};

/// Prints the findings and collects the faults.
pub struct Findings<'r> {
    report: &'r Report,
    /// The sides and texts of the faults.
    faults: Vec<(&'static str, String)>,
    /// The things that could not be compared.
    unchecked: Vec<&'static str>,
}

impl<'r> Findings<'r> {
    /// Begins without findings.
    pub fn new(report: &'r Report) -> Self {
        Self { report, faults: Vec::new(), unchecked: Vec::new() }
    }

    /// Returns the result of the dry run.
    pub fn outcome(self) -> Result<Success, Failure> {
        match self.faults.len() {
            0 => Ok(Success::Fit { unchecked: self.unchecked }),
            faults => Err(Failure::Unfit(faults)),
        }
    }

    /// Prints a finding. A fault that comes again as settings are put back counts once.
    pub fn add(&mut self, level: Level, side: &'static str, text: impl Into<String>) {
        let text = text.into();
        if level == Level::Fails {
            let fault = (side, text.clone());
            if self.faults.contains(&fault) {
                return;
            }
            self.faults.push(fault);
        }
        self.report.check(&Check { level, side, text });
    }

    /// Reports that something is fine.
    pub fn ok(&mut self, side: &'static str, text: impl Into<String>) {
        self.add(Level::Ok, side, text);
    }

    /// Reports something worth knowing.
    pub fn note(&mut self, side: &'static str, text: impl Into<String>) {
        self.add(Level::Note, side, text);
    }

    /// Reports a fault.
    pub fn fails(&mut self, side: &'static str, text: impl Into<String>) {
        self.add(Level::Fails, side, text);
    }

    /// Reports that something could not be compared.
    pub fn unchecked(&mut self, side: &'static str, what: &'static str, reason: &str) {
        self.note(side, format!("{what}: {reason}"));
        self.unchecked.push(what);
    }

    /// Reports a failure of a side as a fault. Its name is not repeated.
    pub fn failure(&mut self, side: &'static str, failure: &Failure) {
        let text = failure.to_string();
        let prefix = format!("{side}: ");
        self.fails(side, text.strip_prefix(&prefix).unwrap_or(&text));
    }
}

/// Turns a failure of one side into a finding. Only a signal ends the dry run.
pub fn found<T>(
    side: &'static str,
    outcome: Result<T, Failure>,
    findings: &mut Findings<'_>,
) -> Result<Option<T>, Failure> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => {
            findings.failure(side, &failure);
            Ok(None)
        }
    }
}
