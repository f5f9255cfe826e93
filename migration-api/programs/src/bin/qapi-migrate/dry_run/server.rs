//! Checks of one server.

use std::time::Duration;

use qapi::{Dict, Value};
use qapi_parser::nearest;

use super::findings::{Findings, found};
use crate::api::commands::{QueryMigrateCapabilities, QueryStatus};
use crate::api::{MigrationInfo, MigrationStatus as Status, SocketAddress};
use crate::failure::Failure;
use crate::plan::Settings;
use crate::side::Side;
use crate::signals::Signals;

/// The deadline for putting settings back after a signal.
const HURRY: Duration = Duration::from_millis(100);

/// A server that answers, with its state and settings before the dry run.
pub struct Server {
    /// The connection.
    pub side: Side,
    /// The capabilities and their states.
    pub capabilities: Vec<(String, bool)>,
    /// The parameters and their values.
    pub parameters: Dict,
    /// The addresses where it listens already.
    pub listening: Vec<SocketAddress>,
    /// No migration is in progress, so that settings can be changed.
    is_idle: bool,
}

/// Checks the source's state and reads its settings.
///
/// # Errors
/// If it does not answer.
pub fn source(side: Side, findings: &mut Findings<'_>) -> Result<Server, Failure> {
    version(&side, findings);
    let name = side.name();
    match side.execute(QueryStatus)?.status.as_str() {
        "inmigrate" => findings.fails(name, "it waits for an incoming migration itself"),
        "postmigrate" => findings.fails(name, "its guest has been migrated already"),
        state => findings.ok(name, format!("guest: {state}")),
    }
    let info = side.migration()?;
    for reason in info.blocked_reasons.iter().flatten() {
        findings.fails(name, format!("blocker: {reason}"));
    }
    if info.blocked_reasons.is_none() {
        findings.ok(name, "no blockers");
    }
    let is_idle = match &info.status {
        None | Some(Status::None | Status::Completed | Status::Cancelled | Status::Failed) => true,
        Some(status) => {
            findings.fails(name, format!("a migration is in progress (status {status})"));
            false
        }
    };
    Server::new(side, info, is_idle)
}

/// Checks the destination's state and reads its settings.
///
/// # Errors
/// If it does not answer.
pub fn destination(side: Side, findings: &mut Findings<'_>) -> Result<Server, Failure> {
    version(&side, findings);
    let name = side.name();
    let state = side.execute(QueryStatus)?.status;
    let info = side.migration()?;
    let is_idle = match &info.status {
        None | Some(Status::None | Status::Setup) if state == "inmigrate" => {
            findings.ok(name, "it waits for an incoming migration");
            info.status.is_none() || info.status == Some(Status::None)
        }
        Some(Status::Failed) => {
            findings.fails(name, "an incoming migration has failed; the process cannot be reused");
            false
        }
        Some(status) if state == "inmigrate" => {
            findings.fails(name, format!("a migration is in progress (status {status})"));
            false
        }
        _ => {
            findings.fails(name, format!("it was not started with -incoming (guest: {state})"));
            true
        }
    };
    Server::new(side, info, is_idle)
}

fn version(side: &Side, findings: &mut Findings<'_>) {
    if let Some(greeting) = side.greeting() {
        findings.ok(side.name(), format!("version {}", greeting.version));
    }
}

impl Server {
    fn new(side: Side, info: MigrationInfo, is_idle: bool) -> Result<Self, Failure> {
        let capabilities = side.execute(QueryMigrateCapabilities)?;
        let parameters = side.execute_raw("query-migrate-parameters", Dict::new())?;
        Ok(Self {
            side,
            capabilities: capabilities.into_iter().map(|one| (one.capability, one.state)).collect(),
            parameters: match parameters {
                Value::Dict(members) => members,
                _ => Dict::new(),
            },
            listening: info.socket_address.unwrap_or_default(),
            is_idle,
        })
    }

