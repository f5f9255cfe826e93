//! One of the two servers, and the commands sent to it.

use std::cell::Cell;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use qapi::client::{Address, Client, ClientError, ConnectStep, Greeting, Options};
use qapi::introspect::Schema;
use qapi::{Command, Dict, Value};
use qapi_parser::nearest;

use crate::api::commands::{MigrateSetCapabilities, QueryMigrate, QueryMigrateCapabilities};
use crate::api::events::Event;
use crate::api::{CapabilityStatus, MigrationInfo};
use crate::failure::Failure;
use crate::holder::is_held;
use crate::signals::{Signals, Waited};

/// The deadline of a reply, unless it is changed.
const ANSWER: Duration = Duration::from_secs(30);
/// The deadline of the greeting and the negotiation.
const GREETING: Duration = Duration::from_secs(10);
/// The time that another client is given to leave the socket.
const HELD: Duration = Duration::from_secs(3);
/// The longest single wait for an event, between two looks for a signal.
const SLICE: Duration = Duration::from_millis(50);

/// A server with its part in the migration.
pub struct Side {
    name: &'static str,
    client: Arc<Client>,
    signals: Signals,
    /// The deadline of a reply.
    patience: Cell<Duration>,
}

impl Side {
    /// Connects to a server. `name` is `source` or `destination`, as errors call it.
    ///
    /// # Errors
    /// [`Failure::Interrupted`] by a signal, [`Failure::Held`] if another client has the socket.
    pub fn connect(
        name: &'static str,
        address: &Address,
        signals: &Signals,
    ) -> Result<Self, Failure> {
        let options = Options::new().oob(true).timeout(GREETING);
        let began = Instant::now();
        let target = address.clone();
        let held = || match address {
            Address::Unix(path) => is_held(path),
            Address::Tcp(_) => false,
        };
        let outcome = signals
            .run(move || Client::connect(target, options), || began.elapsed() >= HELD && held());
        let silent = |is_certain| Failure::Held {
            side: name,
            address: address.to_string(),
            within: began.elapsed().as_secs(),
            is_certain,
        };
        match outcome.map_err(Failure::Host)? {
            Waited::Done(Ok(client)) => Ok(Self {
                name,
                client: client.into(),
                signals: signals.clone(),
                patience: Cell::new(ANSWER),
            }),
            Waited::Done(Err(error)) if is_silence(&error) => Err(silent(held())),
            Waited::Done(Err(error)) => Err(Failure::Connect { side: name, error: error.into() }),
            Waited::Interrupted => Err(Failure::Interrupted),
            Waited::GivenUp => Err(silent(true)),
        }
    }

