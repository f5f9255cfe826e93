//! The error of commands for COLO.

use crate::settings::NotBuilt;

/// Error that refuses `x-colo-lost-heartbeat` or `query-colo-status`. `Display` is the text for the
/// client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColoError {
    /// This engine was built without COLO.
    #[error(transparent)]
    NotBuilt(NotBuilt),
    /// The process is not in COLO.
    #[error("VM is not in COLO mode")]
    NotInColo,
    /// A failover is in progress already.
    #[error("COLO failover is already activated")]
    FailingOver,
}
