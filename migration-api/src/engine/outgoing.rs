//! Starts and controls an outgoing migration.

use std::sync::Arc;

use crate::api::{MigMode, MigrationCapability, MigrationStatus, RunState};
use crate::core::State;
use crate::core::runs::Target;
use crate::engine::Engine;
use crate::guest::{Blocker, GuestError, answer};
use crate::lifetime::ENGINE_ENDED;
use crate::settings::CapabilityError;
use crate::source::{self, Plan, SourceRun};
use crate::state::Direction;
use crate::stats::Pass;
use crate::transport::{self, Address, Endpoint, TransportError};

/// Error that refuses `migrate` or a command that controls a migration. `Display` is the text for
/// the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutgoingError {
    /// The transport cannot be used or opened.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The capabilities need several channels, but the transport has only one.
    #[error("Migration requires multi-channel URIs (e.g. tcp)")]
    SingleChannel,
    /// No paused migration to resume.
    #[error("Cannot resume if there is no paused migration")]
    NothingPaused,
    /// Postcopy cannot resume, because `release-ram` freed the sent pages.
    #[error("Postcopy recovery cannot work when release-ram capability is set")]
    RamReleased,
    /// A migration is under way.
    #[error("There's a migration process in progress")]
    Running,
    /// The process waits for an incoming migration, so it has no guest yet.
    #[error("Guest is waiting for an incoming migration")]
    WaitingForIncoming,
    /// The guest has been migrated already.
    #[error("Can't migrate the vm that was paused due to previous migration")]
    Postmigrate,
    /// A blocker forbids to migrate the guest.
    #[error("{0}")]
    Blocked(String),
    /// Disk copies in COLO, which uses replication.
    #[error("No disk migration is required in COLO mode")]
    ColoDisks,
    /// Disk options both as arguments and in capabilities.
    #[error("Command options are incompatible with current migration capabilities")]
    DiskOptions,
    /// Disk copies, which this engine does not make.
    #[error("{}", CapabilityError::Block)]
    Disks,
    /// A capability that cannot be combined with `cpr-reboot`.
    #[error("Cannot use {0} with CPR")]
    Cpr(&'static str),
    /// `migrate-continue` for another status than the current one.
    #[error("Migration not in expected state: {0}")]
    UnexpectedStatus(MigrationStatus),
    /// `migrate-start-postcopy` without capability `postcopy-ram`.
    #[error("Enable postcopy with migrate_set_capability before the start of migration")]
    PostcopyDisabled,
    /// `migrate-start-postcopy` before `migrate`.
    #[error("Postcopy must be started after migration has been started")]
    PostcopyTooEarly,
    /// `migrate_cancel` when the guest may already run at the destination.
    #[error("Postcopy migration in progress, cannot cancel.")]
    InPostcopy,
    /// `migrate-pause` in a status that cannot pause.
    #[error(
        "migrate-pause is currently only supported during postcopy-active or postcopy-recover state"
    )]
    NotPausable,
    /// The host has no more threads or file descriptors.
    #[error("{0}")]
    Host(String),
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

/// Returns true if the transport has enough channels for the capabilities.
pub(crate) fn is_fit(state: &State, address: &Address) -> bool {
    let several = [MigrationCapability::Multifd, MigrationCapability::PostcopyPreempt];
    address.is_multi_channel()
        || !several.iter().any(|&capability| state.capabilities.has(capability))
}

/// The guest's answers before a migration.
struct Condition {
    run_state: RunState,
    /// The first reason not to migrate it.
    blocker: Option<Blocker>,
}

impl Engine {
    /// Checks that the guest may be migrated to `address` now. `disks` requests disk copies.
    ///
    /// # Errors
    /// The first rule that forbids it. Disk copies are always refused.
    pub(crate) fn check_migrate(
        &self,
        address: &Address,
        resume: bool,
        disks: bool,
    ) -> Result<(), OutgoingError> {
        let guest = self.condition()?;
        self.may_migrate(&self.core.state_after_jobs(), &guest, address, resume, disks)
    }

