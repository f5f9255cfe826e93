//! The changes that an engine reports to its embedder.

use crate::api::{COLOExitReason, COLOMode, JobStatus, MigrationStatus as Status, ShutdownCause};

/// A change that an engine reports to its embedder.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The status of the outgoing or the incoming migration changed. Only with capability `events`.
    Migration(Status),
    /// A pass over memory begins. Only with capability `events`.
    Pass(u64),
    /// A job changed its status.
    Job {
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
    /// The guest has ended, or the process is about to.
    Shutdown(ShutdownCause),
    /// The connections of a character device are to be cut, after a yank.
    Disconnect(String),
    /// A line for the log.
    Log(String),
    /// An incoming migration failed. The last line summarises the others. QEMU exits with status 1.
    IncomingFailed(Vec<String>),
}

/// Takes an engine's notices, one after the other.
///
/// Called without any lock of the engine, so that it may call the engine; notices that arise from
/// that follow after it returns. It must not wait for another thread that calls the engine.
pub type Notify = Box<dyn Fn(Notice) + Send + Sync>;
