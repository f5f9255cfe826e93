//! The procedural macro behind `qapi::include_qapi!`, which users reach through
//! [`qapi`](../qapi/index.html).
//!
//! ```
//! mod api {
//!     qapi::include_qapi!("../qapi/examples/schema/client.json", role = client);
//! }
//! assert_eq!(qapi::to_text(&api::commands::Cont), "{}");
//! ```
//!
//! ## Related crates
//!
//! [`qapi_codegen`](../qapi_codegen/index.html) generates what the macro expands to,
//! [`qapi_parser`](../qapi_parser/index.html) checks the schema.

mod args;
mod expand;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Puts the Rust of a QAPI schema where it stands.
///
/// ```ignore
/// qapi::include_qapi!("schema/qapi-schema.json");
/// qapi::include_qapi!("schema/qapi-schema.json", role = client, select = ["query-*", "quit"]);
/// ```
///
/// The path is relative to the folder of the crate's `Cargo.toml`. The options are those of
/// `qapi_codegen::Options`, under the names of its methods: text and words as they are, several
/// values of one option as a list, what a method takes as two arguments as `"name=value"`.
///
/// An edit to any file of the schema rebuilds the crate. A schema with errors becomes a compile error
/// with file, line, column and source line. Warnings, which are about a schema's style, are not shown:
/// `qapi check` shows them.
#[proc_macro]
pub fn include_qapi(input: TokenStream) -> TokenStream {
    expand::expand(input.into()).into()
}
