//! Text of a QAPI schema in, checked intermediate representation out.
//!
//! The stages, each with types of its own: [`source`] and [`loader`] read files, the parser
//! makes [`Expression`](expression::Expression)s and [`DocBlock`](doc::DocBlock)s of them,
//! [`ast`] holds the definitions after the context-free checks, and [`schema`] is the finished
//! representation that generators read.
//!
//! ```
//! use qapi_parser::schema::Type;
//! use qapi_parser::{Options, parse_text};
//!
//! let text = "
//! { 'struct': 'Page', 'data': { 'rows': [ 'str' ], '*next': 'Page' } }
//! { 'command': 'fetch', 'data': { 'key': 'str' }, 'returns': 'Page' }
//! ";
//! let schema = parse_text("book.json", text, Options::default())?.schema;
//! let fetch = &schema.commands()[0];
//! assert_eq!(fetch.definition.name, "fetch");
//! let returned = fetch.returns.map(|ty| schema.ty(ty));
//! assert!(matches!(returned, Some(Type::Object(page)) if page.members[1].optional));
//!
//! let error = parse_text("book.json", "{ 'comand': 'fetch' }", Options::default()).unwrap_err();
//! assert!(error.to_string().contains("did you mean 'command' instead of 'comand'?"));
//! # Ok::<(), qapi_parser::Error>(())
//! ```

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
