//! `qapi-migrate`: drives a migration between two QMP servers and shows the progress.

mod addresses;
mod arguments;
mod check;
mod dry_run;
mod failure;
mod holder;
mod operator;
mod plan;
mod reasons;
mod report;
mod side;
mod signals;
mod values;

/// The part of QMP that this program speaks.
#[allow(missing_docs)]
mod api {
    qapi::include_qapi!("src/bin/qapi-migrate/client.json", role = client, docs = false);
}

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser;
use failure::Failure;
use operator::Operator;
use report::{Report, Success};
use signals::Signals;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut report = Report::new(&arguments);
    let outcome = run(&arguments, &mut report);
    report.end(&outcome).into()
}

fn run(arguments: &Arguments, report: &mut Report) -> Result<Success, Failure> {
    let signals = Signals::register().map_err(Failure::Host)?;
    if arguments.dry_run {
        return dry_run::run(arguments, &signals, report);
    }
    let mut operator = Operator::connect(arguments, &signals)?;
    operator.begin()?;
    operator.watch(report).map(|info| Success::Moved(info.into()))
}
