//! Help, and wrong arguments as findings.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::ValueEnum;
use clap::error::ErrorKind;

use crate::failure::Failure;

/// Finds the value of an option in arguments that clap has not parsed or rejects.
pub fn value_of<T: ValueEnum + Default>(
    option: &str,
    arguments: impl Iterator<Item = OsString>,
) -> T {
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let mut found = T::default();
    while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
        let value = match argument.strip_prefix(option) {
            Some("") => arguments.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(known) = value.and_then(|value| T::from_str(&value, false).ok()) {
            found = known;
        }
    }
    found
}

/// Prints the help or version asked for, or returns the fault in the arguments.
pub fn answer(error: &clap::Error) -> Result<(), Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            error.print().and_then(|()| io::stdout().flush()).map_err(Failure::output)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // With standard error closed, the exit status still tells.
            let _ = error.print();
            Err(Failure::Reported)
        }
        _ => Err(fault(&error.to_string())),
    }
}

/// Converts clap's text: a message over several lines, tips, the usage.
fn fault(text: &str) -> Failure {
    let mut message = Vec::new();
    let mut hints = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if line.starts_with("For more information") {
            break;
        } else {
            message.push(line.strip_prefix("error: ").unwrap_or(line));
        }
    }
    Failure::Usage(message.join(" "), hints)
}
