//! `introspect`: prints a server's reply to `query-qmp-schema`.

use qapi_codegen::{IntrospectConditions, IntrospectOptions};

use crate::arguments::{Introspect, IntrospectConditionsArg};
use crate::failure::Failure;
use crate::report::Reporter;
use crate::{output, schema};

/// Prints the introspection data of the schema as JSON.
pub fn run(verb: &Introspect, reporter: &mut Reporter) -> Result<(), Failure> {
    let options = IntrospectOptions { unmask: verb.unmask, conditions: conditions(verb)? };
    output::print(&qapi_codegen::introspect(&schema::read(&verb.input, reporter)?, &options))
}

fn conditions(verb: &Introspect) -> Result<IntrospectConditions, Failure> {
    let symbols = || verb.define.iter().cloned().collect();
    match (verb.conditions, verb.define.is_empty()) {
        (None, true) | (Some(IntrospectConditionsArg::All), true) => Ok(IntrospectConditions::All),
        (Some(IntrospectConditionsArg::Annotate), true) => Ok(IntrospectConditions::Annotate),
        (None, false) | (Some(IntrospectConditionsArg::None), _) => {
            Ok(IntrospectConditions::Defined(symbols()))
        }
        (Some(IntrospectConditionsArg::All | IntrospectConditionsArg::Annotate), false) => {
            Err(Failure::usage("option '--define' needs '--conditions none' or no '--conditions'"))
        }
    }
}
