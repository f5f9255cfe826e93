//! Transitions up to the switchover.

use super::{Common, Lifecycle, Peer, ReturnPathState, Stage, StageError};

impl Lifecycle {
    /// The migration thread takes over the guest.
    pub(in crate::source) fn own(&mut self, thread: i32) -> Result<(), StageError> {
        self.change("migration thread", |stage| match stage {
            Stage::Connecting { postcopy_wanted } => {
                let common = Common::new(thread);
                (Stage::Passes { common, peer: Peer::Silent, postcopy_wanted }, Some(()))
            }
            other => (other, None),
        })
    }

    /// `migrate-start-postcopy` was given.
    pub(in crate::source) fn want_postcopy(&mut self) -> Result<(), StageError> {
        match &mut self.stage {
            Stage::Connecting { postcopy_wanted } | Stage::Passes { postcopy_wanted, .. } => {
                *postcopy_wanted = true;
                Ok(())
            }
            _ => Err(self.misplaced("request for postcopy")),
        }
    }

    /// Returns true if postcopy was requested.
    pub(in crate::source) fn is_postcopy_wanted(&self) -> bool {
        matches!(self.stage, Stage::Passes { postcopy_wanted: true, .. })
    }

    /// A thread reads the return path from now on. It ends with a [verdict](Self::end_return_path).
    pub(in crate::source) fn open_return_path(&mut self) -> Result<(), StageError> {
        match &mut self.stage {
            Stage::Passes { common, .. } | Stage::Recovering(common, ..)
                if matches!(common.back, ReturnPathState::Absent) =>
            {
                common.back = ReturnPathState::Open;
                Ok(())
            }
            _ => Err(self.misplaced("return path")),
        }
    }

    /// The destination has sent a message. After the passes it has no meaning.
    pub(in crate::source) fn peer(&mut self, message: Peer) -> Result<(), StageError> {
        match &mut self.stage {
            Stage::Passes { peer, .. } => *peer = message.max(*peer),
            Stage::Connecting { .. } | Stage::Paused { .. } | Stage::Reconnecting { .. } => {
                return Err(self.misplaced("answer of the destination"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the messages that the destination has sent during passes.
    pub(in crate::source) fn heard(&self) -> Peer {
        match self.stage {
            Stage::Passes { peer, .. } => peer,
            _ => Peer::Silent,
        }
    }

    /// The guest is stopped, and the run waits for `migrate-continue`.
    pub(in crate::source) fn wait_before_switchover(&mut self) -> Result<(), StageError> {
        self.change("wait before the switchover", |stage| match stage {
            Stage::Passes { common, .. } => (Stage::PreSwitchover(common), Some(())),
            other => (other, None),
        })
    }

    /// Returns true while the run waits for `migrate-continue`.
    pub(in crate::source) fn waits_before_switchover(&self) -> bool {
        matches!(self.stage, Stage::PreSwitchover(_))
    }

    /// `migrate-continue` was given.
    pub(in crate::source) fn proceed(&mut self) -> Result<(), StageError> {
        self.change("'migrate-continue'", |stage| match stage {
            Stage::PreSwitchover(common) => (Stage::Switchover(common), Some(())),
            other => (other, None),
        })
    }

    /// The guest is stopped, and its rest is sent at once.
    pub(in crate::source) fn switch_over(&mut self) -> Result<(), StageError> {
        self.change("switchover", |stage| match stage {
            Stage::Passes { common, .. } => (Stage::Switchover(common), Some(())),
            other => (other, None),
        })
    }
}
