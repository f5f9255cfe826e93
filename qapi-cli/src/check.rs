//! `check`: reports the findings in schemas.

use crate::arguments::Check;
use crate::failure::Failure;
use crate::report::Reporter;
use crate::schema;

/// Checks every file, also after one with errors; returns the first failure.
pub fn run(verb: &Check, reporter: &mut Reporter) -> Result<(), Failure> {
    let mut result = Ok(());
    for file in &verb.files {
        let checked = schema::read_file(file, &verb.strictness, reporter);
        result = result.and(checked.map(drop));
    }
    result
}
