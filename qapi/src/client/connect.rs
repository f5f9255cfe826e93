//! Connecting: the steps, and the decision to try again.

use std::io;
use std::time::Duration;

use super::deadline::Deadline;
use super::error::{ClientError, ConnectStep};
use super::options::Options;

/// The pause between two tries.
const RETRY: Duration = Duration::from_millis(20);

/// A failed try: the step, and its error.
pub(super) type Failed = (ConnectStep, ClientError);

/// The tries to connect to a server.
#[derive(Debug)]
pub(super) struct Connecting {
    address: String,
    deadline: Deadline,
    retries: bool,
}

impl Connecting {
    /// Tries until the deadline; one try only if the duration is zero.
    pub fn new(address: impl ToString, options: &Options, within: Duration) -> Connecting {
        let retries = !within.is_zero();
        let deadline =
            if retries { Deadline::after(within) } else { Deadline::of(options.timeout) };
        Connecting { address: address.to_string(), deadline, retries }
    }

    /// The end of the tries.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The pause before the next try.
    ///
    /// # Errors
    /// If there is none, as the failure is permanent or the deadline has passed.
    pub fn retry(&self, failed: Failed) -> Result<Duration, ClientError> {
        let left = self.deadline.left().unwrap_or(Duration::MAX);
        if self.retries && is_transient(&failed.1) && !left.is_zero() {
            return Ok(RETRY.min(left));
        }
        Err(self.give_up(failed))
    }

    /// The error of the last try.
    pub fn give_up(&self, (step, error): Failed) -> ClientError {
        let timed_out = error.is_timeout() || self.deadline.has_passed() && is_late(&error);
        let waited = timed_out || self.retries && is_transient(&error);
        ClientError::Connect {
            address: self.address.clone(),
            step,
            within: waited.then_some(self.deadline.within()),
            cause: (!timed_out).then(|| Box::new(error)),
        }
    }
}

/// The error of a host name without an address.
pub(super) fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the host has no address")
}

/// Returns true for a socket that was not connected in time.
fn is_late(error: &ClientError) -> bool {
    matches!(error, ClientError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// Returns true if another try may succeed, as the server is about to start or to restart.
pub(super) fn is_transient(error: &ClientError) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable,
        NotFound, TimedOut, WouldBlock,
    };
    match error {
        ClientError::Closed { .. } => true,
        ClientError::Connection { cause, .. } => is_transient(cause),
        ClientError::Io(error) => matches!(
            error.kind(),
            ConnectionAborted
                | ConnectionRefused
                | ConnectionReset
                | HostUnreachable
                | NetworkUnreachable
                | NotFound
                | TimedOut
                | WouldBlock
        ),
        _ => false,
    }
}
