//! Starts background jobs, and controls them for clients.

use std::fmt;
use std::sync::Arc;

use crate::api::{JobInfo, JobStatus, JobType, JobVerb};
use crate::core::jobs::{Job, enter_job};
use crate::core::{Core, is_in_guest};
use crate::engine::Engine;
use crate::lifetime::ENGINE_ENDED;
use crate::settings::{NotBuilt, is_id};
use crate::transport::{Stop, reason};

/// Error of a job command. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// This engine was built without the job.
    #[error(transparent)]
    NotBuilt(NotBuilt),
    /// An invalid id: not a letter followed by letters, digits and `-._`.
    #[error("Invalid job ID '{0}'")]
    Id(String),
    /// A job with this id exists.
    #[error("Job ID '{0}' already in use")]
    InUse(String),
    /// No job with this id exists.
    #[error("Job not found")]
    NotFound,
    /// `job-resume`: no job of this engine is ever paused.
    #[error("Can't resume a job that was not paused")]
    NotPaused,
    /// The job's status does not allow the command.
    #[error("Job '{id}' in state '{status}' cannot accept command verb '{verb}'")]
    Verb {
        /// The job's id.
        id: String,
        /// Its status.
        status: JobStatus,
        /// The requested action.
        verb: JobVerb,
    },
    /// A method of the guest calls, which the engine called to run, stop, reset, save or load it.
    #[error("jobs cannot be started from within the guest's methods")]
    InGuest,
    /// The host has no more threads or file descriptors.
    #[error("{0}")]
    Host(String),
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

/// A running job. Dropping it concludes the job, even if its thread panics.
struct Work {
    core: Arc<Core>,
    id: String,
    error: Option<String>,
}

impl Work {
    fn run<E: fmt::Display>(mut self, work: impl FnOnce(&Arc<Core>) -> Result<(), E>) {
        self.error = work(&self.core).err().map(|error| error.to_string());
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.core.conclude(&self.id, self.error.take());
    }
}

impl Engine {
    /// Starts a job whose thread does `work` and then waits to be dismissed. Waits for running jobs
    /// first.
    ///
    /// `work` holds the run lock: no other thread can start, stop, reset or migrate the guest
    /// meanwhile.
    ///
    /// # Errors
    /// The id cannot be used, or the host has no more threads. Errors of `work` are the job's.
    pub(crate) fn start_job<E: fmt::Display>(
        &self,
        id: &str,
        kind: JobType,
        work: impl FnOnce(&Arc<Core>, &Arc<Stop>) -> Result<(), E> + Send + 'static,
    ) -> Result<(), JobError> {
        if is_in_guest() {
            return Err(JobError::InGuest);
        }
        let host_error = |error: std::io::Error| match self.core.lifetime.has_ended() {
            true => JobError::Ended,
            false => JobError::Host(reason(&error)),
        };
        let stop = self.core.lifetime.switch().map_err(host_error)?;
        // While this lock is held and no job runs, no other job can start.
        let running = self.core.run_lock();
        let mut state = self.core.state();
        // The end stops the job that it finds in the locked state.
        self.core.lifetime.check(JobError::Ended)?;
        let jobs = &mut state.jobs;
        if !is_id(id) {
            return Err(JobError::Id(id.into()));
        }
        if jobs.find(id).is_some() {
            return Err(JobError::InUse(id.into()));
        }
        jobs.list.push(Job { id: id.into(), kind, status: JobStatus::Undefined, error: None });
        jobs.work = Some(stop.clone());
        self.core.lead(jobs, id, &[JobStatus::Created, JobStatus::Running]);
        drop(state);
        drop(running);

        // The error if the thread cannot be started or panics. `work` replaces it.
        let error = Some("Input/output error".to_owned());
        let at_work = Work { core: self.core.clone(), id: id.into(), error };
        let lifetime = &self.core.lifetime;
        let name = format!("job/{kind}");
        let work = move || {
            enter_job();
            at_work.run(|core| work(core, &stop));
        };
        lifetime.spawn(&name, work).map_err(host_error)
    }

    /// Lists all jobs, latest first.
    pub fn jobs(&self) -> Vec<JobInfo> {
        let state = self.core.state();
        let infos = state.jobs.list.iter().rev().map(|job| {
            let progress = i64::from(job.status == JobStatus::Concluded);
            let mut info = JobInfo::new(&job.id, job.kind, job.status, progress, 1);
            info.error.clone_from(&job.error);
            info
        });
        infos.collect()
    }

    /// Performs an action on a job. All actions but cancel wait until no job runs.
    ///
    /// # Errors
    /// The job does not exist, or its status does not allow the action.
    pub fn ask_job(&self, id: &str, verb: JobVerb) -> Result<(), JobError> {
        let mut state = match verb {
            JobVerb::Cancel => self.core.state(),
            _ => self.core.state_after_jobs(),
        };
        let jobs = &mut state.jobs;
        let status = jobs.find(id).ok_or(JobError::NotFound)?.status;
        match (verb, status) {
            (JobVerb::Cancel, JobStatus::Running) => jobs.stop(),
            (JobVerb::Dismiss, JobStatus::Concluded) => {
                self.core.lead(jobs, id, &[JobStatus::Null]);
                jobs.list.retain(|job| job.id != id);
            }
            (JobVerb::Resume, _) => return Err(JobError::NotPaused),
            _ => return Err(JobError::Verb { id: id.into(), status, verb }),
        }
        Ok(())
    }
}
