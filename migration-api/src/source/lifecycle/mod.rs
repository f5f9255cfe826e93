//! The state of an outgoing run: one stage with its data, and the transitions between stages.
//!
//! ```text
//! connecting --> passes [--> pre-switchover] --> switchover --> ended
//!                                                  |
//!                      +---------------------------+
//!                      v
//!                   leaving --> postcopy --> finishing --> ended
//!                                |  ^          |
//!                 +--------------+--|----------+
//!                 v                 |
//!              paused --> reconnecting --> recovering --> postcopy
//!
//! every stage with a migration thread --> ending --> ended
//! ```
//!
//! This module has no threads and no clock. [`SourceRun`](super::run::SourceRun) holds the state
//! under a lock, and wakes up the threads that wait for a change.

mod link;
mod postcopy;
mod precopy;
mod stop;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::core::runs::Attempt;
use crate::transport::Stop;

pub(super) use link::PostcopyLink;

use link::Recovery;

/// The state of a run. Its stage changes by the methods of this module only.
pub(super) struct Lifecycle {
    stage: Stage,
}

/// The stage of a run, with the data that exist in it.
enum Stage {
    /// The connection is being made; the guest is untouched and no thread owns it.
    Connecting {
        /// `migrate-start-postcopy` was given.
        postcopy_wanted: bool,
    },
    /// RAM is sent, the guest may run.
    Passes {
        common: Common,
        peer: Peer,
        /// `migrate-start-postcopy` was given.
        postcopy_wanted: bool,
    },
    /// The guest is stopped until `migrate-continue`.
    PreSwitchover(Common),
    /// The rest is sent, and the destination's verdict is awaited.
    Switchover(Common),
    /// The package is being sent. The guest may belong to the destination at any moment.
    Leaving(Common, PostcopyLink),
    /// The guest belongs to the destination, and pages are missing there.
    Postcopy(Common, PostcopyLink),
    /// No page is left to send.
    Finishing(Common, PostcopyLink),
    /// The connection is lost. `next` is the one to resume with.
    Paused { thread: i32, next: Option<Attempt> },
    /// A connection is being made, which `stop` ends; `next` replaces it.
    Reconnecting { thread: i32, stop: Arc<Stop>, next: Option<Attempt> },
    /// Both sides find out over a new connection which pages are missing.
    Recovering(Common, PostcopyLink, Recovery),
    /// The run is aborted, and its threads end.
    Ending(Common, Owner),
    /// The migration thread has ended.
    Ended(Owner),
}

/// The data of all stages with a migration thread and a connection.
struct Common {
    /// The migration thread's id.
    thread: i32,
    back: ReturnPathState,
    /// The first error of any thread on this connection.
    error: Option<String>,
}

impl Common {
    fn new(thread: i32) -> Self {
        Self { thread, back: ReturnPathState::Absent, error: None }
    }
}

/// The return path of a connection.
enum ReturnPathState {
    /// No thread reads it.
    Absent,
    /// A thread reads it.
    Open,
    /// The thread has ended.
    Ended(Verdict),
}

/// The outcome that the return path ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The destination has the guest.
    Success,
    /// The destination reports a failure.
    Refused(String),
    /// The connection ended without a report.
    Lost(String),
}

impl Verdict {
    /// Returns the error, if it is one.
    pub(super) fn error(&self) -> Option<&String> {
        match self {
            Self::Success => None,
            Self::Refused(error) | Self::Lost(error) => Some(error),
        }
    }

    /// Returns the error as a result.
    pub(super) fn result(&self) -> Result<(), String> {
        self.error().cloned().map_or(Ok(()), Err)
    }
}

/// Messages that the destination has sent during passes; each one implies those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    /// None.
    Silent,
    /// An answer to a ping.
    Answered,
    /// The acknowledgement of the switchover.
    Acknowledged,
}

/// The result of a connection to resume with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// It is the current one.
    Current,
    /// A client has given another one meanwhile.
    Replaced,
}

/// The switch that ends the I/O of the current connection.
pub(super) enum Switch {
    /// The run's own, until the guest belongs to the destination.
    Run,
    /// The connection's.
    Connection(Arc<Stop>),
}

/// The side that a guest belongs to once its run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Source,
    Destination,
}

