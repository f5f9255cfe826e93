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

/// Expands to the Rust of a QAPI schema.
///
/// ```ignore
/// mod api {
///     qapi::include_qapi!(
///         "schema/qapi-schema.json",
///         role = client,
///         select = ["query-*", "quit"],
///         rename = "migrate.uri=url",
///     );
/// }
/// ```
///
/// The path is relative to the folder of the crate's `Cargo.toml`. A list of paths, as in
/// `["a.json", "b.json"]`, makes one schema of several root files. The options are those of
/// [`qapi_codegen::Options`](../qapi_codegen/struct.Options.html), under the names of its methods:
/// words and booleans as they are, other values in quotes, several values of one option as a list,
/// the two arguments of a method as `"name=value"`.
///
/// An edit to any file of the schema rebuilds the crate. A schema with errors becomes a compile
/// error with file, line, column and source line. Style findings are not shown; `qapi check
/// --style` lists them.
///
/// # Place
///
/// The output is the content of a module: wrap each use in a `mod` of its own, also inside a
/// function. Without one, the first error of rustc names
/// `include_qapi_needs_a_module_of_its_own`; errors about the items that collide follow it.
///
/// # Errors in generated code
///
/// rustc shows the whole macro as the place of an error in generated code, such as one that an
/// attribute causes. With `debug = "target/api.rs"` the macro writes its output to that file, which
/// is relative to `Cargo.toml`, and includes it: rustc, debuggers and editors then point at its
/// lines.
///
/// # Conditions
///
/// With `conditions = cfg` or `features`, rustc warns once of each symbol that it does not know.
/// Declare them in `Cargo.toml`, as `[features]` or as
/// `[lints.rust] unexpected_cfgs = { level = "warn", check-cfg = ['cfg(CONFIG_LINUX)'] }`, or put
/// `#[allow(unexpected_cfgs)]` on the module. A build script needs neither:
/// [`Builder`](../qapi_codegen/struct.Builder.html) declares them to rustc.
#[proc_macro]
pub fn include_qapi(input: TokenStream) -> TokenStream {
    expand::expand(input.into()).into()
}
