//! The changes that an engine reports.

use crate::api::{COLOExitReason, COLOMode, JobStatus, MigrationStatus, ShutdownCause};

/// A change in an engine, under the name of its QMP event if it has one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The status of the outgoing or the incoming migration changed.
    Migration(MigrationStatus),
    /// A pass over memory begins: its number, from 1.
    MigrationPass(u64),
    /// A job changed its status.
    JobStatusChange {
        /// The job's id.
        id: String,
        /// Its new status.
        status: JobStatus,
    },
    /// The guest is asked to unplug the primary device with this id.
    UnplugPrimary(String),
    /// The guest was stopped.
    Stop,
    /// The guest runs again.
    Resume,
    /// This process has left COLO.
    ColoExit(COLOMode, COLOExitReason),
    /// The guest was reset.
    Reset(ShutdownCause),
    /// The guest has ended, or the engine is about to.
    Shutdown(ShutdownCause),
    /// The connections of a character device are to be cut, after a yank. Not a QMP event.
    Disconnect(String),
    /// A line for the log. Not a QMP event.
    Log(String),
    /// An incoming migration failed. The last line summarises the others. QEMU exits with status 1.
    /// [`Engine::incoming_error`](crate::engine::Engine::incoming_error) keeps the lines. Not a QMP
    /// event.
    IncomingFailed(Vec<String>),
}
