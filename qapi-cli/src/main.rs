//! The command line `qapi`: parses arguments, runs a verb, returns an exit status.

mod arguments;
mod changes;
mod check;
mod completions;
mod conditions;
#[cfg(feature = "shell")]
mod console;
mod diff;
mod dump;
mod failure;
mod generate;
mod generation;
mod introspect;
mod list;
mod man;
mod output;
mod report;
mod schema;
mod usage;

use std::process::ExitCode;

use arguments::{Arguments, Color, MessageFormat, Verb};
use clap::FromArgMatches;
use failure::Failure;
use report::Reporter;

fn main() -> ExitCode {
    // Help and errors about the arguments obey the choice, too.
    usage::value_of::<Color>("--color", std::env::args_os()).apply();
    let matches = arguments::command().try_get_matches();
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => {
            let mut reporter = Reporter::new(arguments.message_format.into(), arguments.quiet);
            let result = run(&arguments.verb, &mut reporter);
            reporter.finish(result)
        }
        Err(error) => {
            let format: MessageFormat = usage::value_of("--message-format", std::env::args_os());
            Reporter::new(format.into(), false).finish(usage::answer(&error))
        }
    }
}

fn run(verb: &Verb, reporter: &mut Reporter) -> Result<(), Failure> {
    match verb {
        Verb::Check(verb) => check::run(verb, reporter),
        Verb::Dump(verb) => dump::run(verb, reporter),
        Verb::Generate(verb) => generate::generate(verb, reporter),
        Verb::Expand(verb) => generate::expand(verb, reporter),
        Verb::List(verb) => list::run(verb, reporter),
        Verb::Introspect(verb) => introspect::run(verb, reporter),
        Verb::Diff(verb) => diff::run(verb, reporter),
        #[cfg(feature = "shell")]
        Verb::Shell(verb) => console::run(verb, reporter),
        Verb::Completions(verb) => completions::run(verb),
        Verb::Man(verb) => man::run(verb),
    }
}
