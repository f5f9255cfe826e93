#![doc = include_str!("../README.md")]
//!
//! ## Stages
//!
//! Each stage has types of its own: [`source`] and [`loader`] read files, the parser makes
//! [`Expression`](expression::Expression)s and [`DocBlock`](doc::DocBlock)s of them, [`ast`] holds
//! the definitions after the context-free checks, and [`schema`] is the finished representation
//! that generators read.
//!
//! ## Related crates
//!
//! [`qapi_codegen`](../qapi_codegen/index.html) generates Rust from a checked schema,
//! [`qapi`](../qapi/index.html) is the runtime of that Rust and speaks QMP,
//! [`qapi_macros`](../qapi_macros/index.html) has `include_qapi!`.

// The grammar's generated code names it.
extern crate alloc;

pub mod ast;
mod codes;
pub mod cond;
pub mod diagnostic;
pub mod doc;
mod dump;
pub mod error;
mod escape;
#[cfg(feature = "examples")]
pub mod examples;
mod expr;
pub mod expression;
mod legacy;
pub mod loader;
mod options;
mod parse;
mod pipeline;
mod place;
pub mod pragma;
pub mod render;
mod rules;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod visit;

pub use dump::dump;
pub use error::Error;
pub use expr::ExprError;
pub use legacy::OldForm;
pub use options::Options;
pub use parse::SyntaxErrorKind;
pub use pipeline::{Checked, parse_file, parse_sources, parse_text};
