//! Errors that end a migration before the guest has been handed over.

use std::fmt;

use super::lifecycle::StageError;
use crate::core::colo::ColoChannelError;
use crate::guest::GuestError;
use crate::stream::NameTooLong;
use crate::stream::multifd::MultifdError;
use crate::transport::{self, TransportError};

/// Error that ends an attempt. `Display` is its `error-desc`.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// An error of the transport, or of TLS on it.
    Transport(TransportError),
    /// The guest cannot save itself.
    Guest(GuestError),
    /// A name does not fit into the stream.
    Name(NameTooLong),
    /// The capabilities need several channels, but the transport has only one.
    SingleChannel,
    /// A multifd channel cannot be opened. The destination may expect fewer.
    Multifd {
        /// Index of the channel.
        channel: u8,
        /// Number of channels that were to be opened.
        of: u8,
        /// The cause.
        error: TransportError,
    },
    /// The devices' state, of this many bytes, is longer than a destination accepts in one package.
    Package(usize),
    /// A compressor failed.
    Compression(MultifdError),
    /// Guest memory cannot be write-protected.
    Protect(std::io::Error),
    /// A thread cannot be started.
    Thread(std::io::Error),
    /// An error reported by the destination or found on the return path.
    ReturnPath(String),
    /// The COLO channel to the secondary failed.
    Colo(ColoChannelError),
    /// A feature that cannot be combined with COLO.
    ColoWith(&'static str),
    /// The destination does not acknowledge the switchover, after this time.
    NotAcknowledged(std::time::Duration),
    /// The run is in a stage that it cannot be in.
    Stage(StageError),
    /// A thread of the migration panicked.
    Panicked,
    /// The migration was cancelled.
    Cancelled,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::Guest(error) => error.fmt(f),
            Self::Name(error) => error.fmt(f),
            Self::Protect(error) => {
                write!(f, "Write protection of guest memory failed: {}", transport::reason(error))
            }
            Self::SingleChannel => f.write_str("Migration requires multi-channel URIs (e.g. tcp)"),
            Self::Multifd { channel, of, error } => {
                write!(f, "multifd channel {channel} of {of}: {error}")
            }
            Self::Package(size) => {
                write!(
                    f,
                    "the state of the devices has {size} bytes, which is too much for postcopy"
                )
            }
            Self::Compression(error) => error.fmt(f),
            Self::Thread(error) => f.write_str(&transport::reason(error)),
            Self::ReturnPath(error) => f.write_str(error),
            Self::Colo(error) => error.fmt(f),
            Self::ColoWith(what) => write!(f, "COLO is not compatible with {what}"),
            Self::NotAcknowledged(patience) => write!(
                f,
                "the destination has not acknowledged the switchover within {} s; 'switchover-ack' \
                 and, with QEMU 11.1 and later, migration.switchover-ack-legacy have to be the \
                 same on both sides",
                patience.as_secs()
            ),
            Self::Stage(error) => error.fmt(f),
            Self::Panicked => f.write_str("The migration thread panicked"),
            Self::Cancelled => f.write_str("Migration was cancelled"),
        }
    }
}

crate::from::from!(SourceError: TransportError => Transport, GuestError => Guest, NameTooLong => Name, ColoChannelError => Colo);

impl From<StageError> for SourceError {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Over => Self::Cancelled,
            misplaced @ StageError::Misplaced { .. } => Self::Stage(misplaced),
        }
    }
}
