//! One outgoing migration, as its thread sees it.

use std::sync::Arc;
use std::time::Duration;

use super::error::SourceError;
use super::run::SourceRun;
use crate::api::{MigMode, MigrationStatus as Status, RunState};
use crate::core::runs::{Target, Tls};
use crate::core::{Core, Event, State};
use crate::held_ram::HeldRam;
use crate::settings::{Capabilities, Parameters};
use crate::state::{Direction, StatusError};
use crate::transport::{self, Address, Channel, Stop, TlsCredentials};

/// The address and settings for further channels to the destination.
struct Route {
    address: Address,
    tls: Option<TlsCredentials>,
    stop: Arc<Stop>,
}

/// The run. It always ends with the guest migrated, or as it was.
pub(super) struct Source {
    pub(super) core: Arc<Core>,
    pub(super) run: Arc<SourceRun>,
    pub(super) capabilities: Capabilities,
    pub(super) mode: MigMode,
    /// The way to the destination, if further channels can use it.
    route: Option<Route>,
    /// The guest's run state before the migration stopped it.
    pub(super) stopped_from: Option<RunState>,
    /// Devices were unplugged for the migration.
    pub(super) unplugs: bool,
    /// Keeps the guest's RAM as it is.
    pub(super) ram: Option<HeldRam>,
}

impl Source {
    pub(super) fn new(
        core: Arc<Core>,
        run: Arc<SourceRun>,
        capabilities: Capabilities,
        mode: MigMode,
    ) -> Self {
        Self {
            core,
            run,
            capabilities,
            mode,
            route: None,
            stopped_from: None,
            unplugs: false,
            ram: None,
        }
    }

    /// Opens the main channel. `stop` ends its I/O and that of further channels.
    pub(super) fn connect(
        &mut self,
        target: Target,
        tls: Tls,
        stop: Arc<Stop>,
    ) -> Result<Channel, SourceError> {
        let (channel, address) = match target {
            Target::Channel(channel) => (channel, None),
            Target::Address(address) => {
                (transport::connect(&address, &*self.core, &stop)?, Some(address))
            }
        };
        let tls = tls?;
        let channel = match &tls {
            Some(credentials) => channel.secure(credentials)?,
            None => channel,
        };
        self.route = address.map(|address| Route { address, tls, stop });
        Ok(channel)
    }

    /// Opens another channel to the same address, with TLS if the main channel has it.
    pub(super) fn further_channel(&self) -> Result<Channel, SourceError> {
        let Some(Route { address, tls, stop }) = &self.route else {
            return Err(SourceError::SingleChannel);
        };
        let channel = transport::connect(address, &*self.core, stop)?;
        Ok(match tls {
            Some(credentials) => channel.secure(credentials)?,
            None => channel,
        })
    }

    /// Limits every vCPU to the parameter's dirty rate.
    pub(super) fn limit_dirtying(&self, parameters: &Parameters) {
        let period = Duration::from_millis(parameters.x_vcpu_dirty_limit_period);
        if let Err(error) = self.core.dirty_limits.set(None, parameters.vcpu_dirty_limit, period) {
            self.core.notify(Event::Log(error.to_string()));
        }
    }

    /// Returns true if the current status belongs to this attempt.
    pub(super) fn is_current(&self, state: &State) -> bool {
        state.outgoing.is_current(&*self.run)
    }

    /// Stops the guest for the rest of the migration.
    ///
    /// # Errors
    /// It cannot be stopped.
    pub(super) fn stop_guest(&mut self) -> Result<(), SourceError> {
        if self.stopped_from.is_none() {
            let running = self.core.run_lock();
            // Noted before, in case that stopping it panics halfway.
            self.stopped_from = Some(self.core.run_state());
            self.core.halt_holding(&running, RunState::FinishMigrate)?;
        }
        Ok(())
    }

    /// Returns the first error of any thread.
    pub(super) fn check(&self) -> Result<(), SourceError> {
        if let Some(error) = self.run.look().error() {
            return Err(SourceError::ReturnPath(error.clone()));
        }
        if self.run.stop.is_stopped() { Err(SourceError::Cancelled) } else { Ok(()) }
    }

    /// Changes the status.
    ///
    /// # Errors
    /// The migration is being cancelled.
    pub(super) fn advance(&self, next: Status) -> Result<(), SourceError> {
        self.advance_locked(&mut self.core.state(), next)
    }

    /// Does the same for a caller that has locked the state.
    pub(super) fn advance_locked(
        &self,
        state: &mut State,
        next: Status,
    ) -> Result<(), SourceError> {
        match self.core.advance(state, Direction::Outgoing, next) {
            Ok(()) => Ok(()),
            Err(StatusError { .. }) => Err(SourceError::Cancelled),
        }
    }
}
