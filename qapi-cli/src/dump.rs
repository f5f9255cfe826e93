//! `dump`: the schema in the text form of the reference's test suite.

use qapi_parser::render::MessageFormat;

use crate::arguments::Dump;
use crate::failure::Failure;
use crate::{output, schema};

/// Prints the dump of the schema.
pub fn run(verb: &Dump, format: MessageFormat) -> Result<(), Failure> {
    output::print(&qapi_parser::dump(&schema::read(&verb.input, format)?))
}
