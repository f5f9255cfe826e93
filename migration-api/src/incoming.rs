//! Waiting for a migration to come in: what is checked before, and how it starts.

use std::fmt;
use std::sync::Arc;

use crate::api::MigrationStatus as Status;
use crate::destination::{self, DestinationRun};
use crate::engine::Engine;
use crate::outgoing::is_fit;
use crate::state::Direction;
use crate::transport::{self, Address, Incoming, Stop, TransportError};

/// Why `migrate-incoming` or `migrate-recover` is refused. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IncomingError {
    /// There was one already.
    AlreadyStarted,
    /// The guest does not wait for one.
    NotWaiting,
    /// Several channels are needed, and the transport has one.
    SingleChannel,
    /// The transport cannot be opened.
    Transport(TransportError),
    /// `migrate-recover` where there is nothing to recover.
    NotPaused,
    /// The host has no more threads or descriptors.
    Host(String),
}

impl fmt::Display for IncomingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyStarted => "The incoming migration has already been started",
            Self::NotWaiting => "'-incoming' was not specified on the command line",
            Self::SingleChannel => "Migration requires multi-channel URIs (e.g. tcp)",
            Self::Transport(error) => return error.fmt(f),
            Self::NotPaused => "Migrate recover can only be run when postcopy is paused.",
            Self::Host(reason) => reason,
        })
    }
}

impl std::error::Error for IncomingError {}

impl Engine {
    /// Tells whether a migration may be waited for: before its address is looked at.
    ///
    /// # Errors
    /// There was one already, or the guest has its own memory.
    pub fn check_incoming(&self) -> Result<(), IncomingError> {
        let state = self.core.state();
        if state.incoming.accepted {
            Err(IncomingError::AlreadyStarted)
        } else if !state.waits_for_incoming {
            Err(IncomingError::NotWaiting)
        } else {
            Ok(())
        }
    }

    /// Waits for a migration at `address`, in the background.
    ///
    /// # Errors
    /// Whatever forbids it. An address that cannot be opened leaves the status `setup`, and another one may be tried.
    pub fn incoming(&self, address: &Address) -> Result<(), IncomingError> {
        self.check_incoming()?;
        let told = |error: std::io::Error| IncomingError::Host(transport::reason(&error));
        let run = Arc::new(DestinationRun { stop: Arc::new(Stop::new().map_err(told)?) });
        let mut state = self.core.state();
        if !is_fit(&state, address) {
            return Err(IncomingError::SingleChannel);
        }
        if state.incoming.machine.status() == Status::None {
            self.core.advance(&mut state, Direction::Incoming, Status::Setup);
        }
        let backlog = 1 + u32::from(state.parameters.multifd_channels);
        drop(state);

        let opened =
            transport::listen(address, &*self.core, backlog, &run.stop).map_err(IncomingError::Transport)?;
        let mut state = self.core.state();
        state.incoming.accepted = true;
        if let Incoming::Listener(listener) = &opened {
            state.incoming.listening = true;
            state.incoming.bound = listener.bound().to_vec();
        }
        state.incoming.run = Some(run.clone());
        drop(state);
        destination::start(self.core.clone(), &run, opened).map_err(told)
    }
}
