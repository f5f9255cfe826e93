//! `job.json`: snapshot jobs.

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::{JobInfo, JobVerb, commands, server};
use crate::engine::Engine;

impl server::JobCommands for Engine {
    fn job_pause(&self, _cx: &Context<'_>, arguments: commands::JobPause) -> Result<(), QmpError> {
        self.ask_job(&arguments.id, JobVerb::Pause).map_err(qmp_error)
    }

    fn job_resume(
        &self,
        _cx: &Context<'_>,
        arguments: commands::JobResume,
    ) -> Result<(), QmpError> {
        self.ask_job(&arguments.id, JobVerb::Resume).map_err(qmp_error)
    }

    fn job_cancel(
        &self,
        _cx: &Context<'_>,
        arguments: commands::JobCancel,
    ) -> Result<(), QmpError> {
        self.ask_job(&arguments.id, JobVerb::Cancel).map_err(qmp_error)
    }

    fn job_complete(
        &self,
        _cx: &Context<'_>,
        arguments: commands::JobComplete,
    ) -> Result<(), QmpError> {
        self.ask_job(&arguments.id, JobVerb::Complete).map_err(qmp_error)
    }

    fn job_dismiss(
        &self,
        _cx: &Context<'_>,
        arguments: commands::JobDismiss,
    ) -> Result<(), QmpError> {
        self.ask_job(&arguments.id, JobVerb::Dismiss).map_err(qmp_error)
    }

    fn job_finalize(
        &self,
        _cx: &Context<'_>,
        arguments: commands::JobFinalize,
    ) -> Result<(), QmpError> {
        self.ask_job(&arguments.id, JobVerb::Finalize).map_err(qmp_error)
    }

    fn query_jobs(&self, _cx: &Context<'_>) -> Result<Vec<JobInfo>, QmpError> {
        Ok(self.jobs())
    }
}
