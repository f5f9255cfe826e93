//! `qapi-migrate`: drives a migration between two QMP servers, and shows how it goes.

mod arguments;
mod failure;
mod operator;
mod show;
mod side;

/// What this program says and hears on QMP.
#[allow(missing_docs)]
mod api {
    qapi::include_qapi!("src/bin/qapi-migrate/client.json", role = client, docs = false);
}

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arguments::Arguments;
use clap::Parser;
use failure::Failure;
use operator::Operator;
use show::Show;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where standard error is closed, only the status is left to tell.
            let _ = writeln!(std::io::stderr(), "qapi-migrate: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, interrupted.clone()).map_err(Failure::Host)?;
    }
    let mut operator = Operator::connect(arguments, interrupted)?;
    let mut show = Show::new(arguments.quiet);
    let moved = operator.begin().and_then(|()| operator.watch(&mut show));
    show.end();
    show.summary(&moved?);
    Ok(())
}
