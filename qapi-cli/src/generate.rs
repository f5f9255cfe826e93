//! `generate` and `expand`: a schema as Rust, whole or the part behind one name.

use std::fs;
use std::path::Path;

use qapi_codegen::{Error, write_whole};
use qapi_parser::render::MessageFormat;
use qapi_parser::schema::Schema;

use crate::arguments::{Expand, Generate};
use crate::failure::Failure;
use crate::{output, schema};

/// Writes the Rust of the schema, or with `--check` compares it with what is there.
pub fn generate(verb: &Generate, format: MessageFormat) -> Result<(), Failure> {
    let options = verb.generation.options()?;
    let schema = schema::read(&verb.input, format)?;
    let rust = qapi_codegen::generate(&schema, &options)
        .map_err(|error| refuse(error, &schema, format))?;
    match &verb.out {
        Some(path) if verb.check => compare(path, &rust),
        Some(path) => write_whole(path, &rust).map_err(|error| refuse(error, &schema, format)),
        None => output::print(&rust),
    }
}

/// Prints the Rust of one definition, without what it reaches.
pub fn expand(verb: &Expand, format: MessageFormat) -> Result<(), Failure> {
    let options = verb.generation.options()?;
    let schema = schema::read(&verb.input, format)?;
    let rust = qapi_codegen::expand(&schema, &verb.name, &options)
        .map_err(|error| refuse(error, &schema, format))?;
    output::print(&rust)
}

/// What is wrong with the schema as Rust is reported like everything else that is wrong with it.
fn refuse(error: Error, schema: &Schema, format: MessageFormat) -> Failure {
    match error {
        Error::Schema { diagnostics, .. } => schema::report(&diagnostics, schema.sources(), format),
        Error::Io { action, path, source } => {
            Failure::io(format!("cannot {action} {}", path.display()), source)
        }
        error => Failure::Usage(error.to_string()),
    }
}

fn compare(path: &Path, rust: &str) -> Result<(), Failure> {
    let old = fs::read(path)
        .map_err(|error| Failure::io(format!("cannot read {}", path.display()), error))?;
    if old == rust.as_bytes() {
        return Ok(());
    }
    Err(Failure::Stale(format!(
        "{} differs from what the schema generates: run without --check",
        path.display()
    )))
}
