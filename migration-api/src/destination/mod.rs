//! The destination's half of a migration: one thread that waits for a source and loads what it sends.
//!
//! The guest runs only after its memory and devices have come completely and the source has been told so.

mod accept;
mod announce;
mod load;
mod memory;
mod multifd;
mod return_path;

use std::sync::Arc;

use accept::{Connections, Door, Expected, Keeper};

use crate::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::engine::{Core, Notice};
use crate::guest::{GlobalState, GuestError};
use crate::state::Direction;
use crate::stream::multifd::MultifdError;
use crate::stream::{Errno, Error};
use crate::transport::{Endpoint, Incoming, Stop, TlsCredentials, TransportError};

pub(crate) use load::load_saved;

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
    /// A multifd channel.
    Multifd(MultifdError),
    /// Something that belongs into every stream never came.
    Incomplete(&'static str),
}

impl Failure {
    /// The lines for the log; the last sums them up.
    pub(crate) fn messages(&self) -> Vec<String> {
        let failed = |errno: Errno| format!("load of migration failed: {errno}");
        match self {
            Self::Stream(error) => error.messages(),
            Self::Guest(error) => vec![error.to_string(), failed(Errno::InvalidArgument)],
            Self::Transport(error @ TransportError::Tls(_)) => vec![error.to_string()],
            Self::Transport(error) => vec![error.to_string(), failed(Errno::InputOutput)],
            Self::Multifd(error @ MultifdError::Closed) => {
                vec![error.to_string(), failed(Errno::InputOutput)]
            }
            Self::Multifd(error) => vec![error.to_string(), failed(Errno::InvalidArgument)],
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
from!(Error => Stream, GuestError => Guest, TransportError => Transport, MultifdError => Multifd);

impl Failure {
    /// The error number that sums it up.
    pub(crate) fn errno(&self) -> i32 {
        match self {
            Self::Stream(error) => error.errno().code(),
            Self::Transport(_) => libc::EIO,
            Self::Guest(_) | Self::Multifd(_) | Self::Incomplete(_) => libc::EINVAL,
        }
    }
}

/// Starts the thread that waits and loads. The status is `setup` already.
pub(crate) fn start(core: Arc<Core>, run: &DestinationRun, incoming: Incoming) -> std::io::Result<()> {
    let stop = run.stop.clone();
    let destination = Destination { core, stop };
    let thread = std::thread::Builder::new().name("mig/dst/main".into());
    thread.spawn(move || destination.run(incoming)).map(drop)
}

impl Keeper for Arc<Core> {
    fn credentials(&self) -> Result<Option<TlsCredentials>, TransportError> {
        self.state().credentials(Endpoint::Server, None)
    }

    fn sent_away(&self, why: String) {
        self.notify(Notice::Log(why));
    }
}

struct Destination {
    core: Arc<Core>,
    stop: Arc<Stop>,
}

impl Destination {
    fn run(self, incoming: Incoming) {
        let loaded = match self.connections(incoming) {
            Ok(connections) => load::load(&self.core, connections),
            // Nobody waits for the source any more.
            Err(_) if self.stop.is_stopped() => return,
            Err(failure) => Err(failure),
        };
        match loaded {
            Ok(state) => self.complete(state),
            Err(failure) => self.fail(&failure),
        }
    }

    /// The connections of the source, once all are there.
    fn connections(&self, incoming: Incoming) -> Result<Connections, Failure> {
        let connections = match incoming {
            Incoming::Channel(channel) => Connections::single(match self.core.credentials()? {
                Some(credentials) => channel.secure(&credentials)?,
                None => channel,
            }),
            Incoming::Listener(listener) => {
                self.accept(Door::new(listener, Box::new(self.core.clone()), self.stop.clone()))?
            }
        };
        let mut state = self.core.state();
        self.core.advance(&mut state, Direction::Incoming, Status::Active);
        Ok(connections)
    }

    fn accept(&self, mut door: Door) -> Result<Connections, Failure> {
        let state = self.core.state();
        let capabilities = state.capabilities;
        let expected = Expected {
            uuid: self.core.guest.uuid().unwrap_or_default(),
            channels: state.parameters.multifd_channels,
            method: state.parameters.multifd_compression.into(),
        };
        drop(state);
        if capabilities.has(Capability::Multifd) {
            return door.sort(expected, |line| self.core.notify(Notice::Log(line)));
        }
        let main = door.next()?;
        let door = capabilities.has(Capability::PostcopyPreempt).then_some(door);
        Ok(Connections { door, ..Connections::single(main) })
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
