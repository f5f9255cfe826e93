//! `check`: whether schemas are right.

use qapi_parser::render::MessageFormat;

use crate::arguments::Check;
use crate::failure::Failure;
use crate::schema;

/// Checks every file, even behind one with errors; the first failure is the run's.
pub fn run(verb: &Check, format: MessageFormat) -> Result<(), Failure> {
    let mut result = Ok(());
    for file in &verb.files {
        result = result.and(schema::read_file(file, &verb.strictness, format).map(drop));
    }
    result
}
