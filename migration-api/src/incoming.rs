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
        let run = Arc::new(DestinationRun::new().map_err(told)?);
        let mut state = self.core.state();
        if !is_fit(&state, address) {
            return Err(IncomingError::SingleChannel);
        }
        if state.incoming.machine.status() == Status::None {
            self.core.advance(&mut state, Direction::Incoming, Status::Setup);
        }
        let backlog = 1 + u32::from(state.parameters.multifd_channels);
        drop(state);

        let opened = transport::listen(address, &*self.core, backlog, &run.connections())
            .map_err(IncomingError::Transport)?;
        let mut state = self.core.state();
        // Opening may have taken its time, and another monitor may have been quicker.
        if state.incoming.accepted {
            return Err(IncomingError::AlreadyStarted);
        }
        state.incoming.accepted = true;
        if let Incoming::Listener(listener) = &opened {
            state.incoming.listening = true;
            state.incoming.bound = listener.bound().to_vec();
        }
        state.incoming.run = Some(run.clone());
        drop(state);
        destination::start(self.core.clone(), run, opened).map_err(told)
    }

    /// Cuts the connection of an incoming postcopy, which pauses. Whether there was one to cut.
    pub(crate) fn pause_incoming(&self) -> bool {
        let state = self.core.state();
        let pausable = matches!(
            state.incoming.machine.status(),
            Status::PostcopyActive | Status::PostcopyRecover
        );
        let run = state.incoming.run.clone().filter(|_| pausable);
        drop(state);
        run.inspect(|run| run.cut()).is_some()
    }

    /// Tells whether a paused postcopy waits for the source to connect again: before its address is looked at.
    ///
    /// # Errors
    /// It does not.
    pub fn check_recover(&self) -> Result<(), IncomingError> {
        match self.core.state().incoming.machine.status() {
            Status::PostcopyPaused => Ok(()),
            _ => Err(IncomingError::NotPaused),
        }
    }

    /// Lets the source of a paused postcopy connect again, at `address`. An address given before is not listened to any more.
    ///
    /// # Errors
    /// Nothing is paused, or an address that cannot be opened: another one may be tried.
    pub fn recover(&self, address: &Address) -> Result<(), IncomingError> {
        let state = self.core.state();
        if !is_fit(&state, address) {
            return Err(IncomingError::SingleChannel);
        }
        let paused = state.incoming.machine.status() == Status::PostcopyPaused;
        let Some(run) = state.incoming.run.clone().filter(|_| paused) else {
            return Err(IncomingError::NotPaused);
        };
        // The state's lock makes sure that no source has come in just now, and that none does.
        let withdrawn = run.withdraw();
        drop(state);
        withdrawn.wait();

        let told = |error: std::io::Error| IncomingError::Host(transport::reason(&error));
        let stop = Arc::new(Stop::new().map_err(told)?);
        let opened =
            transport::listen(address, &*self.core, 2, &stop).map_err(IncomingError::Transport)?;
        let mut state = self.core.state();
        state.incoming.bound = match &opened {
            Incoming::Listener(listener) => listener.bound().to_vec(),
            Incoming::Channel(_) => Vec::new(),
        };
        run.offer(opened, stop);
        Ok(())
    }
}
