//! The decisions on connections: TLS, and log lines about refused ones.

use std::sync::{Arc, Mutex};

use super::accept::AcceptPolicy;
use super::lines::Lines;
use crate::core::{Core, Event};
use crate::sync::IgnorePoison;
use crate::transport::{Channel, Endpoint, TlsCredentials, TransportError};

/// Decides on the connections to a listener.
pub(super) struct Policy {
    core: Arc<Core>,
    /// Log lines about refused connections: any client can cause them.
    lines: Mutex<Lines>,
}

impl Policy {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        let lines = Mutex::new(lines(core));
        Self { core: core.clone(), lines }
    }
}

impl AcceptPolicy for Policy {
    fn credentials(&self) -> Result<Option<TlsCredentials>, TransportError> {
        credentials(&self.core)
    }

    fn on_refused(&self, why: String) {
        self.lines.lock().ignore_poison().add(why);
    }
}

fn credentials(core: &Core) -> Result<Option<TlsCredentials>, TransportError> {
    core.state().credentials(Endpoint::Server, None)
}

/// Returns a log for one source, or for the clients of one listener.
pub(super) fn lines(core: &Arc<Core>) -> Lines {
    let log = {
        let core = core.clone();
        Box::new(move |line| core.notify(Event::Log(line)))
    };
    Lines::new(core.limits.log_lines, log)
}

/// Starts a TLS session on the connection of a descriptor or a command, if TLS is used.
///
/// # Errors
/// The credentials do not exist, or the handshake fails.
pub(super) fn secured(core: &Arc<Core>, channel: Channel) -> Result<Channel, TransportError> {
    match credentials(core)? {
        Some(credentials) => channel.secure(&credentials),
        None => Ok(channel),
    }
}
