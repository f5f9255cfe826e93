//! A process that was started with a socket of its own, whatever client talks to it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use super::error::ClientError;
use super::options::{self, Options};

/// A process and the folder of its socket. The one is killed and reaped, the other removed, when dropped.
pub(super) struct Started {
    child: Child,
    folder: Folder,
    /// Until when it may offer its socket.
    patience: Instant,
}

/// How long a QEMU may take to offer its socket, at least.
const START: Duration = Duration::from_secs(30);
/// How often it is looked after.
pub(super) const TICK: Duration = Duration::from_millis(10);

impl Started {
    /// Starts `command`, a QEMU with all its arguments but `-qmp`.
    pub fn spawn(mut command: Command, options: &Options) -> io::Result<Started> {
        let folder = Folder::new()?;
        // QEMU's option syntax: a comma in a path is doubled.
        let path = folder.socket().display().to_string().replace(',', ",,");
        command.arg("-qmp").arg(format!("unix:{path},server=on,wait=off"));
        let child = command.spawn()?;
        Ok(Started { child, folder, patience: Instant::now() + options.connect.max(START) })
    }

    /// Where it will listen.
    pub fn socket(&self) -> PathBuf {
        self.folder.socket()
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its status, if it has ended.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// What a failed connection means: to try again soon, or that it is no use.
    pub fn may_still_listen(&mut self, error: ClientError) -> Result<(), ClientError> {
        match error {
            ClientError::Io(error)
                if options::may_pass(&error) && Instant::now() < self.patience =>
            {
                match self.ended()? {
                    Some(status) => {
                        Err(io::Error::other(format!("the process has ended: {status}")).into())
                    }
                    None => Ok(()),
                }
            }
            error => Err(error),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Fails if it has ended, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder that nobody else can enter, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Folder> {
        let path = std::env::temp_dir().join(format!("qapi-{:016x}", super::random()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder(path))
    }

    fn socket(&self) -> PathBuf {
        Path::join(&self.0, "qmp")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is lost if it stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}
