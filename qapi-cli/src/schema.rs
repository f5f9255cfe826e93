//! Reads the schema a verb works on, and reports what is said of it.

use std::io::{self, Read, Write};

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::schema::Schema;
use qapi_parser::source::SourceMap;
use qapi_parser::{Checked, Options, parse_file, parse_text};

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
pub fn read_file(
    file: &str,
    strictness: &Strictness,
    format: MessageFormat,
) -> Result<Schema, Failure> {
    let options = Options { style: strictness.style, deny_warnings: strictness.deny_warnings };
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
        Ok(Checked { schema, style }) => {
            print(&render(&style, schema.sources(), format));
            Ok(schema)
        }
        Err(error) => Err(report(error.diagnostics(), error.sources(), format)),
    }
}

/// Puts what ended the run on standard error; the failure it ends with.
pub fn report(diagnostics: &Diagnostics, sources: &SourceMap, format: MessageFormat) -> Failure {
    print(&render(diagnostics, sources, format));
    // What is about no place in a schema is about a file that cannot be read, or about an option.
    if diagnostics.iter().any(|diagnostic| diagnostic.span.is_none()) {
        Failure::Unreadable
    } else {
        Failure::Schema
    }
}

/// Puts diagnostics on standard error.
fn print(text: &str) {
    // Where standard error is closed, the exit status still tells.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
