//! A server process with a socket of its own.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::blocking::Client;
use super::error::ClientError;
use super::options::{Address, Options};

/// A QEMU that this process has started, and the connection to it. It is killed and reaped when dropped.
pub struct Process {
    child: Child,
    client: Client,
    directory: PathBuf,
}

/// How long a QEMU may take to offer its socket.
const START: Duration = Duration::from_secs(30);
/// How often an end is looked for.
const TICK: Duration = Duration::from_millis(10);

impl Process {
    /// Starts `command`, a QEMU with all its arguments but `-qmp`, and connects to it.
    ///
    /// # Errors
    /// If it cannot be started, ends early, or does not speak QMP.
    pub fn spawn(mut command: Command, options: Options) -> Result<Process, ClientError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("qapi-{}-{count}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&directory)?;
        let socket = directory.join("qmp");
        // QEMU's option syntax: a comma in a path is doubled.
        let path = socket.display().to_string().replace(',', ",,");
        command.arg("-qmp").arg(format!("unix:{path},server=on,wait=off"));
        let started = command.spawn().map_err(ClientError::from).and_then(|mut child| {
            match connect(&mut child, socket, options) {
                Ok(client) => Ok((child, client)),
                Err(error) => {
                    end(&mut child);
                    Err(error)
                }
            }
        });
        match started {
            Ok((child, client)) => Ok(Process { child, client, directory }),
            Err(error) => {
                remove(&directory);
                Err(error)
            }
        }
    }

    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the process to end, as it does after `quit`; `None` if it takes longer.
    ///
    /// # Errors
    /// Those of the system.
    pub fn wait(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let until = Instant::now() + timeout;
        loop {
            match self.child.try_wait()? {
                Some(status) => return Ok(Some(status)),
                None if Instant::now() >= until => return Ok(None),
                None => std::thread::sleep(TICK),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
        remove(&self.directory);
    }
}

fn end(child: &mut Child) {
    // Fails if it has ended, which is as good.
    let _ = child.kill();
    let _ = child.wait();
}

fn remove(directory: &PathBuf) {
    let _ = fs::remove_dir_all(directory);
}

/// Connects as soon as the process listens, unless it ends before.
fn connect(child: &mut Child, socket: PathBuf, options: Options) -> Result<Client, ClientError> {
    let until = Instant::now() + options.connect.max(START);
    let once = Options { connect: Duration::ZERO, ..options };
    loop {
        match Client::connect(Address::Unix(socket.clone()), once.clone()) {
            Err(ClientError::Io(error)) if super::options::may_pass(&error) && Instant::now() < until => {
                if let Some(status) = child.try_wait()? {
                    return Err(io::Error::other(format!("the process has ended: {status}")).into());
                }
                std::thread::sleep(TICK);
            }
            outcome => return outcome,
        }
    }
}
