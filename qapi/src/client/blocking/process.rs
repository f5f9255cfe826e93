//! A QEMU started for this client.

use std::io;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use super::Client;
use crate::client::error::ClientError;
use crate::client::options::{Address, Options};
use crate::client::started::{Started, TICK};

/// A QEMU that this process has started, and the connection to it. It is killed and reaped when dropped.
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
        let once = Options { connect: Duration::ZERO, ..options };
        loop {
            match Client::connect(Address::Unix(started.socket()), once.clone()) {
                Ok(client) => return Ok(Process { started, client }),
                Err(error) => started.may_still_listen(error)?,
            }
            std::thread::sleep(TICK);
        }
    }

    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.started.id()
    }

    /// Waits for the process to end, as it does after `quit`; `None` if it takes longer.
    ///
    /// # Errors
    /// Those of the system.
    pub fn wait(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let until = Instant::now() + timeout;
        loop {
            match self.started.ended()? {
                Some(status) => return Ok(Some(status)),
                None if Instant::now() >= until => return Ok(None),
                None => std::thread::sleep(TICK),
            }
        }
    }
}
