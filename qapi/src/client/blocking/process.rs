//! A QEMU that is started for this client.

use std::io;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use super::Client;
use crate::client::deadline::Deadline;
use crate::client::error::ClientError;
use crate::client::options::{Address, Options};
use crate::client::started::{Started, TICK};

/// A QEMU that this process has started, and the connection to it. It is killed and reaped when
/// dropped.
#[derive(Debug)]
pub struct Process {
    started: Started,
    client: Client,
}

impl Process {
    /// Starts `command`, a QEMU with all its arguments but `-qmp`, and connects to it.
    ///
    /// # Errors
    /// If it cannot be started, ends early, or does not speak QMP.
    pub fn spawn(command: Command, options: Options) -> Result<Process, ClientError> {
        let mut started = Started::spawn(command, &options)?;
        let address = Address::Unix(started.socket());
        loop {
            match Client::try_connect(&address, &options, started.deadline(), &[]) {
                Ok(client) => return Ok(Process { started, client }),
                Err(failed) => started.retry(failed)?,
            }
            std::thread::sleep(TICK);
        }
    }

    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.started.id()
    }

    /// Waits for the process to end, as it does after `quit`; `None` if it takes longer.
    ///
    /// # Errors
    /// Those of the system.
    pub fn wait(&mut self, within: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Deadline::after(within);
        loop {
            match self.started.ended()? {
                Some(status) => return Ok(Some(status)),
                None if deadline.has_passed() => return Ok(None),
                None => std::thread::sleep(TICK),
            }
        }
    }
}
