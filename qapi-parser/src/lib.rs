//! Text of a QAPI schema in, checked intermediate representation out.
//!
//! The stages, each with types of its own: [`source`] and the loader read files, the parser
//! makes [`Expression`](expression::Expression)s and [`DocBlock`](doc::DocBlock)s of them,
//! [`ast`] holds the definitions after the context-free checks, and [`schema`] is the finished
//! representation that generators read.

pub mod ast;
pub mod cond;
pub mod diagnostic;
pub mod doc;
pub mod expression;
pub mod schema;
pub mod source;
