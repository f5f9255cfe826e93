//! A command before it is sent, as both clients' `Request` keeps it.

use std::time::Duration;

use rustix::fd::BorrowedFd;

use super::core::{Name, OutgoingCommand};
use super::deadline::Deadline;
use super::error::ClientError;
use crate::walk::{self, Field};

/// A command with everything that goes with it.
pub(super) struct Prepared<'c> {
    pub name: Name,
    /// The arguments as JSON; `None` if they contain a number that JSON cannot express.
    arguments: Option<String>,
    pub oob: bool,
    pub fds: Vec<BorrowedFd<'c>>,
    pub deadline: Option<Deadline>,
}

impl<'c> Prepared<'c> {
    /// A command with its arguments: in-band, without file descriptors.
    pub fn new<A: Field>(name: Name, arguments: &A) -> Prepared<'c> {
        let arguments = walk::to_json(arguments);
        Prepared { name, arguments, oob: false, fds: Vec::new(), deadline: None }
    }

    /// The deadline, by default after `timeout`.
    pub fn deadline(&self, timeout: Option<Duration>) -> Deadline {
        self.deadline.unwrap_or_else(|| Deadline::of(timeout))
    }

    /// The command as the core takes it.
    pub fn call(&self) -> Result<OutgoingCommand<'_>, ClientError> {
        let Some(arguments) = &self.arguments else {
            let reason = "cannot send a non-finite number";
            return Err(ClientError::Request { command: self.name.to_string(), reason });
        };
        // The caller may close its descriptors before everything is sent.
        let fds = self.fds.iter().map(BorrowedFd::try_clone_to_owned).collect::<Result<_, _>>()?;
        Ok(OutgoingCommand { name: &self.name, arguments, oob: self.oob, fds })
    }
}
