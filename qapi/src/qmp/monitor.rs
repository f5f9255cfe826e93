//! State that the connections of servers share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use super::events::Events;
use super::throttle::Rate;
use crate::policy::Policy;
use crate::sync::unpoisoned;
use crate::version::Version;

/// The state that connections share: events, version, the machine's phase, and their policy.
///
/// [`with_policy`](Monitor::with_policy) gives a second monitor of the same machine, for sockets
/// with another policy.
#[derive(Debug)]
pub struct Monitor {
    shared: Arc<MonitorShared>,
    events: Events,
    policy: Policy,
}

/// The state that monitors with different policies share.
#[derive(Debug)]
struct MonitorShared {
    version: Version,
    preconfig: AtomicBool,
    quit: AtomicBool,
    disabled: RwLock<HashMap<String, Option<String>>>,
    connections: AtomicU64,
    /// Held while an in-band command runs that is no coroutine: only one runs at a time, whatever
    /// its connection.
    in_band: async_lock::Mutex<()>,
    #[cfg(unix)]
    servers: super::servers::Servers,
}

/// Sets up a [`Monitor`].
#[derive(Debug, Clone)]
#[must_use]
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
        let shared = MonitorShared {
            version: self.version,
            preconfig: AtomicBool::new(self.preconfig),
            quit: AtomicBool::new(false),
            disabled: RwLock::default(),
            connections: AtomicU64::new(0),
            in_band: async_lock::Mutex::new(()),
            #[cfg(unix)]
            servers: super::servers::Servers::default(),
        };
        Monitor {
            shared: Arc::new(shared),
            events: Events::new(self.policy, self.rates),
            policy: self.policy,
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

    /// Returns a monitor of the same machine with another policy. Both have the same events,
    /// disabled commands and phase, and [quitting](Monitor::quit) ends the servers of both.
    pub fn with_policy(&self, policy: Policy) -> Monitor {
        let events = self.events.with_policy(policy);
        Monitor { shared: self.shared.clone(), events, policy }
    }

    /// Sends events.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The compat policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The version that the greeting tells.
    pub fn version(&self) -> &Version {
        &self.shared.version
    }

    /// Returns true while the machine is not set up.
    pub fn is_preconfig(&self) -> bool {
        self.shared.preconfig.load(Ordering::Acquire)
    }

    /// Says that the machine is set up: all commands may run.
    pub fn finish_preconfig(&self) {
        self.shared.preconfig.store(false, Ordering::Release);
    }

    /// Asks all servers of this machine to end once the running command is answered, as `quit`
    /// does.
    pub fn quit(&self) {
        self.shared.quit.store(true, Ordering::Release);
    }

    /// Returns true after [`quit`](Monitor::quit).
    pub fn is_quitting(&self) -> bool {
        self.shared.quit.load(Ordering::Acquire)
    }

    /// Disables a command, for a reason that clients are told.
    pub fn disable(&self, command: &str, reason: Option<&str>) {
        let mut disabled = unpoisoned(self.shared.disabled.write());
        disabled.insert(command.to_owned(), reason.map(str::to_owned));
    }

    /// Enables a command again.
    pub fn enable(&self, command: &str) {
        unpoisoned(self.shared.disabled.write()).remove(command);
    }

    /// Returns true if a command is enabled.
    pub fn is_enabled(&self, command: &str) -> bool {
        !unpoisoned(self.shared.disabled.read()).contains_key(command)
    }

    /// Returns the error text for a disabled command.
    pub(crate) fn disabled(&self, command: &str) -> Option<String> {
        let disabled = unpoisoned(self.shared.disabled.read());
        disabled.get(command).map(|reason| match reason {
            None => format!("Command {command} has been disabled"),
            Some(reason) => format!("Command {command} has been disabled: {reason}"),
        })
    }

    /// Returns the number of a new connection, which no other has.
    pub fn next_connection(&self) -> u64 {
        self.shared.connections.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn in_band(&self) -> &async_lock::Mutex<()> {
        &self.shared.in_band
    }

    /// Adds a server that ends with all others; ends it immediately if the machine has quit.
    #[cfg(unix)]
    pub(crate) fn add_server(&self, server: std::sync::Weak<dyn super::EndServer>) {
        self.shared.servers.add(server);
        if self.is_quitting() {
            self.end_servers();
        }
    }

    /// Ends the servers of this monitor and of those with other policies.
    #[cfg(unix)]
    pub(crate) fn end_servers(&self) {
        self.shared.servers.end();
    }
}
