//! `--dry-run`: checks both sides and the way between them without a migration.

mod address;
mod compare;
mod server;

use qapi::client::Address;

use crate::arguments::Arguments;
use crate::check::{Check, Level};
use crate::failure::Failure;
use crate::plan;
use crate::report::{Report, Success};
use crate::side::Side;
use crate::signals::Signals;
use server::Server;

/// Prints the findings and collects the faults.
struct Findings<'r> {
    report: &'r Report,
    /// The sides and texts of the faults.
    faults: Vec<(&'static str, String)>,
    /// The things that could not be compared.
    unchecked: Vec<&'static str>,
}

impl Findings<'_> {
    /// Prints a finding. A fault that comes again as settings are put back counts once.
    fn add(&mut self, level: Level, side: &'static str, text: impl Into<String>) {
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

    fn ok(&mut self, side: &'static str, text: impl Into<String>) {
        self.add(Level::Ok, side, text);
    }

    fn note(&mut self, side: &'static str, text: impl Into<String>) {
        self.add(Level::Note, side, text);
    }

    fn fails(&mut self, side: &'static str, text: impl Into<String>) {
        self.add(Level::Fails, side, text);
    }

    /// Reports that something could not be compared.
    fn unchecked(&mut self, side: &'static str, what: &'static str, reason: &str) {
        self.note(side, format!("{what}: {reason}"));
        self.unchecked.push(what);
    }

    /// Reports a failure of a side as a fault. Its name is not repeated.
    fn failure(&mut self, side: &'static str, failure: &Failure) {
        let text = failure.to_string();
        let prefix = format!("{side}: ");
        self.fails(side, text.strip_prefix(&prefix).unwrap_or(&text));
    }
}

/// Checks everything that can be checked.
///
/// # Errors
/// [`Failure::Unfit`] if something would fail, [`Failure::Interrupted`] by a signal.
pub fn run(arguments: &Arguments, signals: &Signals, report: &Report) -> Result<Success, Failure> {
    let mut findings = Findings { report, faults: Vec::new(), unchecked: Vec::new() };
    let source = connect("source", &arguments.source, signals, &mut findings)?;
    let destination = connect("destination", &arguments.destination, signals, &mut findings)?;
    let source = check(source, server::source, &mut findings)?;
    let destination = check(destination, server::destination, &mut findings)?;
    if let (Some(source), Some(destination)) = (&source, &destination) {
        compare::versions(source, destination, &mut findings);
        compare::machines(source, destination, &mut findings)?;
    }
    if let Some(source) = &source {
        source.settings(&plan::source(arguments), signals, &mut findings)?;
    }
    if let Some(destination) = &destination {
        destination.settings(&plan::destination(arguments), signals, &mut findings)?;
    }
    if let (Some(source), Some(destination)) = (&source, &destination) {
        compare::settings(arguments, source, destination, &mut findings);
        address::check(arguments, source, destination, signals, &mut findings)?;
    }
    match findings.faults.len() {
        0 => Ok(Success::Fit { unchecked: findings.unchecked }),
        faults => Err(Failure::Unfit(faults)),
    }
}

fn connect(
    name: &'static str,
    address: &Address,
    signals: &Signals,
    findings: &mut Findings<'_>,
) -> Result<Option<Side>, Failure> {
    found(name, Side::connect(name, address, signals), findings)
}

fn check(
    side: Option<Side>,
    check: impl FnOnce(Side, &mut Findings<'_>) -> Result<Server, Failure>,
    findings: &mut Findings<'_>,
) -> Result<Option<Server>, Failure> {
    let Some(side) = side else { return Ok(None) };
    let name = side.name();
    let checked = check(side, findings);
    found(name, checked, findings)
}

/// Turns a failure of one side into a finding. Only a signal ends the dry run.
fn found<T>(
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
