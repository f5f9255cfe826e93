//! Controls postcopy at the source: switch, pause and recovery.

use std::sync::Arc;

use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::core::runs::{Attempt, NotPaused, Target};
use crate::engine::Engine;
use crate::engine::outgoing::OutgoingError;
use crate::transport::{self, Address, Endpoint, Stop};

/// The error of a pause that a client requested.
const BY_THE_USER: &str = "Postcopy migration is paused by the user";

impl Engine {
    /// Requests the switch to postcopy: the guest stops here, runs at the destination, and fetches
    /// its remaining memory from here. Capability `postcopy-ram` must have been on at both sides
    /// before the migration. Has no effect once the migration has ended.
    ///
    /// # Errors
    /// Postcopy is not enabled, or no migration has been started.
    pub fn switch_to_postcopy(&self) -> Result<(), OutgoingError> {
        let state = self.core.state();
        self.core.lifetime.check(OutgoingError::Ended)?;
        let wanted = [Capability::PostcopyRam, Capability::DirtyBitmaps];
        if !wanted.iter().any(|&capability| state.capabilities.has(capability)) {
            return Err(OutgoingError::PostcopyDisabled);
        }
        if state.outgoing.machine.status() == Status::None {
            return Err(OutgoingError::PostcopyTooEarly);
        }
        if let Some(run) = &state.outgoing.run {
            run.want_postcopy();
        }
        Ok(())
    }

    /// Cuts the connections of a postcopy, outgoing or incoming, which pauses it.
    ///
    /// # Errors
    /// No postcopy runs.
    pub fn pause_postcopy(&self) -> Result<(), OutgoingError> {
        match self.pause_outgoing() {
            Err(OutgoingError::NotPausable) if self.pause_incoming() => Ok(()),
            paused => paused,
        }
    }

    fn pause_outgoing(&self) -> Result<(), OutgoingError> {
        let mut state = self.core.state();
        let status = state.outgoing.machine.status();
        let run = state.outgoing.run.clone();
        let (Status::PostcopyActive | Status::PostcopyRecover, Some(run)) = (status, run) else {
            return Err(OutgoingError::NotPausable);
        };
        state.outgoing.error.get_or_insert_with(|| BY_THE_USER.into());
        drop(state);
        run.cut();
        Ok(())
    }

    /// Resumes a paused postcopy over a connection to `address`. Replaces an attempt that is still
    /// connecting.
    ///
    /// # Errors
    /// The attempt is refused, or the address cannot be opened. The status stays `postcopy-paused`.
    pub fn resume_postcopy(&self, address: &Address) -> Result<(), OutgoingError> {
        self.check_migrate(address, true, false)?;
        let host_error = |error: std::io::Error| OutgoingError::Host(transport::reason(&error));
        let stop = Arc::new(Stop::new().map_err(host_error)?);
        let state = self.core.state();
        let tls = state.credentials(Endpoint::Client, address.host());
        drop(state);
        let target = if transport::connects_in_background(address) {
            Ok(Target::Address(address.clone()))
        } else {
            transport::connect(address, &*self.core, &stop).map(Target::Channel)
        };
        let mut state = self.core.state();
        self.core.lifetime.check(OutgoingError::Ended)?;
        let run = state.outgoing.run.clone();
        // Another client may have been faster.
        let (Status::PostcopyPaused, Some(run)) = (state.outgoing.machine.status(), run) else {
            return Err(OutgoingError::NothingPaused);
        };
        match target {
            Ok(target) => {
                let resumed = run.resume(Attempt { target, tls, stop });
                resumed.map_err(|NotPaused| OutgoingError::NothingPaused)?;
            }
            Err(error) => {
                state.outgoing.error = Some(error.to_string());
                return Err(error.into());
            }
        }
        Ok(())
    }
}
