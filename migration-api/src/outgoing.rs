//! Migrating away: what is checked before, how it starts, and how it is steered from outside.

use std::fmt;
use std::sync::Arc;

use crate::api::{MigMode, MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::caps::CapabilityError;
use crate::engine::{Engine, State};
use crate::source::{self, Plan, SourceRun, Target};
use crate::state::Direction;
use crate::transport::{self, Address, Endpoint, TransportError};

/// Why `migrate` or a command that steers a migration is refused. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutgoingError {
    /// The transport cannot be used or opened.
    Transport(TransportError),
    /// Several channels are needed, and the transport has one.
    SingleChannel,
    /// There is nothing to resume.
    NothingPaused,
    /// Pages were given up when they were sent.
    RamReleased,
    /// A migration is under way.
    Running,
    /// There is no guest yet.
    WaitingForIncoming,
    /// The guest has gone already.
    Postmigrate,
    /// Something forbids to migrate the guest.
    Blocked(String),
    /// Copies of disks under COLO, which has replicas.
    ColoDisks,
    /// Copies of disks where other settings ask for them already.
    DiskOptions,
    /// Copies of disks.
    Disks,
    /// A capability that `cpr-reboot` does not go with.
    Cpr(&'static str),
    /// `migrate-continue` for another status than the present one.
    UnexpectedStatus(Status),
    /// `migrate-start-postcopy` without postcopy.
    PostcopyDisabled,
    /// `migrate-start-postcopy` before `migrate`.
    PostcopyTooEarly,
    /// `migrate_cancel` when the guest cannot come back.
    InPostcopy,
    /// `migrate-pause` in a status in which there is nothing to pause.
    NotPausable,
    /// The host has no more threads or descriptors.
    Host(String),
}

impl fmt::Display for OutgoingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transport(error) => return error.fmt(f),
            Self::SingleChannel => "Migration requires multi-channel URIs (e.g. tcp)",
            Self::NothingPaused => "Cannot resume if there is no paused migration",
            Self::RamReleased => "Postcopy recovery cannot work when release-ram capability is set",
            Self::Running => "There's a migration process in progress",
            Self::WaitingForIncoming => "Guest is waiting for an incoming migration",
            Self::Postmigrate => "Can't migrate the vm that was paused due to previous migration",
            Self::Blocked(refusal) => refusal,
            Self::ColoDisks => "No disk migration is required in COLO mode",
            Self::DiskOptions => "Command options are incompatible with current migration capabilities",
            Self::Disks => return CapabilityError::Block.fmt(f),
            Self::Cpr(what) => return write!(f, "Cannot use {what} with CPR"),
            Self::UnexpectedStatus(status) => return write!(f, "Migration not in expected state: {status}"),
            Self::PostcopyDisabled => {
                "Enable postcopy with migrate_set_capability before the start of migration"
            }
            Self::PostcopyTooEarly => "Postcopy must be started after migration has been started",
            Self::InPostcopy => "Postcopy migration in progress, cannot cancel.",
            Self::NotPausable => {
                "migrate-pause is currently only supported during postcopy-active or postcopy-recover state"
            }
            Self::Host(reason) => reason,
        })
    }
}

impl std::error::Error for OutgoingError {}

impl From<TransportError> for OutgoingError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// Whether the capabilities allow a transport.
pub(crate) fn is_fit(state: &State, address: &Address) -> bool {
    let several = [Capability::Multifd, Capability::PostcopyPreempt];
    address.is_multi_channel()
        || !several.iter().any(|&capability| state.capabilities.has(capability))
}

impl Engine {
    /// Tells whether the guest may be migrated to `address` now; `disks` asks for copies of its disks, too.
    ///
    /// # Errors
    /// Whatever forbids it. Disks are never copied.
    pub fn check_migrate(
        &self,
        address: &Address,
        resume: bool,
        disks: bool,
    ) -> Result<(), OutgoingError> {
        self.may_migrate(&self.core.rested(), address, resume, disks)
    }