    /// Starts to migrate the guest to `address`.
    ///
    /// Sockets are connected in the background, so success means only that the attempt has begun.
    /// [`Event::Migration`](super::Event::Migration) reports its end, and [`info`](Self::info) has
    /// the reason of a failure in `error_desc`.
    ///
    /// Without capability `return-path` (or `postcopy-ram`, which implies it), status `completed`
    /// means only that everything was sent: the destination may have refused the guest, which then
    /// runs nowhere. With it, a refusal is status `failed`, and the guest continues here. Switch it
    /// on at the source, unless the address is a file or a command.
    ///
    /// # Errors
    /// The attempt is refused, or the address cannot be opened. In the second case the status is
    /// `failed`.
    pub fn migrate(&self, address: &Address) -> Result<(), OutgoingError> {
        let core = &self.core;
        let guest = self.condition()?;
        let mut state = core.state_after_jobs();
        self.may_migrate(&state, &guest, address, false, false)?;

        let host_error = |error: std::io::Error| match core.lifetime.has_ended() {
            true => OutgoingError::Ended,
            false => OutgoingError::Host(transport::reason(&error)),
        };
        let run = Arc::new(SourceRun::new(&state.parameters).map_err(host_error)?);
        // After the end of the engine no attempt begins.
        self.core.lifetime.end_with(&run.stop);
        let (capabilities, mode) = (state.capabilities, state.parameters.mode);
        let tls = state.credentials(Endpoint::Client, address.host());
        state.outgoing.error = None;
        state.outgoing.run = Some(run.clone());
        core.advance_or_log(&mut state, Direction::Outgoing, MigrationStatus::Setup);
        drop(state);

        let target = if transport::connects_in_background(address) {
            Ok(Target::Address(address.clone()))
        } else {
            transport::connect(address, &**core, &run.stop).map(Target::Channel).map_err(Into::into)
        };
        let started = target.and_then(|target| {
            let plan = Plan { target, capabilities, mode, tls };
            source::start(core.clone(), run.clone(), plan).map_err(host_error)
        });
        if let Err(error) = &started {
            let mut state = core.state();
            // The attempt may have been cancelled while the address was opened, and another one may
            // run.
            if state.outgoing.is_current(&*run) {
                state.outgoing.error = Some(error.to_string());
                core.advance_or_log(&mut state, Direction::Outgoing, MigrationStatus::Failed);
            }
        }
        started
    }

    /// Asks the guest for its part of the conditions, once no job works on it, and without a lock.
    fn condition(&self) -> Result<Condition, OutgoingError> {
        drop(self.core.state_after_jobs());
        self.core.lifetime.check(OutgoingError::Ended)?;
        let guest = &self.core.guest;
        let failed = |error: GuestError| OutgoingError::Host(error.to_string());
        let run_state = answer("ended", || Ok(self.core.run_state())).map_err(failed)?;
        let blockers = answer("blockers", || Ok(guest.blockers())).map_err(failed)?;
        Ok(Condition { run_state, blocker: blockers.into_iter().next() })
    }

