#![doc = include_str!("../README.md")]
//!
//! ## Entry points
//!
//! [`Builder`] is for build scripts, [`generate`] and [`generate_text`] for programs; all take the
//! same [`Options`].
//!
//! ## Related crates
//!
//! [`qapi_parser`] checks schemas and is re-exported, [`qapi`](../qapi/index.html) is the runtime
//! of the generated Rust and speaks QMP, [`qapi_macros`](../qapi_macros/index.html) has
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
mod generate;
mod introspect;
mod limits;
mod manifest;
mod matches;
mod names;
mod options;
mod pattern;
mod received;
mod select;
mod targets;
mod text;
mod ty;
mod write;

pub use qapi_parser;

pub use builder::Builder;
pub use cond::check_cfg;
pub use error::Error;
pub use generate::{expand, generate, generate_text};
pub use introspect::{IntrospectConditions, IntrospectOptions, introspect};
pub use manifest::{CommandItem, Item, Manifest, manifest};
pub use options::{Conditions, OptionError, OptionInfo, OptionKind, Options, Role};
pub use text::to_text;
pub use write::{write_code, write_whole};
