//! `check`: reports the findings in schemas and, on request, in their examples.

use std::path::Path;

use qapi_parser::examples;

use crate::arguments::Check;
use crate::failure::Failure;
use crate::report::Reporter;
use crate::{output, schema};

/// Checks every file, also after one with errors; returns the first failure.
pub fn run(verb: &Check, reporter: &mut Reporter) -> Result<(), Failure> {
    let mut result = Ok(());
    for file in &verb.files {
        result = result.and(check(file, verb, reporter));
    }
    result
}

fn check(file: &Path, verb: &Check, reporter: &mut Reporter) -> Result<(), Failure> {
    let schema = schema::read_file(file, &verb.strictness, reporter)?;
    if !verb.examples {
        return Ok(());
    }
    let report = examples::check(&schema);
    if !reporter.is_quiet() {
        output::print(&report.render_counts(file, reporter.format()))?;
    }
    if report.faults.is_empty() {
        return Ok(());
    }
    Err(reporter.refuse(&report.faults, schema.sources()))
}
