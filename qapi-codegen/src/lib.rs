//! Typed Rust from QEMU's QAPI schemas.
//!
//! In a build script, with [`Builder`]:
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), qapi_codegen::Error> {
//!     qapi_codegen::Builder::new("schema/qapi-schema.json").compile("api.rs")?;
//!     Ok(())
//! }
//! ```
//!
//! Elsewhere, from a schema that `qapi-parser` has checked, with [`generate`]:
//!
//! ```
//! use qapi_codegen::{Options, generate};
//!
//! let schema = "{ 'command': 'greet', 'data': { 'whom': 'str' } }";
//! let checked = qapi_parser::parse_text("greet.json", schema, qapi_parser::Options::default())?;
//! let rust = generate(&checked.schema, &Options::new())?;
//! assert!(rust.contains("pub struct Greet"));
//! # Ok::<(), qapi_codegen::Error>(())
//! ```
//!
//! The generated file has the schema's types, modules `commands` and `events`, and for servers `server`
//! (traits and dispatch tables) and `schema` (introspection data). It needs crate `qapi` and nothing
//! else, and can be a module or be taken in by `include!`.

mod attrs;
mod builder;
mod cond;
mod context;
mod cycles;
#[cfg(feature = "diff")]
pub mod diff;
mod docs;
mod emit;
mod error;
mod format;
mod introspect;
mod names;
mod options;
mod outline;
mod select;
mod source;
mod ty;
mod write;

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::schema::Schema;

pub use builder::Builder;
pub use error::Error;
pub use introspect::{IntrospectConditions, IntrospectOptions, introspect};
pub use options::{Conditions, OptionError, Options, Role};
pub use outline::{CommandItem, Item, Outline, outline};
pub use write::write_whole;

use context::{Context, PatternOptions};

/// The text of a Rust file for `schema`.
///
/// # Errors
/// If two names of the schema would be one in Rust, if a pattern among the options matches nothing, or
/// if a type is used that its condition takes away.
pub fn generate(schema: &Schema, options: &Options) -> Result<String, Error> {
    let patterns = PatternOptions::new(options);
    let cx = context(schema, options, &patterns)?;
    let text = emit::emit_all(&cx);
    let mut diagnostics = Diagnostics::default();
    patterns.check(schema, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    if options.format { format::format(&text) } else { Ok(text) }
}

/// The Rust of the type, command or event called `name`, as it is in [`generate`]'s file, without what
/// it reaches.
///
/// # Errors
/// As [`generate`], and if the options leave nothing of that name.
pub fn expand(schema: &Schema, name: &str, options: &Options) -> Result<String, Error> {
    let patterns = PatternOptions::new(options);
    let mut cx = context(schema, options, &patterns)?;
    let mut diagnostics = Diagnostics::default();
    cx.selection.keep(schema, name, &mut diagnostics);
    stop_on(diagnostics, schema)?;
    let text = emit::emit_definitions(&cx);
    if options.format { format::format(&text) } else { Ok(text) }
}

fn context<'a>(
    schema: &'a Schema,
    options: &'a Options,
    patterns: &'a PatternOptions,
) -> Result<Context<'a>, Error> {
    let mut diagnostics = Diagnostics::default();
    let cx = Context::new(schema, options, patterns, &mut diagnostics);
    options::check_values(options, &mut diagnostics);
    names::check_collisions(&cx, &mut diagnostics);
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
