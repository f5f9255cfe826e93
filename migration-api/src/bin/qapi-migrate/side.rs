//! One of the two servers, and what is asked of it.

use std::time::Duration;

use qapi::client::{Address, Client, ClientError, Options};
use qapi::{Command, Dict, Value};

use crate::api::commands::{MigrateSetCapabilities, QueryMigrate};
use crate::api::events::Event;
use crate::api::{CapabilityStatus, MigrationInfo};
use crate::failure::Failure;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with its part in the migration.
pub struct Side {
    name: &'static str,
    client: Client,
}

impl Side {
    /// Connects to the server that is called `name` in errors.
    pub fn connect(name: &'static str, address: &Address) -> Result<Self, Failure> {
        let options = Options::new().oob(true).timeout(PATIENCE);
        let client = Client::connect(address.clone(), options);
        let client = client.map_err(|error| Failure::Side {
            side: name,
            doing: "connect".into(),
            error: error.into(),
        })?;
        Ok(Self { name, client })
    }

    /// Sends a command and waits for its reply.
    pub fn execute<C: Command>(&mut self, command: &C) -> Result<C::Response, Failure> {
        let reply = self.client.execute(command);
        reply.map_err(|error| self.failure(C::INFO.name(), error))
    }

    /// As [`execute`](Self::execute), past whatever else the server is busy with, if it can.
    pub fn execute_oob<C: Command>(&mut self, command: &C) -> Result<C::Response, Failure> {
        let offers = self.client.greeting().is_some_and(|greeting| greeting.offers("oob"));
        let reply =
            if offers { self.client.execute_oob(command) } else { self.client.execute(command) };
        reply.map_err(|error| self.failure(C::INFO.name(), error))
    }

    fn failure(&self, doing: &str, error: ClientError) -> Failure {
        Failure::Side { side: self.name, doing: doing.into(), error: error.into() }
    }

    /// How the migration goes, as this side sees it.
    pub fn migration(&mut self) -> Result<MigrationInfo, Failure> {
        self.execute(&QueryMigrate)
    }

    /// Switches capabilities.
    pub fn set_capabilities(&mut self, capabilities: &[(String, bool)]) -> Result<(), Failure> {
        let capabilities = capabilities
            .iter()
            .map(|(name, on)| CapabilityStatus { capability: name.clone(), state: *on });
        self.execute(&MigrateSetCapabilities { capabilities: capabilities.collect() })
    }

    /// Sets parameters, which a server may know or not.
    pub fn set_parameters(&mut self, parameters: &[(String, Value)]) -> Result<(), Failure> {
        if parameters.is_empty() {
            return Ok(());
        }
        let arguments: Dict = parameters.iter().cloned().collect();
        let reply = self.client.execute_raw("migrate-set-parameters", &arguments);
        reply.map(drop).map_err(|error| self.failure("migrate-set-parameters", error))
    }

    /// Waits until the server tells of something, but no longer than `timeout`.
    pub fn listen(&mut self, timeout: Duration) -> Result<(), Failure> {
        match self.client.next_event::<Event>(timeout) {
            Ok(_) | Err(ClientError::Timeout { .. }) => Ok(()),
            Err(error) => Err(self.failure("wait for events", error)),
        }
    }
}
