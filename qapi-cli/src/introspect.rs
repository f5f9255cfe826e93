//! `introspect`: the data that a server replies to `query-qmp-schema`.

use qapi_codegen::{IntrospectConditions, IntrospectOptions};
use qapi_parser::render::MessageFormat;

use crate::arguments::Introspect;
use crate::failure::Failure;
use crate::{output, schema};

/// Prints the introspection data of the schema as JSON.
pub fn run(verb: &Introspect, format: MessageFormat) -> Result<(), Failure> {
    let conditions = if verb.conditions.annotate {
        IntrospectConditions::Annotate
    } else if verb.conditions.define.is_empty() {
        IntrospectConditions::All
    } else {
        IntrospectConditions::Defined(verb.conditions.define.iter().cloned().collect())
    };
    let options = IntrospectOptions { unmask: verb.unmask, conditions };
    output::print(&qapi_codegen::introspect(&schema::read(&verb.input, format)?, &options))
}
