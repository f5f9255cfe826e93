//! Emitters: one file for each shape of the schema. Each returns the tokens of its items.

mod alternate;
mod command;
mod enum_;
mod event;
mod fields;
mod introspect;
mod server;
mod struct_;
mod union_;

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
    let prelude = emit_prelude(cx);
    quote!(#types #commands #events #server #schema #prelude)
}

/// Names that Rust has in scope everywhere, and that a glob import of types would replace.
const STD_PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// Emits module `prelude`, by which `use api::prelude::*` leaves the names of Rust's own prelude.
fn emit_prelude(cx: &Context<'_>) -> TokenStream {
    let types = cx.selection.types(cx.schema).map(|id| cx.names.ty(id));
    let shadowed = types.filter(|ident| STD_PRELUDE.contains(&ident.to_string().as_str()));
    quote! {
        /// All items, for `use prelude::*`. Names of Rust's own prelude keep their meaning.
        #[allow(unused_imports)]
        pub mod prelude {
            pub use super::*;
            #(pub use ::std::prelude::rust_2024::#shadowed;)*
        }
    }
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
