//! Reads the schema a verb works on, and reports what is said of it.

use std::io::{self, Read, Write};

use qapi_parser::render::{MessageFormat, render};
use qapi_parser::schema::Schema;
use qapi_parser::{Checked, Error, Options, parse_file, parse_text};

use crate::arguments::{Input, Strictness};
use crate::failure::Failure;

/// How standard input is called in diagnostics.
const STANDARD_INPUT: &str = "<stdin>";

/// The checked schema behind `input`; warnings and errors are on standard error.
///
/// # Errors
/// Where the schema has errors or cannot be read.
pub fn read(input: &Input, format: MessageFormat) -> Result<Schema, Failure> {
    read_file(&input.file, &input.strictness, format)
}

/// As [`read`], of one file of several.
///
/// # Errors
/// Where the schema has errors or cannot be read.
pub fn read_file(file: &str, strictness: &Strictness, format: MessageFormat) -> Result<Schema, Failure> {
    let options = Options { deny_warnings: strictness.deny_warnings };
    let checked = if file == "-" {
        let mut text = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut text)
            .map_err(|error| Failure::io("cannot read standard input", error))?;
        parse_text(STANDARD_INPUT, text, options)
    } else {
        parse_file(file, options)
    };
    match checked {
        Ok(Checked { schema, warnings }) => {
            report(&render(&warnings, schema.sources(), format));
            Ok(schema)
        }
        Err(error) => Err(refuse(&error, format)),
    }
}

/// Reports `error`; the failure it ends the run with.
pub fn refuse(error: &Error, format: MessageFormat) -> Failure {
    report(&error.render(format));
    if error.is_unreadable() { Failure::Unreadable } else { Failure::Schema }
}

/// Puts diagnostics on standard error.
fn report(text: &str) {
    // Where standard error is closed, the exit status still tells.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
