//! Errors that end a migration before the guest has been handed over.

use super::lifecycle::StageError;
use crate::core::colo::ColoChannelError;
use crate::guest::GuestError;
use crate::stream::NameTooLong;
use crate::stream::multifd::MultifdError;
use crate::transport::{self, TransportError};

/// Error that ends an attempt. `Display` is its `error-desc`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// An error of the transport, or of TLS on it.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The guest cannot save itself.
    #[error("{0}")]
    Guest(GuestError),
    /// A name does not fit into the stream.
    #[error(transparent)]
    Name(#[from] NameTooLong),
    /// The capabilities need several channels, but the transport has only one.
    #[error("Migration requires multi-channel URIs (e.g. tcp)")]
    SingleChannel,
    /// A multifd channel cannot be opened. The destination may expect fewer.
    #[error("multifd channel {channel} of {of}: {error}")]
    Multifd {
        /// Index of the channel.
        channel: u8,
        /// Number of channels that were to be opened.
        of: u8,
        /// The cause.
        error: TransportError,
    },
    /// The devices' state, of this many bytes, is longer than a destination accepts in one package.
    #[error("the state of the devices has {0} bytes, which is too much for postcopy")]
    Package(usize),
    /// A compressor failed.
    #[error(transparent)]
    Compression(MultifdError),
    /// Guest memory cannot be write-protected.
    #[error("Write protection of guest memory failed: {}", transport::reason(.0))]
    Protect(std::io::Error),
    /// A thread cannot be started.
    #[error("{}", transport::reason(.0))]
    Thread(std::io::Error),
    /// An error reported by the destination or found on the return path.
    #[error("{0}")]
    ReturnPath(String),
    /// The COLO channel to the secondary failed.
    #[error(transparent)]
    Colo(#[from] ColoChannelError),
    /// A feature that cannot be combined with COLO.
    #[error("COLO is not compatible with {0}")]
    ColoWith(&'static str),
    /// The destination does not acknowledge the switchover, after this time.
    #[error(
        "the destination has not acknowledged the switchover within {} s; 'switchover-ack' and, with \
         QEMU 11.1 and later, migration.switchover-ack-legacy have to be the same on both sides",
        .0.as_secs()
    )]
    NotAcknowledged(std::time::Duration),
    /// The run is in a stage that it cannot be in.
    #[error(transparent)]
    Stage(StageError),
    /// A thread of the migration panicked.
    #[error("The migration thread panicked")]
    Panicked,
    /// The migration was cancelled.
    #[error("Migration was cancelled")]
    Cancelled,
}

impl From<GuestError> for SourceError {
    fn from(error: GuestError) -> Self {
        Self::Guest(error)
    }
}

impl From<StageError> for SourceError {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Over => Self::Cancelled,
            misplaced @ StageError::Misplaced { .. } => Self::Stage(misplaced),
        }
    }
}
