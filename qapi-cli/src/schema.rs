//! Reads and checks the schema of a verb.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use qapi_parser::loader::{FileSystem, MAX_FILE_SIZE, Root};
use qapi_parser::render::EscapedPath;
use qapi_parser::schema::Schema;
use qapi_parser::{Checked, Error, Options, parse_file, parse_sources, parse_text};

use crate::arguments::{SchemaFiles, Strictness};
use crate::failure::Failure;
use crate::output::is_standard;
use crate::report::Reporter;

/// The name of standard input in diagnostics.
pub const STANDARD_INPUT: &str = "<stdin>";

/// Returns the checked schema behind `input`; reports findings.
///
/// # Errors
/// If the schema has errors or cannot be read.
pub fn read(input: &SchemaFiles, reporter: &mut Reporter) -> Result<Schema, Failure> {
    if let [file] = input.files.as_slice() {
        return read_file(file, &input.strictness, reporter);
    }
    if input.files.iter().filter(|file| is_standard(file)).count() > 1 {
        return Err(Failure::usage("only one FILE can be standard input"));
    }
    let roots = input.files.iter().map(|file| root(file)).collect::<Result<Vec<_>, _>>()?;
    accept(parse_sources(&roots, &FileSystem, options(&input.strictness)), reporter)
}

fn root(file: &Path) -> Result<Root, Failure> {
    if !is_standard(file) {
        refuse_source_tree(file)?;
        return Ok(Root::File(file.to_owned()));
    }
    Ok(Root::Text { path: STANDARD_INPUT.into(), bytes: read_standard_input()? })
}

/// Like [`read`], for one file of several.
///
/// # Errors
/// If the schema has errors or cannot be read.
pub fn read_file(
    file: &Path,
    strictness: &Strictness,
    reporter: &mut Reporter,
) -> Result<Schema, Failure> {
    let options = options(strictness);
    let checked = if is_standard(file) {
        parse_text(STANDARD_INPUT, read_standard_input()?, options)
    } else {
        refuse_source_tree(file)?;
        parse_file(file, options)
    };
    accept(checked, reporter)
}

/// Like [`read`], for the text of a root file called `name`.
///
/// # Errors
/// If the schema has errors or cannot be read.
pub fn read_text(
    name: PathBuf,
    text: Vec<u8>,
    strictness: &Strictness,
    reporter: &mut Reporter,
) -> Result<Schema, Failure> {
    accept(parse_text(name, text, options(strictness)), reporter)
}

fn options(strictness: &Strictness) -> Options {
    Options::new().style(strictness.style).deny_warnings(strictness.deny_warnings)
}

fn accept(checked: Result<Checked, Error>, reporter: &mut Reporter) -> Result<Schema, Failure> {
    match checked {
        Ok(Checked { schema, style, .. }) => {
            reporter.report(&style, schema.sources());
            Ok(schema)
        }
        Err(error) => Err(reporter.refuse(error.diagnostics(), error.sources())),
    }
}

/// Names the root schema if the path is a folder with QEMU's layout.
///
/// # Errors
/// If it is.
pub fn refuse_source_tree(path: &Path) -> Result<(), Failure> {
    let root = path.join("qapi/qapi-schema.json");
    if !root.is_file() {
        return Ok(());
    }
    let hint = format!("the root is '{}'", EscapedPath(&root));
    Err(Failure::Usage(format!("'{}' is a directory", EscapedPath(path)), vec![hint]))
}

/// Reads at most one byte more than the parser accepts.
pub fn read_standard_input() -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut text)
        .map_err(|error| Failure::io("cannot read standard input", error))?;
    Ok(text)
}
