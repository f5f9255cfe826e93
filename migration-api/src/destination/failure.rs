//! Errors that end an incoming migration, or pause a postcopy.

use crate::guest::GuestError;
use crate::stream::multifd::MultifdError;
use crate::stream::{Errno, Error, Name};
use crate::transport::{TransportError, reason};

/// Prefix of the line that summarises a failure.
const FAILED: &str = "load of migration failed: ";

/// Error of an incoming migration. `Display` is the line for the log of a migration that continues.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadFailure {
    /// The data is not a stream for this guest.
    #[error(transparent)]
    Stream(#[from] Error),
    /// The guest cannot load it.
    #[error("{0}")]
    Guest(GuestError),
    /// An error of the connection, or of TLS on it.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A multifd channel.
    #[error(transparent)]
    Multifd(#[from] MultifdError),
    /// A connection ended before the others were there.
    #[error(
        "{} ended while {missing} of {of} connections were missing; multifd-channels must be the \
         same on both sides",
        channel_name(*multifd)
    )]
    Early {
        /// Index of the multifd channel; `None` for the main channel.
        multifd: Option<usize>,
        /// Number of missing channels.
        missing: usize,
        /// Number of expected channels.
        of: usize,
    },
    /// This host, or the guest's memory, does not support postcopy.
    #[error("Postcopy is not supported: {0}")]
    Unfit(String),
    /// Memory cannot be discarded or filled.
    #[error("page 0x{offset:x} of RAM block '{block}': {}", reason(error))]
    Page {
        /// The RAM block.
        block: Name,
        /// The offset in it.
        offset: u64,
        /// Cause given by the host.
        error: std::io::Error,
    },
    /// A target page arrived between the parts of a larger host page.
    #[error("page 0x{offset:x} of RAM block '{block}' does not continue the host page before it")]
    TornPage {
        /// The RAM block.
        block: Name,
        /// The offset in it.
        offset: u64,
    },
    /// A required part of the stream is missing.
    #[error("the stream ended without {0}")]
    Incomplete(&'static str),
    /// The loading thread panicked.
    #[error("the loading thread panicked")]
    Panicked,
}

impl From<GuestError> for LoadFailure {
    fn from(error: GuestError) -> Self {
        Self::Guest(error)
    }
}

impl LoadFailure {
    /// Returns the lines for the log. The last one summarises the others.
    pub(crate) fn messages(&self) -> Vec<String> {
        let summary = match self {
            Self::Stream(error) => return error.messages(),
            Self::Transport(TransportError::Tls(_)) => return vec![self.to_string()],
            Self::Transport(_)
            | Self::Multifd(MultifdError::Closed)
            | Self::Early { .. }
            | Self::Panicked => Errno::InputOutput,
            Self::Unfit(_) => Errno::NotPermitted,
            Self::Guest(_)
            | Self::Multifd(_)
            | Self::Page { .. }
            | Self::TornPage { .. }
            | Self::Incomplete(_) => Errno::InvalidArgument,
        };
        vec![self.to_string(), format!("{FAILED}{summary}")]
    }

    /// Returns the error number that summarises the failure.
    pub(crate) fn errno(&self) -> i32 {
        match self {
            Self::Stream(error) => error.errno().code(),
            Self::Transport(_) | Self::Early { .. } | Self::Panicked => libc::EIO,
            Self::Unfit(_) => libc::EPERM,
            Self::Guest(_)
            | Self::Multifd(_)
            | Self::Page { .. }
            | Self::TornPage { .. }
            | Self::Incomplete(_) => libc::EINVAL,
        }
    }
}

/// Returns the name of a channel: a multifd channel by its index, or the main channel.
fn channel_name(multifd: Option<usize>) -> String {
    multifd.map_or("the main channel".into(), |id| format!("multifd channel {id}"))
}
