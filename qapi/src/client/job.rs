//! Jobs: their state by their events, and the commands that move them on.

use super::core::{event_name, read_any_event};
use super::error::ClientError;
use crate::json::{Node, OwnedDocument};
use crate::{Dict, QmpError, RawEvent, Value};

/// A job that is followed to its end.
pub(super) struct Job<'j> {
    id: &'j str,
    failure: Option<String>,
}

/// The command that a job needs next.
pub(super) enum JobAction {
    /// None: wait for its next event.
    Wait,
    /// `job-finalize`
    Finalize,
    /// `query-jobs` for its outcome, then `job-dismiss`
    Dismiss,
}

impl<'j> Job<'j> {
    pub fn new(id: &'j str) -> Job<'j> {
        Job { id, failure: None }
    }

    /// The arguments of commands about the job.
    pub fn arguments(&self) -> Dict {
        Dict::from([("id", self.id)])
    }

    /// Reads an event if it is about the job.
    pub fn read(&self, event: &OwnedDocument) -> Option<RawEvent> {
        if !self.concerns(event) {
            return None;
        }
        read_any_event(event).ok().map(|received| received.event)
    }

    /// Returns true if an event is about a job of this name.
    pub fn concerns(&self, event: &OwnedDocument) -> bool {
        let member = match event_name(event) {
            "JOB_STATUS_CHANGE" => "id",
            "BLOCK_JOB_COMPLETED" => "device",
            _ => return false,
        };
        member_of(event, member) == Some(self.id)
    }

    /// Returns true if an event announces a job of this name.
    pub fn is_created_by(&self, event: &OwnedDocument) -> bool {
        self.concerns(event) && member_of(event, "status") == Some("created")
    }

    /// Applies an event about the job.
    pub fn on_event(&mut self, event: &RawEvent) -> JobAction {
        let text = |member| event.data.get(member).and_then(Value::as_str);
        // A block job may dismiss itself, and then only its event has the reason.
        if let Some(reason) = text("error") {
            self.failure = Some(reason.to_owned());
        }
        match text("status") {
            Some("pending") => JobAction::Finalize,
            Some("concluded") => JobAction::Dismiss,
            Some("aborting") => {
                let id = self.id;
                self.failure.get_or_insert_with(|| format!("job '{id}' has not completed"));
                JobAction::Wait
            }
            _ => JobAction::Wait,
        }
    }

    /// Applies the reply to `query-jobs` of a concluded job.
    pub fn look_up(&mut self, jobs: &Value) {
        let jobs = jobs.as_list().unwrap_or_default();
        let ours = jobs.iter().find(|one| one.get("id").and_then(Value::as_str) == Some(self.id));
        if let Some(reason) = ours.and_then(|job| job.get("error")).and_then(Value::as_str) {
            self.failure = Some(reason.to_owned());
        }
    }

    /// The job's outcome; `response` is what its command returned.
    pub fn outcome<R>(self, response: R) -> Result<R, ClientError> {
        match self.failure {
            None => Ok(response),
            Some(desc) => Err(ClientError::Qmp(QmpError::generic(desc))),
        }
    }
}

fn member_of<'e>(event: &'e OwnedDocument, member: &str) -> Option<&'e str> {
    event.root().get("data").and_then(|data| data.get(member)).and_then(Node::as_str)
}

/// Ignores a server's refusal to move a job on: it may have moved by itself.
pub(super) fn ignore_qmp_error(outcome: Result<Value, ClientError>) -> Result<(), ClientError> {
    match outcome {
        Ok(_) | Err(ClientError::Qmp(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
