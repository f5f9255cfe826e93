//! Run states: what a virtual machine does, or why it does nothing.

use std::fmt;
use std::str::FromStr;

/// What a virtual machine does, in QEMU's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Stopped by a debugger.
    Debug,
    /// Waits for an incoming migration.
    Inmigrate,
    /// An internal error stopped it.
    InternalError,
    /// An I/O error stopped it.
    IoError,
    /// Stopped by the user.
    Paused,
    /// Stopped because it was migrated away.
    Postmigrate,
    /// Not started yet.
    Prelaunch,
    /// Stopped for the last part of a migration.
    FinishMigrate,
    /// Stopped while its state is restored.
    RestoreVm,
    /// The vCPUs run.
    Running,
    /// Stopped while its state is saved.
    SaveVm,
    /// The guest has shut down.
    Shutdown,
    /// The guest is suspended.
    Suspended,
    /// The watchdog stopped it.
    Watchdog,
    /// The guest panicked.
    GuestPanicked,
    /// Stopped for a COLO checkpoint.
    Colo,
}

impl RunState {
    const ALL: [(Self, &'static str); 16] = [
        (Self::Debug, "debug"),
        (Self::Inmigrate, "inmigrate"),
        (Self::InternalError, "internal-error"),
        (Self::IoError, "io-error"),
        (Self::Paused, "paused"),
        (Self::Postmigrate, "postmigrate"),
        (Self::Prelaunch, "prelaunch"),
        (Self::FinishMigrate, "finish-migrate"),
        (Self::RestoreVm, "restore-vm"),
        (Self::Running, "running"),
        (Self::SaveVm, "save-vm"),
        (Self::Shutdown, "shutdown"),
        (Self::Suspended, "suspended"),
        (Self::Watchdog, "watchdog"),
        (Self::GuestPanicked, "guest-panicked"),
        (Self::Colo, "colo"),
    ];

    /// The name in the stream and on QMP.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no run state of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRunState;

impl fmt::Display for UnknownRunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown run state")
    }
}

impl std::error::Error for UnknownRunState {}

impl FromStr for RunState {
    type Err = UnknownRunState;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().find(|known| known.1 == name).map(|known| known.0).ok_or(UnknownRunState)
    }
}
