//! The data that `query-qmp-schema` replies with.
//!
//! Types are listed as far as commands and events reach them, in the order in which they are first
//! used. Their names are masked as numbers in the order of first mention. All integers are `int`.

mod collect;
mod json;

use std::collections::BTreeSet;

use qapi_parser::cond::IfCond;
use qapi_parser::schema::Schema;

pub(crate) use collect::collect;
pub(crate) use json::{Element, Json, write_scalar};

/// The treatment of conditions in introspection data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IntrospectConditions {
    /// Each holds.
    #[default]
    All,
    /// Evaluated: exactly these symbols are defined.
    Defined(BTreeSet<String>),
    /// Kept: a conditional element becomes `{"@if": CONDITION, "@value": ...}`.
    Annotate,
}

/// The options of introspection data. By default, the names of types are masked and all conditions
/// hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct IntrospectOptions {
    unmask: bool,
    conditions: IntrospectConditions,
}

impl IntrospectOptions {
    /// Returns the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the names of types, which a server's reply replaces by numbers.
    pub fn unmask(mut self, unmask: bool) -> Self {
        self.unmask = unmask;
        self
    }

    /// Sets the treatment of conditions.
    pub fn conditions(mut self, conditions: IntrospectConditions) -> Self {
        self.conditions = conditions;
        self
    }
}

/// Returns the introspection data of a schema as JSON, with a line for each entity.
///
/// ```
/// use qapi_codegen::{IntrospectOptions, introspect};
///
/// let schema = qapi_parser::parse_text("x.json", "{ 'command': 'stop' }", Default::default())?;
/// let json = introspect(&schema.schema, &IntrospectOptions::new());
/// assert!(json.contains(r#"{"name": "stop", "meta-type": "command", "#));
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
pub fn introspect(schema: &Schema, options: &IntrospectOptions) -> String {
    let entities = collect(schema, options.unmask, &|_| true);
    let mut text = String::from("[");
    let mut separator = "\n";
    for entity in &entities {
        let mut line = String::new();
        if write_item(&mut line, entity, &options.conditions) {
            text.push_str(separator);
            text.push_str(&line);
            separator = ",\n";
        }
    }
    text.push_str("\n]\n");
    text
}

/// Writes an element unless its condition does not hold.
fn write_item(out: &mut String, item: &Element<'_>, conditions: &IntrospectConditions) -> bool {
    match (item.cond, conditions) {
        (None, _) | (_, IntrospectConditions::All) => write_json(out, &item.value, conditions),
        (Some(cond), IntrospectConditions::Defined(symbols)) => {
            if !cond.holds(&|symbol| symbols.contains(symbol)) {
                return false;
            }
            write_json(out, &item.value, conditions);
        }
        (Some(cond), IntrospectConditions::Annotate) => {
            out.push_str("{\"@if\": ");
            write_cond(out, cond);
            out.push_str(", \"@value\": ");
            write_json(out, &item.value, conditions);
            out.push('}');
        }
    }
    true
}

fn write_json(out: &mut String, json: &Json<'_>, conditions: &IntrospectConditions) {
    match json {
        Json::List(items) => {
            out.push('[');
            let mut first = true;
            for item in items {
                let mut element = String::new();
                if write_item(&mut element, item, conditions) {
                    out.push_str(if first { "" } else { ", " });
                    out.push_str(&element);
                    first = false;
                }
            }
            out.push(']');
        }
        Json::Object(members) => {
            for (number, (name, value)) in members.iter().enumerate() {
                out.push_str(if number == 0 { "{\"" } else { ", \"" });
                out.push_str(name);
                out.push_str("\": ");
                write_json(out, value, conditions);
            }
            out.push('}');
        }
        json => write_scalar(out, json),
    }
}

fn write_cond(out: &mut String, cond: &IfCond) {
    let mut list = |name: &str, conds: &[IfCond]| {
        out.push_str("{\"");
        out.push_str(name);
        out.push_str("\": [");
        for (number, cond) in conds.iter().enumerate() {
            out.push_str(if number == 0 { "" } else { ", " });
            write_cond(out, cond);
        }
        out.push_str("]}");
    };
    match cond {
        IfCond::Symbol(symbol) => out.extend(["\"", symbol.as_str(), "\""]),
        IfCond::All(conds) => list("all", conds),
        IfCond::Any(conds) => list("any", conds),
        IfCond::Not(cond) => {
            out.push_str("{\"not\": ");
            write_cond(out, cond);
            out.push('}');
        }
    }
}
