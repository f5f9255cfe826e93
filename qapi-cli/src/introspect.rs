//! `introspect`: prints a server's reply to `query-qmp-schema`.

use qapi_codegen::{IntrospectConditions, IntrospectOptions, OptionError};

use crate::arguments::{Evaluation, Introspect, IntrospectConditionsArg};
use crate::conditions::symbols;
use crate::failure::Failure;
use crate::report::Reporter;
use crate::{output, schema};

/// Prints the introspection data of the schema as JSON.
pub fn run(verb: &Introspect, reporter: &mut Reporter) -> Result<(), Failure> {
    let options = IntrospectOptions::new().unmask(verb.unmask).conditions(conditions(verb)?);
    output::print(&qapi_codegen::introspect(&schema::read(&verb.input, reporter)?, &options))
}

fn conditions(verb: &Introspect) -> Result<IntrospectConditions, Failure> {
    let evaluation = match verb.conditions {
        Some(IntrospectConditionsArg::Annotate) if verb.define.is_empty() => {
            return Ok(IntrospectConditions::Annotate);
        }
        Some(IntrospectConditionsArg::Annotate) => {
            let (option, other) = ("define", "conditions = annotate");
            return Err(Failure::Option(OptionError::Conflict { option, other }));
        }
        Some(IntrospectConditionsArg::All) => Some(Evaluation::All),
        Some(IntrospectConditionsArg::None) => Some(Evaluation::None),
        None => None,
    };
    let symbols = symbols(evaluation, &verb.define)?;
    Ok(symbols.map_or(IntrospectConditions::All, IntrospectConditions::Defined))
}
