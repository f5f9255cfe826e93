//! `completions`: prints a script that completes verbs and options in a shell.

use crate::arguments::Completions;
use crate::failure::Failure;
use crate::{arguments, output};

/// Prints the script.
pub fn run(verb: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(verb.shell, &mut arguments::command(), "qapi", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
