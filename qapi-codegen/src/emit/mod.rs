//! Emitters: one file for each shape of the schema. Each returns the tokens of its items.

mod alternate;
mod command;
mod enum_;
mod event;
mod fields;
mod introspect;
mod prelude;
mod server;
mod struct_;
mod union_;

pub(crate) use command::arguments;
use proc_macro2::TokenStream;
use qapi_parser::schema::Type;
use quote::quote;

use crate::context::Context;

/// Emits everything that the options ask for.
pub(crate) fn emit_all(cx: &Context<'_>) -> TokenStream {
    let types = emit_types(cx);
    let commands = command::emit_commands(cx);
    let events = event::emit_events(cx);
    let server = cx.options.role.is_server().then(|| server::emit_server(cx));
    let schema = cx.options.role.is_server().then(|| introspect::emit_introspection(cx));
    let prelude = prelude::emit_prelude(cx);
    quote!(#types #commands #events #server #schema #prelude)
}

/// Emits the selected definitions without the items that describe a schema as a whole.
pub(crate) fn emit_definitions(cx: &Context<'_>) -> TokenStream {
    let has_commands = cx.selection.commands(cx.schema).next().is_some();
    let has_events = cx.selection.events(cx.schema).next().is_some();
    let types = emit_types(cx);
    let commands = has_commands.then(|| command::emit_commands(cx));
    let server = (has_commands && cx.options.role.is_server()).then(|| server::emit_server(cx));
    let events = has_events.then(|| event::emit_events(cx));
    quote!(#types #commands #server #events)
}

fn emit_types(cx: &Context<'_>) -> TokenStream {
    let emit = |id| match cx.schema.ty(id) {
        Type::Builtin(_) | Type::Array(_) => TokenStream::new(),
        Type::Enum(ty) => enum_::emit_enum(cx, id, ty),
        Type::Alternate(ty) => alternate::emit_alternate(cx, id, ty),
        Type::Object(ty) if ty.branches.is_some() => union_::emit_union(cx, id, ty),
        Type::Object(ty) => struct_::emit_struct(cx, id, ty),
    };
    cx.selection.types(cx.schema).map(emit).collect()
}
