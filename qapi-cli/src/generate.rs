//! `generate` and `expand`: a schema as Rust, whole or the part behind one name.

use std::fs;
use std::path::Path;

use qapi_codegen::Options;
use qapi_parser::render::MessageFormat;
use qapi_parser::schema::Schema;

use crate::arguments::{Expand, Generate};
use crate::failure::Failure;
use crate::{output, schema};

/// Writes the Rust of the schema, or with `--check` compares it with what is there.
pub fn generate(verb: &Generate, format: MessageFormat) -> Result<(), Failure> {
    let options = verb.generation.options()?;
    let rust = rust(&schema::read(&verb.input, format)?, &options)?;
    match &verb.out {
        Some(path) if verb.check => compare(path, &rust),
        Some(path) => output::replace(path, &rust),
        None => output::print(&rust),
    }
}

/// Prints the Rust of one definition, without what it reaches.
pub fn expand(verb: &Expand, format: MessageFormat) -> Result<(), Failure> {
    let options = verb.generation.options()?;
    let schema = schema::read(&verb.input, format)?;
    let rust = qapi_codegen::expand(&schema, &verb.name, &options).map_err(Failure::generation)?;
    output::print(&rust)
}

fn rust(schema: &Schema, options: &Options) -> Result<String, Failure> {
    qapi_codegen::generate(schema, options).map_err(Failure::generation)
}

fn compare(path: &Path, rust: &str) -> Result<(), Failure> {
    let old = fs::read(path).map_err(|error| Failure::io(format!("cannot read {}", path.display()), error))?;
    if old == rust.as_bytes() {
        return Ok(());
    }
    Err(Failure::Stale(format!("{} differs from what the schema generates: run without --check", path.display())))
}
