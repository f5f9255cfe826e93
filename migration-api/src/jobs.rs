//! Background jobs: which there are, how far they are, and what becomes of them.
//!
//! One job at a time is at work. A job that is done stays until it is dismissed, so that its outcome can be asked for.
//!
//! ```text
//!  created --> running --> waiting --> pending --> concluded --> null
//!                 +------> aborting ------------------^
//! ```

use std::fmt;
use std::sync::Arc;

use crate::api::{JobInfo, JobStatus, JobType, JobVerb};
use crate::engine::{Core, Engine, Notice};
use crate::params::is_id;
use crate::transport::{Stop, reason};

/// Why a job is not started, or does not do what it is asked to. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobError {
    /// Not a letter and then letters, digits and `-._`.
    Id(String),
    /// There is a job of that id.
    InUse(String),
    /// There is none.
    NotFound,
    /// `job-resume`: no job here is ever paused.
    NotPaused,
    /// Its status does not allow it.
    Verb {
        /// The job's id.
        id: String,
        /// Its status.
        status: JobStatus,
        /// What it was asked to do.
        verb: JobVerb,
    },
    /// The host has no more threads or descriptors.
    Host(String),
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "Invalid job ID '{id}'"),
            Self::InUse(id) => write!(f, "Job ID '{id}' already in use"),
            Self::NotFound => f.write_str("Job not found"),
            Self::NotPaused => f.write_str("Can't resume a job that was not paused"),
            Self::Verb { id, status, verb } => {
                write!(f, "Job '{id}' in state '{status}' cannot accept command verb '{verb}'")
            }
            Self::Host(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for JobError {}

/// The jobs, latest last.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    list: Vec<Job>,
    /// What ends the work of the one that is at work.
    work: Option<Arc<Stop>>,
}

#[derive(Debug)]
struct Job {
    id: String,
    kind: JobType,
    status: JobStatus,
    error: Option<String>,
}

impl Jobs {
    pub(crate) fn at_work(&self) -> bool {
        self.work.is_some()
    }

    /// Ends whatever is at work, as far as it can be ended.
    pub(crate) fn stop(&self) {
        if let Some(work) = &self.work {
            work.stop();
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Job> {
        self.list.iter_mut().find(|job| job.id == id)
    }
}

impl Core {
    /// Takes a job from status to status, with the events. The state stays locked meanwhile.
    fn lead(&self, jobs: &mut Jobs, id: &str, way: &[JobStatus]) {
        for &status in way {
            if let Some(job) = jobs.find(id) {
                job.status = status;
                self.notify(Notice::Job { id: id.to_owned(), status });
            }
        }
    }

    fn conclude(&self, id: &str, error: Option<String>) {
        let mut state = self.state();
        let way = match error {
            None => [JobStatus::Waiting, JobStatus::Pending, JobStatus::Concluded].as_slice(),
            Some(_) => &[JobStatus::Aborting, JobStatus::Concluded],
        };
        if let Some(job) = state.jobs.find(id) {
            job.error = error;
        }
        self.lead(&mut state.jobs, id, way);
        state.jobs.work = None;
        drop(state);
        self.rest();
    }
}

/// A job at work: concluded whatever becomes of its thread.
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
    /// Starts a job whose thread does `work` and then waits to be dismissed. Jobs at work are waited for.
    ///
    /// `work` has the guest in its hands: nobody else starts, stops, resets or migrates it meanwhile.
    ///
    /// # Errors
    /// An id that cannot be used, or a host without threads. Errors of `work` are the job's.
    pub(crate) fn start_job<E: fmt::Display>(
        &self,
        id: &str,
        kind: JobType,
        work: impl FnOnce(&Arc<Core>, &Arc<Stop>) -> Result<(), E> + Send + 'static,
    ) -> Result<(), JobError> {
        let told = |error: std::io::Error| JobError::Host(reason(&error));
        let stop = Arc::new(Stop::new().map_err(told)?);
        // Whoever has this lock, and finds nobody at work, is sure that nobody begins.
        let running = self.core.run_lock();
        let mut state = self.core.state();
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

        // Until the work itself says otherwise: what the thread that cannot be had, or that panics, leaves behind.
        let error = Some("Input/output error".to_owned());
        let at_work = Work { core: self.core.clone(), id: id.into(), error };
        let thread = std::thread::Builder::new().name(format!("job/{kind}"));
        let spawned = thread.spawn(move || at_work.run(|core| work(core, &stop)));
        spawned.map(drop).map_err(told)
    }

    /// All jobs, latest first.
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

    /// Asks a job to do something. All but to cancel waits until no job is at work.
    ///
    /// # Errors
    /// No such job, or one whose status does not allow it.
    pub fn ask_job(&self, id: &str, verb: JobVerb) -> Result<(), JobError> {
        let mut state = match verb {
            JobVerb::Cancel => self.core.state(),
            _ => self.core.rested(),
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
