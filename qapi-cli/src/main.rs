//! The command line `qapi`: arguments in, one verb run, exit status out.

mod arguments;
mod check;
mod completions;
mod dump;
mod failure;
mod generate;
mod generation;
mod introspect;
mod list;
mod output;
mod schema;

use std::io::Write;
use std::process::ExitCode;

use arguments::{Arguments, Verb};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let format = arguments.message_format.into();
    let result = match arguments.verb {
        Verb::Check(verb) => check::run(&verb, format),
        Verb::Dump(verb) => dump::run(&verb, format),
        Verb::Generate(verb) => generate::generate(&verb, format),
        Verb::Expand(verb) => generate::expand(&verb, format),
        Verb::List(verb) => list::run(&verb, format),
        Verb::Introspect(verb) => introspect::run(&verb, format),
        Verb::Completions(verb) => completions::run(&verb),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                // Where standard error is closed too, only the status is left to tell.
                let _ = writeln!(std::io::stderr(), "qapi: {message}");
            }
            failure.exit_code()
        }
    }
}
