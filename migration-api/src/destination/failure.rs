//! Why an incoming migration fails, or a postcopy pauses.

use crate::guest::GuestError;
use crate::stream::multifd::MultifdError;
use crate::stream::{Errno, Error, Name};
use crate::transport::{TransportError, reason};

/// What the line begins with that sums up a failure.
const FAILED: &str = "load of migration failed: ";

/// Why an incoming migration fails.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was read is not a stream for this guest.
    Stream(Error),
    /// The guest cannot load it.
    Guest(GuestError),
    /// The connection, or TLS on it.
    Transport(TransportError),
    /// A multifd channel.
    Multifd(MultifdError),
    /// A connection ended before the others were there.
    Early {
        /// Which one, if not the main channel.
        multifd: Option<usize>,
        /// How many had not come.
        missing: usize,
        /// How many there were to be.
        of: usize,
    },
    /// This host, or the guest's memory, is not fit for postcopy.
    Unfit(String),
    /// Memory could not be emptied or filled.
    Page {
        /// The RAM block.
        block: Name,
        /// The offset in it.
        offset: u64,
        /// What the host said.
        error: std::io::Error,
    },
    /// A page of the target comes between the parts of a larger page of the host.
    TornPage {
        /// The RAM block.
        block: Name,
        /// The offset in it.
        offset: u64,
    },
    /// Something that belongs into every stream never came.
    Incomplete(&'static str),
    /// The thread that loads it panicked.
    Panicked,
}

impl Failure {
    /// The lines for the log; the last sums them up.
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
                    "{which} ended while {missing} of {of} connections had not come; multifd-channels has to be the same on both sides"
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

    /// The error number that sums it up.
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

    /// The lines for the log of a migration that goes on.
    pub(super) fn reasons(&self) -> Vec<String> {
        match self {
            Self::Stream(error) => vec![error.to_string()],
            other => {
                other.messages().into_iter().filter(|line| !line.starts_with(FAILED)).collect()
            }
        }
    }
}

crate::from::from!(Failure: Error => Stream, GuestError => Guest, TransportError => Transport, MultifdError => Multifd);
