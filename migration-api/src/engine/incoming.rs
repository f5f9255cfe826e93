//! Starts an incoming migration after checking that it is allowed.

use std::sync::Arc;

use crate::api::MigrationStatus as Status;
use crate::core::State;
use crate::destination::{self, DestinationRun};
use crate::engine::Engine;
use crate::engine::outgoing::is_fit;
use crate::lifetime::ENGINE_ENDED;
use crate::state::Direction;
use crate::transport::{self, Address, Incoming, Stop, TransportError};

/// Error that refuses `migrate-incoming` or `migrate-recover`. `Display` is the text for the
/// client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IncomingError {
    /// An incoming migration was started before.
    #[error("The incoming migration has already been started")]
    AlreadyStarted,
    /// The process was not started to wait for one.
    #[error("'-incoming' was not specified on the command line")]
    NotWaiting,
    /// The capabilities need several channels, but the transport has only one.
    #[error("Migration requires multi-channel URIs (e.g. tcp)")]
    SingleChannel,
    /// The transport cannot be opened.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// `migrate-recover` without a paused postcopy.
    #[error("Migrate recover can only be run when postcopy is paused.")]
    NotPaused,
    /// The host has no more threads or file descriptors.
    #[error("{0}")]
    Host(String),
    /// `cancel_incoming` without a source that is awaited or silent.
    #[error("no incoming migration is awaited")]
    NothingToCancel,
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

/// Checks that an attempt may begin: the first one, or one after a failure.
fn check(state: &State) -> Result<(), IncomingError> {
    let failed = state.incoming.machine.status() == Status::Failed;
    if state.incoming.accepted && !failed {
        Err(IncomingError::AlreadyStarted)
    } else if !state.waits_for_incoming {
        Err(IncomingError::NotWaiting)
    } else {
        Ok(())
    }
}

impl Engine {
    /// Checks, before the address is parsed, that an incoming migration may start.
    ///
    /// # Errors
    /// One was started before, or the guest does not wait for one.
    pub fn check_incoming(&self) -> Result<(), IncomingError> {
        let state = self.core.state();
        self.core.lifetime.check(IncomingError::Ended)?;
        if state.incoming.accepted { Err(IncomingError::AlreadyStarted) } else { check(&state) }
    }

    /// Listens for a migration at `address`, in the background. Needs an engine built with
    /// [`incoming(true)`](super::EngineBuilder::incoming).
    ///
    /// [`Event::Migration`](super::Event::Migration) with status `completed` reports that the guest
    /// has arrived, [`Event::IncomingFailed`](super::Event::IncomingFailed) the reasons of a
    /// failure.
    ///
    /// A failed attempt may be repeated: its listener is closed, and no thread of it changes the
    /// guest any more. The next source overwrites all memory and devices; until it has completed,
    /// the guest stays in [`RunState::Inmigrate`](crate::api::RunState::Inmigrate). QMP's
    /// `migrate-incoming` refuses to repeat, as QEMU does.
    ///
    /// A source that connects and sends nothing holds the attempt without a limit of time, as in
    /// QEMU. [`cancel_incoming`](Self::cancel_incoming) ends it.
    ///
    /// If the attempt fails, [`incoming_error`](Self::incoming_error) has the reason;
    /// [`info`](Self::info) shows only the status, as QEMU does.
    ///
    /// # Errors
    /// The checks fail, or the address cannot be opened. In the second case the status stays
    /// `setup`, and another address may be tried.
    pub fn incoming(&self, address: &Address) -> Result<(), IncomingError> {
        let host_error = |error: std::io::Error| match self.core.lifetime.has_ended() {
            true => IncomingError::Ended,
            false => IncomingError::Host(transport::reason(&error)),
        };
        let run = Arc::new(DestinationRun::new().map_err(host_error)?);
        // The end of the engine ends the waits of this command, too.
        self.core.lifetime.end_with(&run.connections());
        let mut state = self.core.state();
        self.core.lifetime.check(IncomingError::Ended)?;
        check(&state)?;
        if !is_fit(&state, address) {
            return Err(IncomingError::SingleChannel);
        }
        if state.incoming.machine.status() != Status::Setup {
            state.incoming.accepted = false;
            state.incoming.blocktime = None;
            state.incoming.error = None;
            self.core.advance_or_log(&mut state, Direction::Incoming, Status::Setup);
        }
        let backlog = 1 + u32::from(state.parameters.multifd_channels);
        drop(state);

        let opened = self.open(address, backlog, &run.connections())?;
        let mut state = self.core.state();
        self.core.lifetime.check(IncomingError::Ended)?;
        // Opening may take a while, and another client may have been faster.
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
        destination::start(self.core.clone(), run, opened).map_err(host_error)
    }

