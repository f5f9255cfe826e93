//! A job on its way to its end: what its events tell, and what it needs to go on.

use super::error::ClientError;
use crate::{Dict, QmpError, RawEvent, Value};

/// A job that somebody sees to its end.
pub(super) struct Job<'j> {
    id: &'j str,
    failure: Option<String>,
}

/// What a job needs now.
pub(super) enum Turn {
    /// Nothing.
    Wait,
    /// To be finalized.
    Finalize,
    /// To be asked how it ended, and dismissed.
    Dismiss,
}

impl<'j> Job<'j> {
    pub fn new(id: &'j str) -> Job<'j> {
        Job { id, failure: None }
    }

    /// The arguments of the commands that move it on.
    pub fn arguments(&self) -> Dict {
        Dict::from([("id", self.id)])
    }

    /// Whether an event tells how it fares.
    pub fn is_told_by(&self, event: &RawEvent) -> bool {
        let member = match event.name.as_str() {
            "JOB_STATUS_CHANGE" => "id",
            "BLOCK_JOB_COMPLETED" => "device",
            _ => return false,
        };
        text(event, member) == Some(self.id)
    }

    /// Whether an event tells that it is there now.
    pub fn is_created_by(&self, event: &RawEvent) -> bool {
        self.is_told_by(event) && text(event, "status") == Some("created")
    }

    /// Takes what an event tells of it.
    pub fn hear(&mut self, event: &RawEvent) -> Turn {
        // Of a block job the reason may be told here only: it may dismiss itself.
        if let Some(reason) = text(event, "error") {
            self.failure = Some(reason.to_owned());
        }
        match text(event, "status") {
            Some("pending") => Turn::Finalize,
            Some("concluded") => Turn::Dismiss,
            Some("aborting") => {
                let id = self.id;
                self.failure.get_or_insert_with(|| format!("job '{id}' has not completed"));
                Turn::Wait
            }
            _ => Turn::Wait,
        }
    }

    /// Takes what `query-jobs` says once it has concluded.
    pub fn look_up(&mut self, jobs: &Value) {
        let jobs = jobs.as_list().unwrap_or_default();
        let ours = jobs.iter().find(|one| one.get("id").and_then(Value::as_str) == Some(self.id));
        if let Some(reason) = ours.and_then(|job| job.get("error")).and_then(Value::as_str) {
            self.failure = Some(reason.to_owned());
        }
    }

    /// How it has ended; `response` is what its command returned.
    pub fn outcome<R>(self, response: R) -> Result<R, ClientError> {
        match self.failure {
            None => Ok(response),
            Some(desc) => Err(ClientError::Qmp(QmpError::generic(desc))),
        }
    }
}

fn text<'e>(event: &'e RawEvent, member: &str) -> Option<&'e str> {
    event.data.get(member).and_then(Value::as_str)
}

/// What came of moving a job on, which may have moved by itself.
pub(super) fn moved(outcome: Result<Value, ClientError>) -> Result<(), ClientError> {
    match outcome {
        Ok(_) | Err(ClientError::Qmp(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
