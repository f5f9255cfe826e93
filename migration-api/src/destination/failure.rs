//! Errors that end an incoming migration, or pause a postcopy.

use crate::guest::GuestError;
use crate::stream::multifd::MultifdError;
use crate::stream::{Errno, Error, Name};
use crate::transport::{TransportError, reason};

/// Prefix of the line that summarises a failure.
const FAILED: &str = "load of migration failed: ";

/// Error of an incoming migration.
#[derive(Debug)]
pub(crate) enum LoadFailure {
    /// The data is not a stream for this guest.
    Stream(Error),
    /// The guest cannot load it.
    Guest(GuestError),
    /// An error of the connection, or of TLS on it.
    Transport(TransportError),
    /// A multifd channel.
    Multifd(MultifdError),
    /// A connection ended before the others were there.
    Early {
        /// Index of the multifd channel; `None` for the main channel.
        multifd: Option<usize>,
        /// Number of missing channels.
        missing: usize,
        /// Number of expected channels.
        of: usize,
    },
    /// This host, or the guest's memory, does not support postcopy.
    Unfit(String),
    /// Memory cannot be discarded or filled.
    Page {
        /// The RAM block.
        block: Name,
        /// The offset in it.
        offset: u64,
        /// Cause given by the host.
        error: std::io::Error,
    },
    /// A target page arrived between the parts of a larger host page.
    TornPage {
        /// The RAM block.
        block: Name,
        /// The offset in it.
        offset: u64,
    },
    /// A required part of the stream is missing.
    Incomplete(&'static str),
    /// The loading thread panicked.
    Panicked,
}

impl LoadFailure {
    /// Returns the lines for the log. The last one summarises the others.
    pub(crate) fn messages(&self) -> Vec<String> {
        let failed = |errno: Errno| format!("{FAILED}{errno}");
        match self {
            Self::Stream(error) => error.messages(),
            Self::Guest(error) => vec![error.to_string(), failed(Errno::InvalidArgument)],
            Self::Transport(error @ TransportError::Tls(_)) => vec![error.to_string()],
            Self::Transport(error) => vec![error.to_string(), failed(Errno::InputOutput)],
            Self::Multifd(error @ MultifdError::Closed) => {
                vec![error.to_string(), failed(Errno::InputOutput)]
            }
            Self::Multifd(error) => vec![error.to_string(), failed(Errno::InvalidArgument)],
            Self::Early { multifd, missing, of } => {
                let which =
                    multifd.map_or("the main channel".into(), |id| format!("multifd channel {id}"));
                let line = format!(
                    "{which} ended while {missing} of {of} connections were missing; multifd-channels must be the same on both sides"
                );
                vec![line, failed(Errno::InputOutput)]
            }
            Self::Unfit(reason) => {
                vec![format!("Postcopy is not supported: {reason}"), failed(Errno::NotPermitted)]
            }
            Self::Page { block, offset, error } => vec![
                format!("page 0x{offset:x} of RAM block '{block}': {}", reason(error)),
                failed(Errno::InvalidArgument),
            ],
            Self::TornPage { block, offset } => vec![
                format!(
                    "page 0x{offset:x} of RAM block '{block}' does not continue the host page before it"
                ),
                failed(Errno::InvalidArgument),
            ],
            Self::Incomplete(what) => {
                vec![format!("the stream ended without {what}"), failed(Errno::InvalidArgument)]
            }
            Self::Panicked => {
                vec!["the loading thread panicked".into(), failed(Errno::InputOutput)]
            }
        }
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

    /// Returns the lines for the log of a migration that continues.
    pub(super) fn reasons(&self) -> Vec<String> {
        match self {
            Self::Stream(error) => vec![error.to_string()],
            other => {
                other.messages().into_iter().filter(|line| !line.starts_with(FAILED)).collect()
            }
        }
    }
}

crate::from::from!(LoadFailure: Error => Stream, GuestError => Guest, TransportError => Transport, MultifdError => Multifd);
