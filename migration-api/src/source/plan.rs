//! The settings of a run and of an attempt to resume it.

use std::sync::Arc;

use crate::api::MigMode;
use crate::settings::Capabilities;
use crate::transport::{Address, Channel, Stop, TlsCredentials, TransportError};

/// The target of a migration.
pub(crate) enum Target {
    /// To be connected in the background.
    Address(Address),
    /// Open already.
    Channel(Channel),
}

/// The credentials, or the reason why there are none.
pub(crate) type Tls = Result<Option<TlsCredentials>, TransportError>;

/// Start parameters of a migration. Parameters that take effect at once are read from the state
/// instead.
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) capabilities: Capabilities,
    pub(crate) mode: MigMode,
    pub(crate) tls: Tls,
}

/// A connection to resume with.
pub(crate) struct Attempt {
    pub(crate) target: Target,
    pub(crate) tls: Tls,
    /// Ends all I/O of the connection.
    pub(crate) stop: Arc<Stop>,
}