/// Error of a signal that a stage does not take. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[must_use]
pub(crate) enum StageError {
    /// The run is ending or has ended.
    #[error("the migration has ended")]
    Over,
    /// The signal belongs to another stage.
    #[error("unexpected {signal} in stage {stage}")]
    Misplaced {
        /// The signal.
        signal: &'static str,
        /// The current stage.
        stage: &'static str,
    },
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self { stage: Stage::Connecting { postcopy_wanted: false } }
    }
}

impl Lifecycle {
    /// Moves to the stage that `step` returns. `None` beside it means that the stage is unchanged
    /// and does not take the signal.
    fn change<T>(
        &mut self,
        signal: &'static str,
        step: impl FnOnce(Stage) -> (Stage, Option<T>),
    ) -> Result<T, StageError> {
        let (next, taken) = step(std::mem::replace(&mut self.stage, Stage::Ended(Owner::Source)));
        self.stage = next;
        taken.ok_or(self.misplaced(signal))
    }

    fn misplaced(&self, signal: &'static str) -> StageError {
        match self.stage {
            Stage::Ending(..) | Stage::Ended(_) => StageError::Over,
            _ => StageError::Misplaced { signal, stage: self.name() },
        }
    }

    /// Returns the name of the stage, for errors.
    fn name(&self) -> &'static str {
        match self.stage {
            Stage::Connecting { .. } => "connecting",
            Stage::Passes { .. } => "passes",
            Stage::PreSwitchover(_) => "pre-switchover",
            Stage::Switchover(_) => "switchover",
            Stage::Leaving(..) => "leaving",
            Stage::Postcopy(..) => "postcopy",
            Stage::Finishing(..) => "finishing",
            Stage::Paused { .. } => "paused",
            Stage::Reconnecting { .. } => "reconnecting",
            Stage::Recovering(..) => "recovering",
            Stage::Ending(..) => "ending",
            Stage::Ended(_) => "ended",
        }
    }

    fn common(&self) -> Option<&Common> {
        match &self.stage {
            Stage::Passes { common, .. }
            | Stage::PreSwitchover(common)
            | Stage::Switchover(common)
            | Stage::Leaving(common, _)
            | Stage::Postcopy(common, _)
            | Stage::Finishing(common, _)
            | Stage::Recovering(common, ..)
            | Stage::Ending(common, _) => Some(common),
            Stage::Connecting { .. }
            | Stage::Paused { .. }
            | Stage::Reconnecting { .. }
            | Stage::Ended(_) => None,
        }
    }

    fn common_mut(&mut self) -> Option<&mut Common> {
        match &mut self.stage {
            Stage::Passes { common, .. }
            | Stage::PreSwitchover(common)
            | Stage::Switchover(common)
            | Stage::Leaving(common, _)
            | Stage::Postcopy(common, _)
            | Stage::Finishing(common, _)
            | Stage::Recovering(common, ..)
            | Stage::Ending(common, _) => Some(common),
            Stage::Connecting { .. }
            | Stage::Paused { .. }
            | Stage::Reconnecting { .. }
            | Stage::Ended(_) => None,
        }
    }

    /// Returns the migration thread's id while it owns the guest.
    pub(super) fn thread(&self) -> Option<i32> {
        match self.stage {
            Stage::Paused { thread, .. } | Stage::Reconnecting { thread, .. } => Some(thread),
            _ => self.common().map(|common| common.thread),
        }
    }

    /// Returns the first error of any thread on the current connection.
    pub(super) fn error(&self) -> Option<&String> {
        self.common()?.error.as_ref()
    }

    /// Returns the destination's verdict, once it has come.
    pub(super) fn verdict(&self) -> Option<&Verdict> {
        match &self.common()?.back {
            ReturnPathState::Ended(verdict) => Some(verdict),
            ReturnPathState::Absent | ReturnPathState::Open => None,
        }
    }

    /// Returns true if the guest belongs to the destination, or may at any moment.
    pub(super) fn is_leaving(&self) -> bool {
        match &self.stage {
            Stage::Connecting { .. }
            | Stage::Passes { .. }
            | Stage::PreSwitchover(_)
            | Stage::Switchover(_) => false,
            Stage::Leaving(..)
            | Stage::Postcopy(..)
            | Stage::Finishing(..)
            | Stage::Paused { .. }
            | Stage::Reconnecting { .. }
            | Stage::Recovering(..) => true,
            Stage::Ending(_, owner) | Stage::Ended(owner) => *owner == Owner::Destination,
        }
    }

    fn owner(&self) -> Owner {
        if self.is_leaving() { Owner::Destination } else { Owner::Source }
    }
}
