//! `--dry-run`: checks both sides and the way between them without a migration.

mod address;
mod compare;
mod findings;
mod server;

use qapi::client::Address;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::plan;
use crate::report::{Report, Success};
use crate::side::Side;
use crate::signals::Signals;
use findings::{Findings, found};
use server::Server;

/// Checks everything that can be checked.
///
/// # Errors
/// [`Failure::Unfit`] if something would fail, [`Failure::Interrupted`] by a signal.
pub fn run(arguments: &Arguments, signals: &Signals, report: &Report) -> Result<Success, Failure> {
    let mut findings = Findings::new(report);
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
    findings.outcome()
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
