//! Waits, and the errors of those that miss their deadlines.

use super::deadline::Deadline;
use super::error::ClientError;

/// A wait: its subject and its deadline.
pub(super) struct Wait<'w> {
    /// The command or event, as errors name it.
    pub name: &'w str,
    /// The thing that is missing if the deadline passes, as in `no answer within 5 s`.
    pub missing: &'static str,
    /// The request whose reply is awaited.
    pub id: Option<u64>,
    /// The end of the wait.
    pub deadline: Deadline,
}

impl Wait<'_> {
    /// The error of a wait that has missed its deadline.
    pub fn timeout(&self) -> ClientError {
        ClientError::Timeout {
            name: self.name.to_owned(),
            missing: self.missing,
            within: self.deadline.within(),
        }
    }
}
