//! A process that was started with a socket of its own, for either client.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use super::connect::{Connecting, Failed};
use super::deadline::Deadline;
use super::error::ClientError;
use super::options::Options;

/// A process and the folder of its socket. Dropping it kills and reaps the process and removes the
/// folder.
#[derive(Debug)]
pub(super) struct Started {
    child: Child,
    folder: tempfile::TempDir,
    connecting: Connecting,
}

/// The least time that a QEMU has to offer its socket.
const START: Duration = Duration::from_secs(30);
/// The pause between two looks at the process.
pub(super) const TICK: Duration = Duration::from_millis(10);

impl Started {
    /// Starts `command`, a QEMU with all its arguments but `-qmp`.
    pub fn spawn(mut command: Command, options: &Options) -> io::Result<Started> {
        // Other users cannot enter the folder.
        let folder = tempfile::Builder::new().prefix("qapi-").tempdir()?;
        let socket = folder.path().join("qmp");
        // QEMU's option syntax: a comma in a path is doubled.
        let path = socket.display().to_string().replace(',', ",,");
        command.arg("-qmp").arg(format!("unix:{path},server=on,wait=off"));
        let child = command.spawn()?;
        let within = options.connect.max(START);
        Ok(Started {
            child,
            folder,
            connecting: Connecting::new(socket.display(), options, within),
        })
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("qmp")
    }

    /// The end of connecting.
    pub fn deadline(&self) -> Deadline {
        self.connecting.deadline()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The process's status, if it has ended.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Decides whether to try again to connect.
    ///
    /// # Errors
    /// If that is of no use.
    pub fn retry(&mut self, failed: Failed) -> Result<(), ClientError> {
        if let Some(status) = self.ended()? {
            return Err(io::Error::other(format!("the process has ended: {status}")).into());
        }
        self.connecting.retry(failed).map(drop)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Fails if it has ended, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