    /// Withdraws an incoming migration whose source has not sent anything: closes the listener, or
    /// the connection of a source that is silent.
    ///
    /// The attempt fails: status `failed` and [`Event::IncomingFailed`](super::Event) follow, after
    /// which [`incoming`](Self::incoming) works again.
    ///
    /// # Errors
    /// No source is awaited, or its stream is being loaded.
    pub fn cancel_incoming(&self) -> Result<(), IncomingError> {
        let state = self.core.state();
        let run =
            state.incoming.run.clone().filter(|_| {
                matches!(state.incoming.machine.status(), Status::Setup | Status::Active)
            });
        let opening = state.incoming.opening.clone();
        drop(state);
        if let Some(opening) = opening {
            opening.cut_waits();
            return Ok(());
        }
        match run {
            Some(run) if run.forgo() => Ok(()),
            _ => Err(IncomingError::NothingToCancel),
        }
    }

    /// Returns the lines of the last incoming attempt's failure, as
    /// [`Event::IncomingFailed`](super::Event::IncomingFailed) has them. `None` if it has not
    /// failed.
    pub fn incoming_error(&self) -> Option<Vec<String>> {
        self.core.state().incoming.error.clone()
    }

    /// Opens an address. A yank ends the resolution of its host name.
    fn open(
        &self,
        address: &Address,
        backlog: u32,
        stop: &Arc<Stop>,
    ) -> Result<Incoming, IncomingError> {
        self.core.state().incoming.opening = Some(stop.clone());
        let opened = transport::listen(address, &*self.core, backlog, stop);
        self.core.state().incoming.opening = None;
        opened.map_err(IncomingError::Transport)
    }

    /// Cuts the connection of an incoming postcopy, which pauses it. Returns true if there was one.
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

    /// Checks, before the address is parsed, that a paused postcopy waits for its source.
    ///
    /// # Errors
    /// No postcopy is paused.
    pub fn check_recover(&self) -> Result<(), IncomingError> {
        let state = self.core.state();
        self.core.lifetime.check(IncomingError::Ended)?;
        match state.incoming.machine.status() {
            Status::PostcopyPaused => Ok(()),
            _ => Err(IncomingError::NotPaused),
        }
    }

    /// Listens for the source of a paused postcopy at `address`. Closes a listener opened before.
    ///
    /// # Errors
    /// No postcopy is paused, or the address cannot be opened. Another address may be tried.
    pub fn recover_postcopy(&self, address: &Address) -> Result<(), IncomingError> {
        let state = self.core.state();
        self.core.lifetime.check(IncomingError::Ended)?;
        if !is_fit(&state, address) {
            return Err(IncomingError::SingleChannel);
        }
        let paused = state.incoming.machine.status() == Status::PostcopyPaused;
        let Some(run) = state.incoming.run.clone().filter(|_| paused) else {
            return Err(IncomingError::NotPaused);
        };
        // The state is locked, so no source can connect at the moment.
        let withdrawn = run.withdraw();
        drop(state);
        withdrawn.wait();

        let host_error = |error: std::io::Error| IncomingError::Host(transport::reason(&error));
        let stop = self.core.lifetime.switch().map_err(host_error)?;
        let opened = self.open(address, 2, &stop)?;
        let mut state = self.core.state();
        self.core.lifetime.check(IncomingError::Ended)?;
        state.incoming.bound = match &opened {
            Incoming::Listener(listener) => listener.bound().to_vec(),
            Incoming::Channel(_) => Vec::new(),
        };
        run.offer(opened, stop);
        Ok(())
    }
}