    fn may_migrate(
        &self,
        state: &State,
        guest: &Condition,
        address: &Address,
        resume: bool,
        disks: bool,
    ) -> Result<(), OutgoingError> {
        use OutgoingError as E;
        let on = |capability| state.capabilities.has(capability);
        let refuse = |broken: bool, error: E| if broken { Err(error) } else { Ok(()) };
        // The state is locked, so the end comes before this check or ends the migration afterwards.
        self.core.lifetime.check(OutgoingError::Ended)?;
        refuse(!is_fit(state, address), E::SingleChannel)?;
        if resume {
            refuse(
                state.outgoing.machine.status() != MigrationStatus::PostcopyPaused,
                E::NothingPaused,
            )?;
            refuse(on(MigrationCapability::ReleaseRam), E::RamReleased)?;
            return Ok(());
        }
        refuse(state.outgoing.machine.is_running(), E::Running)?;
        // In postcopy the guest runs here, but part of its memory is missing.
        refuse(state.waits_for_incoming || state.incoming.is_postcopy(), E::WaitingForIncoming)?;
        refuse(guest.run_state == RunState::Postmigrate, E::Postmigrate)?;
        if let Some(blocker) = &guest.blocker {
            return Err(E::Blocked(blocker.refusal.clone()));
        }
        if disks {
            refuse(on(MigrationCapability::XColo), E::ColoDisks)?;
            refuse(
                on(MigrationCapability::Block) || state.parameters.block_incremental,
                E::DiskOptions,
            )?;
            return Err(E::Disks);
        }
        if state.parameters.mode == MigMode::CprReboot {
            let postcopy =
                on(MigrationCapability::PostcopyRam) || on(MigrationCapability::DirtyBitmaps);
            refuse(postcopy, E::Cpr("postcopy"))?;
            refuse(on(MigrationCapability::BackgroundSnapshot), E::Cpr("background snapshot"))?;
            refuse(on(MigrationCapability::XColo), E::Cpr("COLO"))?;
        }
        Ok(())
    }

    /// Cancels the outgoing migration without waiting for its end, which status `cancelled`
    /// reports. The guest continues here. Does nothing if none runs.
    ///
    /// # Errors
    /// The guest belongs to the destination already.
    pub fn cancel(&self) -> Result<(), OutgoingError> {
        let mut state = self.core.state_after_jobs();
        let run = state.outgoing.run.clone();
        if state.outgoing.machine.is_running() && run.as_ref().is_some_and(|run| run.is_leaving()) {
            return Err(OutgoingError::InPostcopy);
        }
        if self.core.advance(&mut state, Direction::Outgoing, MigrationStatus::Cancelling).is_err()
        {
            return Ok(());
        }
        let Some(run) = run else { return Ok(()) };
        if run.thread().is_none() {
            // A connection attempt may hang without a limit. The guest is untouched, so do not wait
            // for it.
            state.outgoing.run = None;
            self.core.advance_or_log(&mut state, Direction::Outgoing, MigrationStatus::Cancelled);
        }
        drop(state);
        run.abort();
        // A primary notices it at once, not only at its next checkpoint.
        self.core.colo.hurry();
        Ok(())
    }

    /// Lets a migration continue that is paused in status `expected`: with capability
    /// `pause-before-switchover` it waits in status `pre-switchover`, with the guest stopped.
    ///
    /// # Errors
    /// The migration has another status.
    pub fn proceed(&self, expected: MigrationStatus) -> Result<(), OutgoingError> {
        let state = self.core.state_after_jobs();
        self.core.lifetime.check(OutgoingError::Ended)?;
        let status = state.outgoing.machine.status();
        if status != expected {
            return Err(OutgoingError::UnexpectedStatus(status));
        }
        if let (MigrationStatus::PreSwitchover, Some(run)) = (status, &state.outgoing.run) {
            run.proceed();
        }
        Ok(())
    }

    /// Returns the records of the current or last migration's passes over memory that are over,
    /// oldest first, the newest [`KEPT_PASSES`](super::KEPT_PASSES) of them. The number of the
    /// first one tells how many are missing before it.
    pub fn passes(&self) -> Vec<Pass> {
        let run = self.core.state().outgoing.run.clone();
        run.map_or_else(Vec::new, |run| run.stats().passes())
    }

    /// Returns the names and ids of the threads of the outgoing migration.
    pub fn migration_threads(&self) -> Vec<(String, i32)> {
        let run = self.core.state().outgoing.run.clone();
        run.map(|run| run.threads()).unwrap_or_default()
    }
}
