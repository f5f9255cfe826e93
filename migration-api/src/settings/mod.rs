//! Settings of migrations: capabilities and parameters.

mod caps;
mod check;
mod features;
mod mapping;
mod params;

pub use caps::{Capabilities, CapabilityError, Environment};
pub use check::ParameterError;
pub use features::{Feature, NotBuilt};
pub use mapping::{MappingError, is_id};
pub use params::Parameters;

pub(crate) use caps::check as check_capabilities;