    /// Starts to migrate the guest to `address`, or goes on with a paused postcopy.
    ///
    /// Socket addresses are connected in the background: success means only that the attempt has begun.
    ///
    /// # Errors
    /// Whatever forbids the attempt; and an address that cannot be opened, after which the status is `failed`.
    pub fn migrate(&self, address: Address, resume: bool) -> Result<(), OutgoingError> {
        let core = &self.core;
        let mut state = core.rested();
        self.may_migrate(&state, &address, resume, false)?;
        if resume {
            drop(state);
            return self.resume(address);
        }

        let told = |error: std::io::Error| OutgoingError::Host(transport::reason(&error));
        let run = Arc::new(SourceRun::new(&state.parameters).map_err(told)?);
        let (capabilities, mode) = (state.capabilities, state.parameters.mode);
        let tls = state.credentials(Endpoint::Client, address.host());
        state.outgoing.error = None;
        state.outgoing.run = Some(run.clone());
        core.advance(&mut state, Direction::Outgoing, Status::Setup);
        drop(state);

        let target = if transport::connects_in_background(&address) {
            Ok(Target::Address(address))
        } else {
            transport::connect(&address, &**core, &run.stop)
                .map(Target::Channel)
                .map_err(Into::into)
        };
        let started = target.and_then(|target| {
            let plan = Plan { target, capabilities, mode, tls };
            source::start(core.clone(), run.clone(), plan).map_err(told)
        });
        if let Err(error) = &started {
            let mut state = core.state();
            // It may have been cancelled while it was being opened, and another attempt be under way.
            if state.outgoing.run.as_ref().is_some_and(|current| Arc::ptr_eq(current, &run)) {
                state.outgoing.error = Some(error.to_string());
                core.advance(&mut state, Direction::Outgoing, Status::Failed);
            }
        }
        started
    }

    fn may_migrate(
        &self,
        state: &State,
        address: &Address,
        resume: bool,
        disks: bool,
    ) -> Result<(), OutgoingError> {
        use OutgoingError as E;
        let on = |capability| state.capabilities.has(capability);
        let refuse = |broken: bool, error: E| if broken { Err(error) } else { Ok(()) };
        refuse(!is_fit(state, address), E::SingleChannel)?;
        if resume {
            refuse(state.outgoing.machine.status() != Status::PostcopyPaused, E::NothingPaused)?;
            refuse(on(Capability::ReleaseRam), E::RamReleased)?;
            return Ok(());
        }
        refuse(state.outgoing.machine.is_running(), E::Running)?;
        // In postcopy the guest runs already, but its memory is not all here.
        refuse(state.waits_for_incoming || state.incoming.is_postcopy(), E::WaitingForIncoming)?;
        refuse(self.core.guest.run_state() == RunState::Postmigrate, E::Postmigrate)?;
        if let Some(blocker) = self.core.guest.blockers().into_iter().next() {
            return Err(E::Blocked(blocker.refusal));
        }
        if disks {
            refuse(on(Capability::XColo), E::ColoDisks)?;
            refuse(on(Capability::Block) || state.parameters.block_incremental, E::DiskOptions)?;
            return Err(E::Disks);
        }
        if state.parameters.mode == MigMode::CprReboot {
            let postcopy = on(Capability::PostcopyRam) || on(Capability::DirtyBitmaps);
            refuse(postcopy, E::Cpr("postcopy"))?;
            refuse(on(Capability::BackgroundSnapshot), E::Cpr("background snapshot"))?;
            refuse(on(Capability::XColo), E::Cpr("COLO"))?;
        }
        Ok(())
    }

    /// Cancels the outgoing migration; without effect where there is none.
    ///
    /// # Errors
    /// The guest is the destination's already.
    pub fn cancel(&self) -> Result<(), OutgoingError> {
        let mut state = self.core.rested();
        let run = state.outgoing.run.clone();
        if state.outgoing.machine.is_running() && run.as_ref().is_some_and(|run| run.is_leaving()) {
            return Err(OutgoingError::InPostcopy);
        }
        if !self.core.advance(&mut state, Direction::Outgoing, Status::Cancelling) {
            return Ok(());
        }
        let Some(run) = run else { return Ok(()) };
        if run.thread().is_none() {
            // Nobody knows when a connection that does not come will fail. The guest was not touched yet.
            state.outgoing.run = None;
            self.core.advance(&mut state, Direction::Outgoing, Status::Cancelled);
        }
        drop(state);
        run.abort();
        Ok(())
    }

    /// Lets a migration that pauses in `expected` go on.
    ///
    /// # Errors
    /// Another status.
    pub fn proceed(&self, expected: Status) -> Result<(), OutgoingError> {
        let state = self.core.rested();
        let status = state.outgoing.machine.status();
        if status != expected {
            return Err(OutgoingError::UnexpectedStatus(status));
        }
        if let (Status::PreSwitchover, Some(run)) = (status, &state.outgoing.run) {
            run.proceed();
        }
        Ok(())
    }

    /// Whether there is a migration whose connections can be cut.
    pub fn can_yank(&self) -> bool {
        let state = self.core.state();
        let incoming = state.incoming.machine.status();
        state.outgoing.machine.is_running()
            || (state.incoming.accepted && incoming != Status::Completed)
    }

    /// Cuts the connections of a migration that hangs: it fails.
    pub fn yank(&self) {
        let state = self.core.state();
        let outgoing = state.outgoing.run.clone().filter(|_| state.outgoing.machine.is_running());
        let incoming = state.incoming.run.clone();
        drop(state);
        if let Some(run) = outgoing {
            run.cut();
        }
        if let Some(run) = incoming {
            run.cut();
        }
    }
}
