#![doc = include_str!("../README.md")]
//!
//! ## Entry points
//!
//! [`Builder`] is for build scripts, [`generate`] and [`generate_text`] for programs; all take the
//! same [`Options`].
//!
//! ## Related crates
//!
//! [`qapi_parser`](../qapi_parser/index.html) checks schemas, [`qapi`](../qapi/index.html) is the
//! runtime of the generated Rust and speaks QMP, [`qapi_macros`](../qapi_macros/index.html) has
//! `include_qapi!`.

mod attrs;
mod builder;
mod collisions;
mod cond;
mod context;
mod cycles;
#[cfg(feature = "diff")]
pub mod diff;
mod docs;
mod emit;
mod error;
mod introspect;
mod manifest;
mod names;
mod options;
mod received;
mod select;
mod targets;
mod text;
mod ty;
mod write;

use proc_macro2::TokenStream;
use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::schema::Schema;

pub use builder::Builder;
pub use error::Error;
pub use introspect::{IntrospectConditions, IntrospectOptions, introspect};
pub use manifest::{CommandItem, Item, Manifest, manifest};
pub use options::{Conditions, OptionError, OptionInfo, OptionKind, Options, Role};
pub use text::to_text;
pub use write::write_whole;

use context::Context;
use options::Parsed;

/// Generates the Rust of `schema` as tokens.
///
/// # Errors
/// If two names of the schema would be one in Rust, if a pattern among the options matches nothing, or
/// if a type is used that its condition removes.
pub fn generate(schema: &Schema, options: &Options) -> Result<TokenStream, Error> {
    let parsed = parse_options(schema, options)?;
    let cx = context(schema, options, &parsed)?;
    let tokens = emit::emit_all(&cx);
    let mut diagnostics = Diagnostics::default();
    parsed.check_matches(schema, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    Ok(tokens)
}

/// Generates the Rust of `schema` as the text of a file, formatted unless the option `format` is off.
///
/// # Errors
/// As [`generate`].
pub fn generate_text(schema: &Schema, options: &Options) -> Result<String, Error> {
    Ok(text::header(schema) + &to_text(generate(schema, options)?, options)?)
}

/// Generates the type, command or event called `name`, as it is in [`generate`]'s output, without the
/// definitions that it uses.
///
/// # Errors
/// As [`generate`], and if the options leave nothing of that name.
pub fn expand(schema: &Schema, name: &str, options: &Options) -> Result<TokenStream, Error> {
    let parsed = parse_options(schema, options)?;
    let mut cx = context(schema, options, &parsed)?;
    let mut diagnostics = Diagnostics::default();
    cx.selection.keep(schema, name, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    Ok(emit::emit_definitions(&cx))
}

fn parse_options(schema: &Schema, options: &Options) -> Result<Parsed, Error> {
    let mut diagnostics = Diagnostics::default();
    let parsed = Parsed::new(options, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    Ok(parsed)
}

fn context<'a>(
    schema: &'a Schema,
    options: &'a Options,
    parsed: &'a Parsed,
) -> Result<Context<'a>, Error> {
    let mut diagnostics = Diagnostics::default();
    let cx = Context::new(schema, options, parsed, &mut diagnostics);
    collisions::check_collisions(&cx, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    Ok(cx)
}

fn stop_on(diagnostics: Diagnostics, schema: &Schema) -> Result<(), Error> {
    if diagnostics.is_empty() { Ok(()) } else { Err(Error::schema(diagnostics, schema.sources())) }
}

/// What `--check-cfg` has to say so that rustc expects the `cfg`s in the generated code; [`Builder`]
/// tells cargo.
pub fn check_cfg(schema: &Schema, options: &Options) -> Vec<String> {
    options.check_cfg(&cond::symbols(schema))
}
