//! `dump`: prints the schema in the text form of QEMU's test suite.

use crate::arguments::Dump;
use crate::failure::Failure;
use crate::report::Reporter;
use crate::{output, schema};

/// Prints the dump of the schema.
pub fn run(verb: &Dump, reporter: &mut Reporter) -> Result<(), Failure> {
    output::print(&qapi_parser::dump(&schema::read(&verb.input, reporter)?))
}