    /// Returns true if the capability is on before the dry run.
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|(name, on)| name == capability && *on)
    }

    /// Checks that the server knows and accepts the settings. Puts back those that it had.
    ///
    /// # Errors
    /// [`Failure::Interrupted`] by a signal.
    pub fn settings(
        &self,
        wanted: &Settings,
        signals: &Signals,
        findings: &mut Findings<'_>,
    ) -> Result<(), Failure> {
        let name = self.side.name();
        let unknown = found(name, self.unknown(wanted), findings)?;
        let Some(unknown) = unknown else { return Ok(()) };
        for text in &unknown {
            findings.fails(name, text);
        }
        if !unknown.is_empty() {
            return Ok(());
        }
        if !self.is_idle {
            findings.note(name, "capabilities and parameters were not tried");
            return Ok(());
        }
        // A parameter that has no value yet cannot be put back, so it is not tried.
        let has_value = |name: &str| self.parameters.contains_key(name);
        let parameters: Vec<_> =
            wanted.parameters.iter().filter(|(name, _)| has_value(name)).cloned().collect();
        let tried = self.side.set_capabilities(&wanted.capabilities);
        let tried = tried.and_then(|()| self.side.set_parameters(&parameters));
        let is_interrupted = matches!(tried, Err(Failure::Interrupted));
        if is_interrupted {
            signals.acknowledge();
            self.side.set_patience(HURRY);
        }
        let restored = self.side.set_parameters(&self.earlier_parameters(&parameters));
        let restored = restored.and(self.side.set_capabilities(&self.earlier(wanted)));
        if is_interrupted {
            return Err(Failure::Interrupted);
        }
        let tried = found(name, tried, findings)?;
        if tried.and(found(name, restored, findings)?).is_some() {
            findings.ok(name, "capabilities and parameters are accepted");
        }
        Ok(())
    }

    /// Returns a text for each setting that the server does not know.
    fn unknown(&self, wanted: &Settings) -> Result<Vec<String>, Failure> {
        let known = |name: &str| self.capabilities.iter().any(|(other, _)| name == other);
        let capabilities = wanted.capabilities.iter().map(|(name, _)| name);
        let mut texts: Vec<_> = capabilities
            .filter(|name| !known(name))
            .map(|name| {
                let known = self.capabilities.iter().map(|(known, _)| known.as_str());
                unknown("capability", name, known)
            })
            .collect();
        let without_value = |name: &String| !self.parameters.contains_key(name);
        let rest = wanted.parameters.iter().map(|(name, _)| name);
        let rest: Vec<_> = rest.filter(|name| without_value(name)).collect();
        if !rest.is_empty() {
            let schema = self.side.schema()?;
            let command = schema.command("migrate-set-parameters");
            let is_known = |name: &str| command.is_some_and(|it| it.argument(name).is_some());
            let parameters = || self.parameters.iter().map(|(known, _)| known);
            let rest = rest.into_iter().filter(|name| !is_known(name));
            texts.extend(rest.map(|name| unknown("parameter", name, parameters())));
        }
        Ok(texts)
    }

    /// Returns the states of the wanted capabilities before the dry run.
    fn earlier(&self, wanted: &Settings) -> Vec<(String, bool)> {
        let is_wanted = |name: &str| wanted.capabilities.iter().any(|(other, _)| name == other);
        self.capabilities.iter().filter(|(name, _)| is_wanted(name)).cloned().collect()
    }

    /// Returns the values of these parameters before the dry run.
    fn earlier_parameters(&self, tried: &[(String, Value)]) -> Vec<(String, Value)> {
        let before = |name: &String| self.parameters.get(name).cloned();
        tried.iter().filter_map(|(name, _)| Some((name.clone(), before(name)?))).collect()
    }
}

/// Returns the text about an unknown name, with the known one that may have been meant.
fn unknown<'k>(kind: &str, name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let meant = nearest(name, known).map(|name| format!("; did you mean '{name}'?"));
    format!("unknown {kind} '{name}'{}", meant.unwrap_or_default())
}
