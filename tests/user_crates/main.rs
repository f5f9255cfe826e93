//! Crates of users: build scripts, the macro, and rustc's messages about them.

mod macros;
mod manifest;
mod project;
mod rebuild;
mod warnings;
