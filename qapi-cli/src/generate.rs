//! `generate` and `expand`: print the Rust of a schema or of one definition.

use std::fs;
use std::path::Path;

use qapi_codegen::{Error, write_code};
use qapi_parser::render::EscapedPath;
use qapi_parser::source::SourceMap;

use crate::arguments::{Expand, Generate};
use crate::failure::Failure;
use crate::report::Reporter;
use crate::{output, schema};

/// Writes the Rust of the schema, or with `--check` compares it with the file.
pub fn generate(verb: &Generate, reporter: &mut Reporter) -> Result<(), Failure> {
    let options = verb.generation.options().map_err(Failure::Option)?;
    let out = verb.out.as_deref().filter(|path| !output::is_standard(path));
    if verb.check && out.is_none() {
        return Err(Failure::usage("option '--check' needs the path of a file in '--out'"));
    }
    let schema = schema::read(&verb.input, reporter)?;
    let rust = qapi_codegen::generate_text(&schema, &options)
        .map_err(|error| refuse(error, schema.sources(), reporter))?;
    match out {
        Some(path) if verb.check => compare(path, &rust),
        Some(path) => write_code(path, &rust, schema.sources())
            .map_err(|error| refuse(error, schema.sources(), reporter)),
        None => output::print(&rust),
    }
}

/// Prints the Rust of one definition, without the types that it uses.
pub fn expand(verb: &Expand, reporter: &mut Reporter) -> Result<(), Failure> {
    let options = verb.generation.options().map_err(Failure::Option)?;
    let schema = schema::read(&verb.input, reporter)?;
    let rust = qapi_codegen::expand(&schema, &verb.name, &options)
        .and_then(|tokens| qapi_codegen::to_text(tokens, &options))
        .map_err(|error| refuse(error, schema.sources(), reporter))?;
    output::print(&rust)
}

/// Reports the generator's errors like the parser's.
fn refuse(error: Error, sources: &SourceMap, reporter: &mut Reporter) -> Failure {
    match error {
        Error::Schema { diagnostics, .. } => reporter.refuse(&diagnostics, sources),
        Error::Options(errors) => reporter.refuse_options(&errors),
        Error::Io { action, path, source, .. } => {
            Failure::io(format!("cannot {action} '{}'", EscapedPath(&path)), source)
        }
        error => Failure::usage(format!("{error:?}")),
    }
}

fn compare(path: &Path, rust: &str) -> Result<(), Failure> {
    let shown = EscapedPath(path);
    let unreadable = |error| Failure::io(format!("cannot read '{shown}'"), error);
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Failure::usage(format!("'{shown}' is not a regular file")));
    }
    if fs::read(path).map_err(unreadable)? == rust.as_bytes() {
        return Ok(());
    }
    Err(Failure::Stale(format!(
        "'{shown}' differs from the schema's Rust; run without '--check' to update it"
    )))
}
