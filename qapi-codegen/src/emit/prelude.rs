//! Module `prelude`: all items for glob imports, and the documentation of the generated code as a
//! whole.

use proc_macro2::TokenStream;
use quote::quote;

use crate::context::Context;
use crate::docs::Doc;

/// Names that Rust has in scope everywhere, and that a glob import of types would replace.
const STD_PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
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
pub(super) fn emit_prelude(cx: &Context<'_>) -> TokenStream {
    let types = cx.selection.types(cx.schema).map(|id| cx.names.ty(id));
    let shadowed = types.filter(|ident| STD_PRELUDE.contains(&ident.to_string().as_str()));
    let doc = Doc::new(overview(cx));
    quote! {
        #doc
        #[allow(unused_imports)]
        pub mod prelude {
            pub use super::*;
            #(pub use ::std::prelude::rust_2024::#shadowed;)*
        }
    }
}

/// Explains the generated code to its users. Links start at the module that has `prelude`.
fn overview(cx: &Context<'_>) -> String {
    let (is_client, is_server) = (cx.options.role.is_client(), cx.options.role.is_server());
    let any_event = if is_client { "; [`Event`](events::Event) is any of them" } else { "" };
    let served = if is_server { SERVED } else { "" };
    format!("{START}{any_event} |\n{served}\n{VALUES}")
}

const START: &str = "\
All items, for `use prelude::*`. Names of Rust's own prelude keep their meaning.

# The generated code

| schema | Rust |
|---|---|
| struct | struct; an optional member is an `Option` |
| enum | enum with `VALUES`, `as_str`, `Display` and `FromStr` |
| alternate | enum with a variant for each alternative |
| union with no other common member than its discriminator | enum of its branches |
| any other union | struct; the field of its discriminator has the enum of branches, `NameBranch` |
| command | type of its arguments in [`commands`]; its reply is `Command::Response` |
| event | type of its data in [`events`]";

const SERVED: &str = "\
| command in a server | method of a trait in [`server`], which has a trait for each schema file |
| `query-qmp-schema` | its reply in [`schema`] |
";

const VALUES: &str = "\
# Values

`Name::new(..)` takes the mandatory members. Set optional ones by struct update:
`Name { option: Some(value), ..Name::new(required) }`. A type without mandatory members has
`default` in place of `new`.

# Unions

A branch is a variant with the type of its members, or without one if it has no members.
`discriminator()` returns the value that selects it on the wire.

# Open enums

An open enum has one more variant, `Other`, for values that the schema does not name. A union on it
keeps unknown branches in such a variant. A program can thus read, and send on, what a newer peer
sends. In code for clients, the enums in replies and events are open. The option `open` opens others.
The option `closed` closes them, so that a `match` must cover the schema's values only.";
