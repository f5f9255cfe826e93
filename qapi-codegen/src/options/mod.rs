//! The options of generated code: plain data, filled in by every entry point.

mod builder;
mod error;
mod parsed;
mod table;
mod text;
mod value;
mod words;

pub use builder::Options;
pub use error::OptionError;
pub(crate) use parsed::Parsed;
pub use table::{OptionInfo, OptionKind};
pub(crate) use value::ExternType;
pub use words::{Conditions, Role};
