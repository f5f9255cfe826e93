//! Steering a postcopy from outside: the switch, the pause and the resumption of the source.

use std::sync::Arc;

use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::engine::Engine;
use crate::outgoing::OutgoingError;
use crate::source::{Attempt, Target};
use crate::transport::{self, Address, Endpoint, Stop};

/// What the client reads as the reason of a pause that it asked for.
const BY_THE_USER: &str = "Postcopy migration is paused by the user";

impl Engine {
    /// Asks for the switch to postcopy; without effect once the migration is over.
    ///
    /// # Errors
    /// No capability for it, or no migration yet.
    pub fn start_postcopy(&self) -> Result<(), OutgoingError> {
        let state = self.core.state();
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

    /// Cuts the source's connections in postcopy, so that it pauses.
    ///
    /// # Errors
    /// A status in which there is nothing to pause.
    pub fn pause_outgoing(&self) -> Result<(), OutgoingError> {
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

    /// Goes on with a paused postcopy over a connection to `address`. An attempt that still connects gives way.
    ///
    /// # Errors
    /// Whatever forbids it, and an address that cannot be opened. The status stays `postcopy-paused` then.
    pub(crate) fn resume(&self, address: Address) -> Result<(), OutgoingError> {
        let told = |error: std::io::Error| OutgoingError::Host(transport::reason(&error));
        let stop = Arc::new(Stop::new().map_err(told)?);
        let state = self.core.state();
        let tls = state.credentials(Endpoint::Client, address.host());
        drop(state);
        let target = if transport::connects_in_background(&address) {
            Ok(Target::Address(address))
        } else {
            transport::connect(&address, &*self.core, &stop).map(Target::Channel)
        };
        let mut state = self.core.state();
        let run = state.outgoing.run.clone();
        // Somebody may have been faster.
        let (Status::PostcopyPaused, Some(run)) = (state.outgoing.machine.status(), run) else {
            return Err(OutgoingError::NothingPaused);
        };
        match target {
            Ok(target) => run.resume(Attempt { target, tls, stop }),
            Err(error) => {
                state.outgoing.error = Some(error.to_string());
                return Err(error.into());
            }
        }
        Ok(())
    }
}
