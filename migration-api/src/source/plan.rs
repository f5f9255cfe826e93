//! The settings of a run.

use crate::api::MigMode;
use crate::core::runs::{Target, Tls};
use crate::settings::Capabilities;

/// Start parameters of a migration. Parameters that take effect at once are read from the state
/// instead.
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) capabilities: Capabilities,
    pub(crate) mode: MigMode,
    pub(crate) tls: Tls,
}