    /// Returns `source` or `destination`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The server's greeting.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.client.greeting()
    }

    /// Returns the user of the server's process, if the connection is a Unix socket.
    pub fn user(&self) -> Option<u32> {
        let peer = rustix::net::sockopt::socket_peercred(self.client.as_fd());
        peer.ok().map(|peer| peer.uid.as_raw())
    }

    /// Sets the deadline of later replies.
    pub fn set_patience(&self, within: Duration) {
        self.patience.set(within);
    }

    /// Sends a command and waits for its reply.
    ///
    /// # Errors
    /// [`Failure::Interrupted`] by a signal, [`Failure::Server`] for all else.
    pub fn execute<C>(&self, command: C) -> Result<C::Response, Failure>
    where
        C: Command + Send + 'static,
        C::Response: Send,
    {
        self.wait(C::INFO.name(), move |client, within| {
            client.request(&command).within(within).execute()
        })
    }

    /// Sends a command out-of-band if the server offers that, so that it overtakes others.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn execute_oob<C>(&self, command: C) -> Result<C::Response, Failure>
    where
        C: Command + Send + 'static,
        C::Response: Send,
    {
        if !self.greeting().is_some_and(|greeting| greeting.offers("oob")) {
            return self.execute(command);
        }
        self.wait(C::INFO.name(), move |client, within| {
            client.request(&command).oob().within(within).execute()
        })
    }

    /// Sends a command that a server may know or not, without a type of its own.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn execute_raw(&self, name: &'static str, arguments: Dict) -> Result<Value, Failure> {
        self.wait(name, move |client, within| {
            client.request_raw(name, &arguments).within(within).execute()
        })
    }

    /// Returns the server's own account of its commands.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn schema(&self) -> Result<Schema, Failure> {
        self.execute_raw("query-qmp-schema", Dict::new()).map(|reply| Schema::new(&reply))
    }

    fn wait<T: Send + 'static>(
        &self,
        command: &'static str,
        job: impl FnOnce(&Client, Duration) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, Failure> {
        let (client, within) = (self.client.clone(), self.patience.get());
        match self.signals.run(move || job(&client, within), || false).map_err(Failure::Host)? {
            Waited::Done(Ok(reply)) => Ok(reply),
            Waited::Done(Err(error)) => Err(self.failure(command, error)),
            Waited::Interrupted | Waited::GivenUp => Err(Failure::Interrupted),
        }
    }

    fn failure(&self, command: &'static str, error: ClientError) -> Failure {
        Failure::Server { side: self.name, command, error: error.into(), nearest: None }
    }

    /// Returns the migration's state as this side sees it.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn migration(&self) -> Result<MigrationInfo, Failure> {
        self.execute(QueryMigrate)
    }

    /// Switches capabilities, all or none.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn set_capabilities(&self, capabilities: &[(String, bool)]) -> Result<(), Failure> {
        let states = capabilities
            .iter()
            .map(|(name, on)| CapabilityStatus { capability: name.clone(), state: *on });
        let set = self.execute(MigrateSetCapabilities { capabilities: states.collect() });
        set.map_err(|failure| {
            with_nearest(failure, capabilities.iter().map(|(name, _)| name), || {
                let known = self.execute(QueryMigrateCapabilities).ok()?;
                Some(known.into_iter().map(|one| one.capability).collect())
            })
        })
    }

    /// Sets parameters, all or none. Their names are the server's.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn set_parameters(&self, parameters: &[(String, Value)]) -> Result<(), Failure> {
        if parameters.is_empty() {
            return Ok(());
        }
        let arguments: Dict = parameters.iter().cloned().collect();
        self.execute_raw("migrate-set-parameters", arguments).map(drop).map_err(|failure| {
            with_nearest(failure, parameters.iter().map(|(name, _)| name), || {
                let known = self.execute_raw("query-migrate-parameters", Dict::new()).ok()?;
                Some(known.as_dict()?.iter().map(|(name, _)| name.to_owned()).collect())
            })
        })
    }

    /// Waits for an event, but no longer than `within`.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn listen(&self, within: Duration) -> Result<(), Failure> {
        let end = Instant::now() + within;
        loop {
            if self.signals.is_pending() {
                return Err(Failure::Interrupted);
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.client.next_event::<Event>(left.min(SLICE)) {
                Ok(_) => return Ok(()),
                Err(ClientError::Timeout { .. }) if left.is_zero() => return Ok(()),
                Err(ClientError::Timeout { .. }) => {}
                Err(error) => return Err(self.failure("events", error)),
            }
        }
    }
}

/// Adds the name that may have been meant, if the server's refusal cites a name that it does not
/// know.
fn with_nearest<'n>(
    mut failure: Failure,
    mut names: impl Iterator<Item = &'n String>,
    known: impl FnOnce() -> Option<Vec<String>>,
) -> Failure {
    if let Failure::Server { error, nearest: meant, .. } = &mut failure
        && let ClientError::Qmp(refusal) = &**error
        && let Some(name) = names.find(|name| refusal.to_string().contains(&format!("'{name}'")))
        && let Some(known) = known()
        && !known.contains(name)
    {
        *meant = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    }
    failure
}

/// Returns true if the server took the connection without a greeting, or has no room for it.
fn is_silence(error: &ClientError) -> bool {
    match error {
        ClientError::Connect { step: ConnectStep::Greeting, cause: None, .. } => true,
        ClientError::Connect { step: ConnectStep::Connect, cause: Some(cause), .. } => {
            matches!(&**cause, ClientError::Io(error)
                if error.kind() == std::io::ErrorKind::WouldBlock)
        }
        _ => false,
    }
}
