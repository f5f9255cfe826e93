//! Why a migration ends before the guest has gone.

use std::fmt;

use crate::colo::LineError;
use crate::guest::GuestError;
use crate::stream::NameTooLong;
use crate::stream::multifd::MultifdError;
use crate::transport::{self, TransportError};

/// Why an attempt ends early. `Display` is its `error-desc`.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The transport, or TLS on it.
    Transport(TransportError),
    /// The guest could not save itself.
    Guest(GuestError),
    /// A name that the stream cannot hold.
    Name(NameTooLong),
    /// Several channels are needed where there is one.
    SingleChannel,
    /// A multifd channel that cannot be opened: the destination may expect fewer.
    Multifd {
        /// Which one.
        channel: u8,
        /// How many there were to be.
        of: u8,
        /// Why it cannot.
        error: TransportError,
    },
    /// The devices' state, in bytes, is more than a destination takes in one piece.
    Package(usize),
    /// A compressor that fails.
    Compression(MultifdError),
    /// Memory could not be protected from being written.
    Protect(std::io::Error),
    /// No thread to be had.
    Thread(std::io::Error),
    /// What the destination or the return path says.
    ReturnPath(String),
    /// COLO has no line to its secondary.
    Colo(LineError),
    /// What COLO does not go with.
    ColoWith(&'static str),
    /// A thread that has to do with it panicked.
    Panicked,
    /// It was cancelled.
    Cancelled,
}

impl fmt::Display for Failure {
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
            Self::ColoWith(what) => write!(f, "COLO does not go with {what}"),
            Self::Panicked => f.write_str("The migration thread panicked"),
            Self::Cancelled => f.write_str("Migration was cancelled"),
        }
    }
}

crate::from::from!(Failure: TransportError => Transport, GuestError => Guest, NameTooLong => Name, LineError => Colo);
