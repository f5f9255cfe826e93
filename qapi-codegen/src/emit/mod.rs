//! From the schema to text: what is written, in which order.

mod alternate;
mod command;
mod enum_;
mod event;
mod fields;
mod introspect;
mod server;
mod struct_;
mod union_;

use qapi_parser::schema::Type;

use crate::context::Context;
use crate::source::{Source, line};

/// Everything that the options ask for.
pub(crate) fn emit_all(cx: &Context<'_>) -> String {
    let mut out = Source::default();
    let root = cx.schema.sources().files().next().map_or("", |(_, file)| file.module());
    line!(
        out,
        "// Generated from `{}` by qapi-codegen. Changes made here are lost.",
        root.escape_default()
    );
    out.blank();
    emit_types(cx, &mut out);
    command::emit_commands(cx, &mut out);
    event::emit_events(cx, &mut out);
    if cx.options.role.is_server() {
        server::emit_server(cx, &mut out);
        introspect::emit_introspection(cx, &mut out);
    }
    out.into_text()
}

/// What is selected, without what speaks of a schema as a whole.
pub(crate) fn emit_definitions(cx: &Context<'_>) -> String {
    let mut out = Source::default();
    emit_types(cx, &mut out);
    if cx.selection.commands(cx.schema).next().is_some() {
        command::emit_commands(cx, &mut out);
        if cx.options.role.is_server() {
            server::emit_server(cx, &mut out);
        }
    }
    if cx.selection.events(cx.schema).next().is_some() {
        event::emit_events(cx, &mut out);
    }
    out.into_text()
}

fn emit_types(cx: &Context<'_>, out: &mut Source) {
    for id in cx.selection.types(cx.schema) {
        match cx.schema.ty(id) {
            Type::Builtin(_) | Type::Array(_) => {}
            Type::Enum(ty) => enum_::emit_enum(cx, out, id, ty),
            Type::Alternate(ty) => alternate::emit_alternate(cx, out, id, ty),
            Type::Object(ty) if ty.branches.is_some() => union_::emit_union(cx, out, id, ty),
            Type::Object(ty) => struct_::emit_struct(cx, out, id, ty),
        }
    }
}
