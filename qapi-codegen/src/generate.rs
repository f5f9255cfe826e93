//! Generation: options and a checked schema to tokens or text.

use proc_macro2::TokenStream;
use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::schema::Schema;

use crate::collisions::check_collisions;
use crate::context::Context;
use crate::emit::{emit_all, emit_definitions};
use crate::error::Error;
use crate::limits::check_limits;
use crate::matches::{Coverage, check_matches};
use crate::options::{Options, Parsed};
use crate::text::{header, to_text};

/// Generates the Rust of `schema` as tokens.
///
/// ```
/// use qapi_codegen::{Options, generate};
///
/// let schema = qapi_parser::parse_text("x.json", "{ 'command': 'stop' }", Default::default())?;
/// let tokens = generate(&schema.schema, &Options::new())?;
/// let file: syn::File = syn::parse2(tokens).expect("items of Rust");
/// let is_commands = |item: &syn::Item| matches!(item, syn::Item::Mod(m) if m.ident == "commands");
/// assert!(file.items.iter().any(is_commands));
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// # Errors
/// If two names of the schema would become the same identifier, if a pattern in the options matches
/// nothing, or if a type is used that its condition removes.
pub fn generate(schema: &Schema, options: &Options) -> Result<TokenStream, Error> {
    let parsed = Parsed::new(options)?;
    let tokens = emit_all(&prepare(schema, options, &parsed)?);
    check_matches(&parsed, schema, Coverage::Selection)?;
    Ok(tokens)
}

/// Generates the Rust of `schema` as the text of a file, formatted unless the option `format` is
/// off.
///
/// ```
/// use qapi_codegen::{Options, generate_text};
///
/// let schema = qapi_parser::parse_text("x.json", "{ 'command': 'stop' }", Default::default())?;
/// let text = generate_text(&schema.schema, &Options::new())?;
/// assert!(text.starts_with("// Generated from `x.json`") && text.contains("pub struct Stop;"));
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// # Errors
/// As [`generate`].
pub fn generate_text(schema: &Schema, options: &Options) -> Result<String, Error> {
    Ok(header(schema) + &to_text(generate(schema, options)?, options)?)
}

/// Generates the type, command or event called `name`, as in [`generate`]'s output, without the
/// definitions that it uses.
///
/// ```
/// use qapi_codegen::{Options, expand};
///
/// let schema = "{ 'struct': 'Name', 'data': {} } { 'command': 'get', 'returns': 'Name' }";
/// let schema = qapi_parser::parse_text("x.json", schema, Default::default())?.schema;
/// assert!(!expand(&schema, "Name", &Options::new())?.to_string().contains("Get"));
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// # Errors
/// As [`generate`], and if nothing that is generated has the name.
pub fn expand(schema: &Schema, name: &str, options: &Options) -> Result<TokenStream, Error> {
    let parsed = Parsed::new(options)?;
    let mut cx = prepare(schema, options, &parsed)?;
    let mut diagnostics = Diagnostics::default();
    cx.selection.keep(schema, name, &mut diagnostics);
    check_matches(&parsed, schema, Coverage::Part)?;
    stop_on(diagnostics, schema)?;
    Ok(emit_definitions(&cx))
}

/// Returns the context of generation, or the errors in the definitions.
pub(crate) fn prepare<'a>(
    schema: &'a Schema,
    options: &'a Options,
    parsed: &'a Parsed,
) -> Result<Context<'a>, Error> {
    let mut diagnostics = Diagnostics::default();
    let cx = Context::new(schema, options, parsed, &mut diagnostics);
    check_limits(&cx, &mut diagnostics);
    check_collisions(&cx, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    Ok(cx)
}

fn stop_on(diagnostics: Diagnostics, schema: &Schema) -> Result<(), Error> {
    if diagnostics.is_empty() { Ok(()) } else { Err(Error::schema(diagnostics, schema.sources())) }
}
