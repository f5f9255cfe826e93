//! The two status machines of a process: outgoing and incoming migration.
//!
//! Outgoing:
//!
//! ```text
//!  none, completed, cancelled, failed --> setup [--> wait-unplug] --> active
//!                                           +--> completed (a snapshot)
//!
//!  active ------------------------------------------------------> completed
//!     |--> pre-switchover --> device ------------------------------^
//!     |         |               |--> postcopy-active --------------^
//!     |--> postcopy-active <----+        |     ^
//!     |                          postcopy-paused --> postcopy-recover --> postcopy-active, -paused
//!     +--> colo --> completed, failed, or cancelling --> cancelled
//!
//!  setup, wait-unplug, active, pre-switchover, device --> failed
//!  the same --> cancelling --> cancelled (or completed, if cancelled too late)
//! ```
//!
//! Incoming:
//!
//! ```text
//!  none, failed --> setup --> active --> completed or failed
//!                               |--> postcopy-active --> completed; failed if devices do not load
//!                               |      |     ^
//!                               |   postcopy-paused --> postcopy-recover --> postcopy-active,
//!                               |                                            -paused
//!                               +--> colo --> completed
//! ```
//!
//! This module has no threads and no clock: callers request a change and learn if it is allowed.

use std::fmt;

use crate::api::{MigrationStatus as Status, RunState};

/// The machine that a status belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// This process is the source.
    Outgoing,
    /// This process is the destination.
    Incoming,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outgoing => "outgoing",
            Self::Incoming => "incoming",
        })
    }
}

/// Error of a status that may not follow the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("migration status '{next}' does not follow '{now}'")]
pub struct StatusError {
    /// The current status.
    pub now: Status,
    /// The status that was to follow.
    pub next: Status,
}

/// The current status, and the changes that it allows.
#[derive(Clone, Copy, Debug)]
pub struct StatusMachine {
    direction: Direction,
    status: Status,
}

impl StatusMachine {
    /// Creates a machine in status `none`.
    pub fn new(direction: Direction) -> Self {
        Self { direction, status: Status::None }
    }

    /// Returns the current status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Changes to `next`.
    ///
    /// # Errors
    /// `next` may not follow the current status, which stays.
    pub fn advance(&mut self, next: Status) -> Result<(), StatusError> {
        if !follows(self.direction, self.status, next) {
            return Err(StatusError { now: self.status, next });
        }
        self.status = next;
        Ok(())
    }

    /// Returns true while a migration runs, which forbids another one and changes of capabilities.
    pub fn is_running(&self) -> bool {
        !matches!(
            self.status,
            Status::None | Status::Completed | Status::Cancelled | Status::Failed
        )
    }
}

/// Returns true if `next` may follow `now`.
fn follows(direction: Direction, now: Status, next: Status) -> bool {
    use Status::{
        Active, Cancelled, Cancelling, Colo, Completed, Device, Failed, None, PostcopyActive,
        PostcopyPaused, PostcopyRecover, PreSwitchover, Setup, WaitUnplug,
    };
    let outgoing = direction == Direction::Outgoing;
    match (now, next) {
        (None, Setup) => true,
        // Saving a snapshot completes without `active`, because the guest is stopped.
        (Setup, Completed) => outgoing,
        (Setup, Active)
        | (Active, PostcopyActive | Colo | Completed | Failed)
        | (Setup, Failed) => true,
        (PostcopyActive, PostcopyPaused | Completed) => true,
        (PostcopyPaused, PostcopyRecover) => true,
        (PostcopyRecover, PostcopyActive | PostcopyPaused) => true,
        // The destination lacks data to run the guest, or cannot load it.
        (PostcopyActive, Failed) => true,
        (PostcopyPaused | PostcopyRecover, Failed) => !outgoing,
        // The recovery failed because no connection was made.
        (PostcopyPaused, PostcopyPaused) => outgoing,
        (Colo, Completed | Failed) => true,
        (Device, Colo) | (Colo, Cancelling) => outgoing,
        // A transport that cannot be opened leaves the destination in `setup`, so that it may try
        // another.
        (Setup, Setup) => !outgoing,
        (Completed | Cancelled, Setup) => outgoing,
        (Failed, Setup) => true,
        (Setup, WaitUnplug) | (WaitUnplug, Active | Failed) => outgoing,
        (Active, PreSwitchover) | (PreSwitchover, Device | PostcopyActive | Failed) => outgoing,
        (Device, Completed | PostcopyActive | Failed) => outgoing,
        (Setup | WaitUnplug | Active | PreSwitchover | Device, Cancelling) => outgoing,
        // A cancellation that arrives when the destination has everything is too late.
        (Cancelling, Cancelled | Completed) => outgoing,
        _ => false,
    }
}

/// Returns true if only a reset can make the guest run again.
pub(crate) fn has_ended(state: RunState) -> bool {
    matches!(state, RunState::Shutdown | RunState::InternalError | RunState::GuestPanicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_goes_its_way_once() {
        let mut machine = StatusMachine::new(Direction::Outgoing);
        assert!(!machine.is_running());
        assert!(machine.advance(Status::Active).is_err());
        for next in [
            Status::Setup,
            Status::Active,
            Status::PreSwitchover,
            Status::Device,
            Status::Completed,
        ] {
            assert!(machine.advance(next).is_ok(), "{next}");
        }
        assert!(machine.advance(Status::Cancelling).is_err());
        assert!(machine.advance(Status::Setup).is_ok());
        assert!(machine.is_running());
    }

    #[test]
    fn the_first_of_cancel_and_completion_decides() {
        let mut machine = StatusMachine::new(Direction::Outgoing);
        for next in [Status::Setup, Status::Active, Status::Cancelling] {
            assert!(machine.advance(next).is_ok());
        }
        assert!(machine.advance(Status::Failed).is_err());
        assert!(machine.advance(Status::Cancelled).is_ok());
        assert!(machine.advance(Status::Completed).is_err());
    }

    #[test]
    fn an_incoming_migration_is_not_cancelled_and_repeated_only_after_a_failure() {
        let mut machine = StatusMachine::new(Direction::Incoming);
        assert!(machine.advance(Status::Setup).is_ok());
        assert!(machine.advance(Status::Setup).is_ok());
        assert!(machine.advance(Status::Active).is_ok());
        assert!(machine.advance(Status::Cancelling).is_err());
        assert!(machine.advance(Status::Failed).is_ok());
        assert!(machine.advance(Status::Active).is_err());
        for next in [Status::Setup, Status::Active, Status::Completed] {
            assert!(machine.advance(next).is_ok(), "{next}");
        }
        assert!(machine.advance(Status::Setup).is_err());
    }

    #[test]
    fn no_status_leads_back_to_none() {
        for direction in [Direction::Outgoing, Direction::Incoming] {
            for &now in Status::VALUES {
                assert!(!follows(direction, now, Status::None), "{now}");
            }
        }
    }
}
