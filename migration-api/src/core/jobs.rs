//! Background jobs: their list, status and outcome.
//!
//! One job runs at a time. A finished job stays in the list until it is dismissed, so that a client
//! can query its outcome.
//!
//! ```text
//!  created --> running --> waiting --> pending --> concluded --> null
//!                 +------> aborting ------------------^
//! ```

use std::cell::Cell;
use std::sync::Arc;

use crate::api::{JobStatus, JobType};
use crate::transport::Stop;

thread_local! {
    /// True in the thread of a job.
    static IN_JOB: Cell<bool> = const { Cell::new(false) };
}

/// Marks the calling thread as that of a job.
pub(crate) fn enter_job() {
    IN_JOB.set(true);
}

/// Returns true in the thread of a job.
pub(super) fn is_in_job() -> bool {
    IN_JOB.get()
}

/// The jobs, latest last.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) list: Vec<Job>,
    /// Stops the work of the running job.
    pub(crate) work: Option<Arc<Stop>>,
}

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) kind: JobType,
    pub(crate) status: JobStatus,
    pub(crate) error: Option<String>,
}

impl Jobs {
    pub(crate) fn at_work(&self) -> bool {
        self.work.is_some()
    }

    /// Stops the running job, as far as it can be stopped.
    pub(crate) fn stop(&self) {
        if let Some(work) = &self.work {
            work.stop();
        }
    }

    pub(crate) fn find(&mut self, id: &str) -> Option<&mut Job> {
        self.list.iter_mut().find(|job| job.id == id)
    }
}
