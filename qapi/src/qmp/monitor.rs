//! What the connections of a server share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use super::message::Version;
use super::{Events, Rate};
use crate::Policy;

/// What the connections of a server share: events, policy, version, the machine's phase.
#[derive(Debug)]
pub struct Monitor {
    events: Events,
    policy: Policy,
    version: Version,
    preconfig: AtomicBool,
    quit: AtomicBool,
    disabled: RwLock<HashMap<String, Option<String>>>,
    connections: AtomicU64,
    /// Held while an in-band command runs that is no coroutine: there is one at a time, whatever the connection.
    pub(crate) in_band: Mutex<()>,
}

/// Sets up a [`Monitor`].
#[derive(Debug, Clone)]
pub struct MonitorBuilder {
    policy: Policy,
    version: Version,
    rates: Vec<Rate>,
    preconfig: bool,
}

impl MonitorBuilder {
    /// Sets the compat policy.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the version that the greeting tells; by default this package's own.
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Sets the rates of events; by default [`Rate::MONITOR`].
    pub fn rates(mut self, rates: &[Rate]) -> Self {
        self.rates = rates.to_vec();
        self
    }

    /// Starts before the machine is set up: only commands with `allow-preconfig` run.
    pub fn preconfig(mut self) -> Self {
        self.preconfig = true;
        self
    }

    /// The monitor.
    pub fn build(self) -> Monitor {
        Monitor {
            events: Events::new(self.policy, self.rates),
            policy: self.policy,
            version: self.version,
            preconfig: AtomicBool::new(self.preconfig),
            quit: AtomicBool::new(false),
            disabled: RwLock::default(),
            connections: AtomicU64::new(0),
            in_band: Mutex::default(),
        }
    }
}

impl Default for Monitor {
    fn default() -> Monitor {
        Monitor::builder().build()
    }
}

impl Monitor {
    /// Sets one up.
    pub fn builder() -> MonitorBuilder {
        let number = |text: &str| text.parse().unwrap_or_default();
        let version = Version {
            major: number(env!("CARGO_PKG_VERSION_MAJOR")),
            minor: number(env!("CARGO_PKG_VERSION_MINOR")),
            micro: number(env!("CARGO_PKG_VERSION_PATCH")),
            package: String::new(),
        };
        MonitorBuilder {
            policy: Policy::ACCEPT,
            version,
            rates: Rate::MONITOR.to_vec(),
            preconfig: false,
        }
    }

    /// Where events go.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The compat policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The version that the greeting tells.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Whether the machine is not set up yet.
    pub fn is_preconfig(&self) -> bool {
        self.preconfig.load(Ordering::Acquire)
    }

    /// Says that the machine is set up: all commands may run.
    pub fn finish_preconfig(&self) {
        self.preconfig.store(false, Ordering::Release);
    }

    /// Asks the server to end once the running command is answered, as `quit` does.
    pub fn quit(&self) {
        self.quit.store(true, Ordering::Release);
    }

    /// Whether somebody has asked for it.
    pub fn is_quitting(&self) -> bool {
        self.quit.load(Ordering::Acquire)
    }

    /// Disables a command, for a reason that clients are told.
    pub fn disable(&self, command: &str, reason: Option<&str>) {
        let mut disabled = self.disabled.write().unwrap_or_else(PoisonError::into_inner);
        disabled.insert(command.to_owned(), reason.map(str::to_owned));
    }

    /// Enables a command again.
    pub fn enable(&self, command: &str) {
        self.disabled.write().unwrap_or_else(PoisonError::into_inner).remove(command);
    }

    /// Whether a command is enabled.
    pub fn is_enabled(&self, command: &str) -> bool {
        !self.disabled.read().unwrap_or_else(PoisonError::into_inner).contains_key(command)
    }

    /// What a client is told of a disabled command.
    pub(crate) fn disabled(&self, command: &str) -> Option<String> {
        let disabled = self.disabled.read().unwrap_or_else(PoisonError::into_inner);
        disabled.get(command).map(|reason| match reason {
            None => format!("Command {command} has been disabled"),
            Some(reason) => format!("Command {command} has been disabled: {reason}"),
        })
    }

    /// A number for a connection that is new.
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}
