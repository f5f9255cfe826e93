//! The reasons for which the guest has not moved, and the exit statuses.

use std::fmt;
use std::io;
use std::time::Duration;

use qapi::client::{ClientError, ConnectStep};

/// The reason for which the guest has not moved, or not as far as this program knows. `Display` is
/// for the operator.
#[derive(Debug)]
pub enum Failure {
    /// A server cannot be reached.
    Connect {
        /// `source` or `destination`.
        side: &'static str,
        /// The failed step and its cause.
        error: Box<ClientError>,
    },
    /// A server accepts the connection and stays silent.
    Held {
        /// `source` or `destination`.
        side: &'static str,
        /// Its address.
        address: String,
        /// The seconds waited.
        within: u64,
        /// The system shows another client.
        is_certain: bool,
    },
    /// A server refuses a command, or does not answer.
    Server {
        /// `source` or `destination`.
        side: &'static str,
        /// The command.
        command: &'static str,
        /// Its answer, or the fault of the connection.
        error: Box<ClientError>,
        /// The known name that may have been meant in place of a refused one.
        nearest: Option<String>,
    },
    /// The source reports that its guest cannot be migrated.
    Blocked(Vec<String>),
    /// The migration failed, for the reasons that the two sides give.
    Failed(Vec<String>),
    /// Another client cancelled it.
    CancelledElsewhere,
    /// A signal came, and the source has confirmed that it cancelled.
    Cancelled,
    /// A signal came before the migration began, or before anything could be done about it.
    Interrupted,
    /// A signal came while the guest ran on the destination already.
    Left,
    /// A signal or the timeout came, and the source has not confirmed that it cancelled.
    Unconfirmed(Cause),
    /// A signal came after the source gave up the guest, before the destination confirmed it.
    Unseen,
    /// `--timeout` has passed, and the source has confirmed that it cancelled.
    TimedOut(Duration),
    /// Postcopy is paused.
    Paused,
    /// The destination listens on all addresses, and the one that the source can reach is unknown.
    Wildcard(String),
    /// The dry run has found this many faults.
    Unfit(usize),
    /// The host refuses something.
    Host(io::Error),
}

/// The cause of a cancellation by this program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// Ctrl-C or SIGTERM.
    Signal,
    /// `--timeout`.
    Timeout(Duration),
}

impl Failure {
    /// Returns the program's exit status, as `--help` documents it.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Connect { .. }
            | Self::Held { .. }
            | Self::Server { .. }
            | Self::Blocked(_)
            | Self::Failed(_)
            | Self::CancelledElsewhere
            | Self::Wildcard(_)
            | Self::Unfit(_)
            | Self::Host(_) => 1,
            Self::Paused => 3,
            Self::TimedOut(_) | Self::Unconfirmed(Cause::Timeout(_)) => 4,
            Self::Cancelled
            | Self::Interrupted
            | Self::Left
            | Self::Unseen
            | Self::Unconfirmed(Cause::Signal) => 130,
        }
    }

    /// Returns one word for the outcome, as `--json` prints it.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::CancelledElsewhere | Self::Cancelled => "cancelled",
            Self::Interrupted | Self::Left | Self::Unseen | Self::Unconfirmed(Cause::Signal) => {
                "interrupted"
            }
            Self::TimedOut(_) | Self::Unconfirmed(Cause::Timeout(_)) => "timed-out",
            Self::Paused => "paused",
            _ => "failed",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { side, error } => match &**error {
                // The step's name would repeat that it is about connecting.
                ClientError::Connect {
                    address,
                    step: ConnectStep::Connect,
                    cause: Some(cause),
                    ..
                } => write!(f, "{side}: cannot connect to {address}: {cause}"),
                error => write!(f, "{side}: {error}"),
            },
            Self::Held { side, address, is_certain: true, .. } => write!(
                f,
                "{side}: {address} is held by another client; QEMU serves one client per socket"
            ),
            Self::Held { side, address, within, is_certain: false } => write!(
                f,
                "{side}: {address} sends no greeting within {within} s: the server hangs, or another client holds the socket"
            ),
            Self::Server { side, command, error, nearest } => {
                write!(f, "{side}: ")?;
                if !names_command(error) {
                    write!(f, "{command}: ")?;
                }
                error.fmt(f)?;
                nearest.iter().try_for_each(|name| write!(f, "; did you mean '{name}'?"))
            }
            Self::Blocked(reasons) => {
                write!(f, "source: the guest cannot be migrated: {}", reasons.join("; "))
            }
            Self::Failed(reasons) if reasons.is_empty() => {
                f.write_str("the migration failed; neither side gives a reason")
            }
            Self::Failed(reasons) => write!(f, "the migration failed: {}", reasons.join("; ")),
            Self::CancelledElsewhere => {
                f.write_str("cancelled by another client; the guest stays with the source")
            }
            Self::Cancelled => f.write_str("cancelled; the guest stays with the source"),
            Self::Interrupted => {
                f.write_str("interrupted before the migration began; the guest stays with the source")
            }
            Self::Left => f.write_str(
                "interrupted; the guest runs on the destination already, and postcopy goes on",
            ),
            Self::Unconfirmed(cause) => {
                match cause {
                    Cause::Signal => f.write_str("interrupted")?,
                    Cause::Timeout(limit) => write!(f, "not done within {} s", limit.as_secs_f64())?,
                }
                f.write_str("; the source was told to cancel and has not confirmed it")
            }
            Self::Unseen => f.write_str(
                "interrupted; the source has given up the guest, and the destination has not confirmed that it runs it",
            ),
            Self::TimedOut(limit) => write!(
                f,
                "not done within {} s: cancelled; the guest stays with the source",
                limit.as_secs_f64()
            ),
            Self::Paused => f.write_str(
                "postcopy is paused: its connection broke. The guest runs on the destination and lacks memory that only the source has: keep both, and continue with --recover",
            ),
            Self::Wildcard(address) => write!(
                f,
                "the destination listens on {address}; name the address at which the source reaches it with --uri"
            ),
            Self::Unfit(1) => f.write_str("the migration would fail: 1 fault found"),
            Self::Unfit(faults) => write!(f, "the migration would fail: {faults} faults found"),
            Self::Host(error) => error.fmt(f),
        }
    }
}

/// Returns true if the error's text begins with the command's name.
fn names_command(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Timeout { .. }
            | ClientError::Closed { command: Some(_), .. }
            | ClientError::Request { .. }
            | ClientError::Decode(_)
    )
}

impl std::error::Error for Failure {}
