//! Why the guest has not moved, and the exit status that says so.

use std::fmt;
use std::io;
use std::process::ExitCode;

use qapi::client::ClientError;

/// Why the guest has not moved. `Display` is for the operator.
#[derive(Debug)]
pub enum Failure {
    /// A server cannot be reached, or refuses a command.
    Side {
        /// Which of the two.
        side: &'static str,
        /// What was asked of it.
        doing: String,
        /// What it said.
        error: Box<ClientError>,
    },
    /// The source says of itself that its guest cannot be moved, and why.
    Blocked(Vec<String>),
    /// The migration failed, for the reasons that the two sides give.
    Failed(Vec<String>),
    /// It was cancelled.
    Cancelled {
        /// By this program, rather than by somebody else.
        here: bool,
    },
    /// Postcopy is paused.
    Paused,
    /// The operator left while the guest ran on the destination already.
    Left,
    /// The operator left because the source does not come to an end of cancelling.
    Unheard,
    /// The destination listens on all addresses, and which of them the source can reach is not known.
    Wildcard(String),
    /// The host refuses something.
    Host(io::Error),
}

impl Failure {
    /// The program's exit status.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Side { .. } | Self::Failed(_) | Self::Cancelled { here: false } => {
                ExitCode::from(1)
            }
            Self::Blocked(_) | Self::Wildcard(_) | Self::Host(_) => ExitCode::from(1),
            Self::Paused => ExitCode::from(3),
            Self::Cancelled { here: true } | Self::Left | Self::Unheard => ExitCode::from(130),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Side { side, doing, error } => write!(f, "{side}: {doing}: {error}"),
            Self::Blocked(reasons) => {
                write!(f, "source: the guest cannot be migrated: {}", reasons.join("; "))
            }
            Self::Failed(reasons) if reasons.is_empty() => f.write_str("the migration failed"),
            Self::Failed(reasons) => write!(f, "the migration failed: {}", reasons.join("; ")),
            Self::Cancelled { .. } => f.write_str("cancelled; the guest stays with the source"),
            Self::Paused => f.write_str(
                "postcopy is paused: its connection broke. The guest runs on the destination and misses memory that only the source has; keep both, and go on with --recover",
            ),
            Self::Left => f.write_str("left; postcopy cannot be cancelled and goes on"),
            Self::Unheard => f.write_str("left; the source was told to cancel and has not done so yet"),
            Self::Wildcard(address) => write!(
                f,
                "the destination listens on {address}; give the address at which the source reaches it with --uri"
            ),
            Self::Host(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}
