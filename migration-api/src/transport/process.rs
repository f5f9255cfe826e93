//! Commands connected by a pipe: `exec:` addresses.

use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::event::PollFlags;
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};

use super::error::{TransportError, reason};
use super::stop::Stop;

/// The standard stream of a command that the pipe replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipeEnd {
    /// The command reads the stream from its standard input.
    Stdin,
    /// The command writes the stream to its standard output.
    Stdout,
}

/// A running command. Dropping it kills the command, unless it has written the whole stream, after
/// which it may have more to do.
pub(super) struct Process {
    child: Child,
    end: PipeEnd,
    stop: Arc<Stop>,
}

/// Starts a command and returns the pipe to it.
pub(super) fn spawn(
    arguments: &[String],
    end: PipeEnd,
    stop: &Arc<Stop>,
) -> Result<(OwnedFd, Process), TransportError> {
    let (program, arguments) = arguments.split_first().ok_or(TransportError::NoProgram)?;
    let mut command = Command::new(program);
    command.args(arguments);
    match end {
        PipeEnd::Stdin => command.stdin(Stdio::piped()).stdout(Stdio::null()),
        PipeEnd::Stdout => command.stdin(Stdio::null()).stdout(Stdio::piped()),
    };
    let refused =
        |error| TransportError::Spawn { program: program.clone(), reason: reason(&error) };
    let mut child = command.spawn().map_err(refused)?;
    let pipe = match end {
        PipeEnd::Stdin => child.stdin.take().map(OwnedFd::from),
        PipeEnd::Stdout => child.stdout.take().map(OwnedFd::from),
    };
    let pipe = pipe.ok_or_else(|| TransportError::Io("the command has no pipe".into()))?;
    Ok((pipe, Process { child, end, stop: stop.clone() }))
}

impl Process {
    /// Waits for the end of a command that has been sent the whole stream.
    pub(super) fn wait(mut self) -> Result<(), TransportError> {
        let failed = |error: std::io::Error| TransportError::Io(reason(&error));
        let status = match self.child.try_wait().map_err(failed)? {
            Some(status) => status,
            None => {
                let pid = Pid::from_child(&self.child);
                let ended =
                    pidfd_open(pid, PidfdFlags::empty()).map_err(|error| failed(error.into()))?;
                self.stop.wait_for(&ended, PollFlags::IN).map_err(failed)?;
                self.child.wait().map_err(failed)?
            }
        };
        if status.success() { Ok(()) } else { Err(TransportError::Exit(status.to_string())) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if self.end == PipeEnd::Stdin || self.stop.is_stopped() {
            // A process cannot refuse SIGKILL, so the wait is short. An error means that it has
            // ended.
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
        // If it writes more, the closed pipe ends it. If no thread can be started, it stays a
        // zombie until this process ends.
        let pid = Pid::from_child(&self.child);
        let wait = move || waitpid(Some(pid), WaitOptions::empty());
        let _ = std::thread::Builder::new().name("command".into()).spawn(wait);
    }
}
