//! `list`: prints the definitions of a schema.

use std::fmt::Write;

use qapi_parser::render::{EscapedPath, MessageFormat};
use qapi_parser::schema::{Definition, Entity, ObjectOrigin, Schema, Type};
use serde_json::json;

use crate::arguments::List;
use crate::failure::Failure;
use crate::report::Reporter;
use crate::{output, schema};

/// Prints a line for each definition in the order of reading: kind, name, file and line, as a
/// table or as JSON objects.
pub fn run(verb: &List, reporter: &mut Reporter) -> Result<(), Failure> {
    let schema = schema::read(&verb.input, reporter)?;
    let mut lines = String::new();
    for entity in schema.modules().iter().flat_map(|module| &module.entities) {
        if let Some((kind, definition)) = definition(&schema, entity)
            && !definition.implied
        {
            line(&mut lines, &schema, kind, definition, reporter.format());
        }
    }
    output::print(&lines)
}

/// Returns a definition with the key that introduces it; `None` for types that QEMU defines itself.
fn definition<'a>(schema: &'a Schema, entity: &Entity) -> Option<(&'static str, &'a Definition)> {
    match entity {
        Entity::Include(_) => None,
        Entity::Command(id) => Some(("command", &schema.command(*id).definition)),
        Entity::Event(id) => Some(("event", &schema.event(*id).definition)),
        Entity::Type(id) => match schema.ty(*id) {
            Type::Builtin(_) | Type::Array(_) => None,
            Type::Enum(ty) => Some(("enum", &ty.definition)),
            Type::Alternate(ty) => Some(("alternate", &ty.definition)),
            Type::Object(ty) => match ty.origin {
                ObjectOrigin::Struct => Some(("struct", &ty.definition)),
                ObjectOrigin::Union => Some(("union", &ty.definition)),
                _ => None,
            },
        },
    }
}

fn line(
    lines: &mut String,
    schema: &Schema,
    kind: &str,
    definition: &Definition,
    format: MessageFormat,
) {
    let Some(span) = definition.span else { return };
    let path = schema.sources().file(span.file).path();
    let line = schema.sources().position(span.file, span.start).line;
    let name = &definition.name;
    // Writing to a string does not fail.
    let _ = if let MessageFormat::Json = format {
        let file = path.to_string_lossy();
        writeln!(lines, "{}", json!({ "kind": kind, "name": name, "file": file, "line": line }))
    } else {
        writeln!(lines, "{kind:<9} {name:<40} {}:{line}", EscapedPath(path))
    };
}
