//! The destination's half of a migration: one thread that waits for a source and loads what it sends.
//!
//! The guest runs only after its memory and devices have come completely and the source has been told so.

mod announce;
mod load;

use std::sync::Arc;

use crate::api::{MigrationStatus as Status, RunState};
use crate::engine::{Core, Notice};
use crate::guest::{GlobalState, GuestError};
use crate::state::Direction;
use crate::stream::{Errno, Error};
use crate::transport::{Channel, Incoming, Stop, TlsCredentials, TransportError};

/// One incoming migration, as commands see it.
pub(crate) struct DestinationRun {
    /// Ends all its I/O.
    pub(crate) stop: Arc<Stop>,
}

/// Why an incoming migration fails.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was read is not a stream for this guest.
    Stream(Error),
    /// The guest cannot load it.
    Guest(GuestError),
    /// The connection, or TLS on it.
    Transport(TransportError),
    /// Something that belongs into every stream never came.
    Incomplete(&'static str),
}

impl Failure {
    /// The lines for the log; the last sums them up.
    fn messages(&self) -> Vec<String> {
        let failed = |errno: Errno| format!("load of migration failed: {errno}");
        match self {
            Self::Stream(error) => error.messages(),
            Self::Guest(error) => vec![error.to_string(), failed(Errno::InvalidArgument)],
            Self::Transport(error @ TransportError::Tls(_)) => vec![error.to_string()],
            Self::Transport(error) => vec![error.to_string(), failed(Errno::InputOutput)],
            Self::Incomplete(what) => {
                vec![format!("the stream ended without {what}"), failed(Errno::InvalidArgument)]
            }
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Failure {
            fn from(error: $from) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}
from!(Error => Stream, GuestError => Guest, TransportError => Transport);

/// The credentials for the connections to come, or why there are none.
pub(crate) type Tls = Result<Option<TlsCredentials>, TransportError>;

/// Starts the thread that waits and loads. The status is `setup` already.
pub(crate) fn start(
    core: Arc<Core>,
    run: &DestinationRun,
    incoming: Incoming,
    tls: Tls,
) -> std::io::Result<()> {
    let stop = run.stop.clone();
    let destination = Destination { core, stop };
    let thread = std::thread::Builder::new().name("mig/dst/main".into());
    thread.spawn(move || destination.run(incoming, tls)).map(drop)
}

struct Destination {
    core: Arc<Core>,
    stop: Arc<Stop>,
}

impl Destination {
    fn run(self, incoming: Incoming, tls: Tls) {
        let loaded = match self.channel(incoming, tls) {
            Ok(Some(channel)) => load::load(&self.core, channel),
            Ok(None) => return,
            Err(error) => Err(error.into()),
        };
        match loaded {
            Ok(state) => self.complete(state),
            Err(failure) => self.fail(&failure),
        }
    }

    /// The connection of the source. `None` once nobody waits for it any more.
    fn channel(&self, incoming: Incoming, tls: Tls) -> Result<Option<Channel>, TransportError> {
        let channel = match incoming {
            Incoming::Channel(channel) => channel,
            Incoming::Listener(listener) => loop {
                let accepted = match listener.accept() {
                    Ok(accepted) => accepted,
                    Err(_) if self.stop.is_stopped() => return Ok(None),
                    Err(error) => return Err(error),
                };
                match &tls {
                    Ok(None) => break accepted,
                    // Somebody who cannot say hello is not the source: that one may still come.
                    Ok(Some(credentials)) => match accepted.secure(credentials) {
                        Ok(secured) => break secured,
                        Err(_) => continue,
                    },
                    Err(error) => return Err(error.clone()),
                }
            },
        };
        let mut state = self.core.state();
        self.core.advance(&mut state, Direction::Incoming, Status::Active);
        Ok(Some(channel))
    }

    /// Lets the guest go on as it was at the source, unless it is to wait.
    fn complete(&self, arrived: Option<GlobalState>) {
        let sent = arrived.map_or(RunState::Running, |state| state.run_state);
        let autostart = self.core.state().autostart;
        let next = match sent {
            RunState::Running if !autostart => RunState::Paused,
            // These are the source's own business.
            RunState::FinishMigrate | RunState::Postmigrate | RunState::Inmigrate => RunState::Paused,
            other => other,
        };
        self.core.state().waits_for_incoming = false;
        self.core.restore(next);
        let mut state = self.core.state();
        state.incoming.bound.clear();
        self.core.advance(&mut state, Direction::Incoming, Status::Completed);
        let parameters = state.parameters.clone();
        drop(state);
        announce::announce(&*self.core.guest, &parameters, &self.stop);
    }

    fn fail(&self, failure: &Failure) {
        let mut state = self.core.state();
        state.incoming.bound.clear();
        self.core.advance(&mut state, Direction::Incoming, Status::Failed);
        self.core.notify(Notice::IncomingFailed(failure.messages()));
    }
}
