//! Transitions that any stage takes: errors, cuts and the end.

use std::sync::Arc;

use super::{Common, Lifecycle, ReturnPathState, Stage, StageError, Switch, Verdict};
use crate::transport::Stop;

impl Lifecycle {
    /// Records an error of another thread. Returns the switch to throw.
    pub(in crate::source) fn fail(&mut self, error: String) -> Result<Switch, StageError> {
        let misplaced = self.misplaced("error");
        let common = self.common_mut().ok_or(misplaced)?;
        common.error.get_or_insert(error);
        Ok(self.connection().map_or(Switch::Run, Switch::Connection))
    }

    /// The return path thread ends. Returns the switch to throw, unless the verdict is a success.
    pub(in crate::source) fn end_return_path(
        &mut self,
        verdict: Verdict,
    ) -> Result<Option<Switch>, StageError> {
        let misplaced = self.misplaced("verdict");
        let common = self.common_mut().ok_or(misplaced)?;
        if !matches!(common.back, ReturnPathState::Open) {
            return Err(misplaced);
        }
        let error = verdict.error().cloned();
        common.back = ReturnPathState::Ended(verdict);
        error.map(|error| self.fail(error)).transpose()
    }

    /// Returns the switch of the connection, once the guest belongs to the destination.
    fn connection(&self) -> Option<Arc<Stop>> {
        match &self.stage {
            Stage::Postcopy(_, link)
            | Stage::Finishing(_, link)
            | Stage::Recovering(_, link, _) => Some(link.stop.clone()),
            Stage::Reconnecting { stop, .. } => Some(stop.clone()),
            _ => None,
        }
    }

    /// Returns the switch of the connection, if there is one.
    pub(in crate::source) fn switch(&self) -> Option<Switch> {
        match &self.stage {
            Stage::Paused { .. } | Stage::Ending(..) | Stage::Ended(_) => None,
            _ => Some(self.connection().map_or(Switch::Run, Switch::Connection)),
        }
    }

    /// Ends the run, and records `error` unless there is an earlier one. Returns the switch of its
    /// connection, once the guest belongs to the destination.
    pub(in crate::source) fn abort(&mut self, error: Option<String>) -> Option<Arc<Stop>> {
        let (connection, owner) = (self.connection(), self.owner());
        let ending = |mut common: Common| {
            common.error = common.error.or(error);
            Stage::Ending(common, owner)
        };
        self.stage = match std::mem::replace(&mut self.stage, Stage::Ended(owner)) {
            Stage::Passes { common, .. }
            | Stage::PreSwitchover(common)
            | Stage::Switchover(common)
            | Stage::Leaving(common, _)
            | Stage::Postcopy(common, _)
            | Stage::Finishing(common, _)
            | Stage::Recovering(common, ..)
            | Stage::Ending(common, _) => ending(common),
            Stage::Paused { thread, .. } | Stage::Reconnecting { thread, .. } => {
                ending(Common::new(thread))
            }
            Stage::Connecting { .. } | Stage::Ended(_) => Stage::Ended(owner),
        };
        connection
    }

    /// Returns true once the run is ending.
    pub(in crate::source) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ending(..) | Stage::Ended(_))
    }

    /// Returns the first error of a run that is ending, once its return path thread has ended.
    pub(in crate::source) fn first_error(&self) -> Option<Option<String>> {
        let common = match &self.stage {
            Stage::Ending(common, _) => common,
            _ => return Some(None),
        };
        let heard = match &common.back {
            ReturnPathState::Open => return None,
            ReturnPathState::Absent => None,
            ReturnPathState::Ended(verdict) => verdict.error(),
        };
        Some(common.error.as_ref().or(heard).cloned())
    }

    /// The migration thread ends.
    pub(in crate::source) fn end(&mut self) {
        self.stage = Stage::Ended(self.owner());
    }
}
