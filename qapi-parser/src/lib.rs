#![doc = include_str!("../README.md")]
//!
//! ## Stages
//!
//! Each stage has types of its own and passes them to the next:
//!
//! 1. The loader reads files, follows `include` and splits their text into objects and
//!    documentation.
//! 2. The checks of single definitions spell out shorthand and produce a syntax tree.
//! 3. The checks between definitions resolve names and produce the [`Schema`](schema::Schema).
//!
//! ## Related crates
//!
//! [`qapi_codegen`](../qapi_codegen/index.html) generates Rust from a checked schema,
//! [`qapi`](../qapi/index.html) is the runtime of that Rust and speaks QMP,
//! [`qapi_macros`](../qapi_macros/index.html) has `include_qapi!`.

#![warn(missing_debug_implementations)]

// The grammar's generated code names it.
extern crate alloc;

mod ast;
mod codes;
pub mod cond;
pub mod diagnostic;
pub mod doc;
mod dump;
mod error;
mod escape;
#[cfg(feature = "examples")]
pub mod examples;
mod expr;
mod expression;
mod legacy;
pub mod loader;
mod options;
mod parse;
mod pipeline;
mod place;
mod pragma;
pub mod render;
mod rules;
pub mod schema;
pub mod source;
mod suggest;
mod unknown_name;
mod words;

pub use dump::dump;
pub use error::Error;
pub use options::Options;
pub use pipeline::{Checked, parse_file, parse_sources, parse_text};
pub use suggest::nearest;
pub use unknown_name::UnknownName;
