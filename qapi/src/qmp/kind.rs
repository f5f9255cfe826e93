//! Kinds of servers.

use super::message::Framing;

/// The kind of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// QEMU's monitor: greeting, negotiation, out-of-band execution.
    Monitor {
        /// Messages are laid out over lines.
        pretty: bool,
        /// Out-of-band execution is offered.
        oob: bool,
    },
    /// The guest agent: commands at once, and a byte that no message has before the reply to
    /// `guest-sync-delimited`.
    Agent,
}

impl ServerKind {
    /// A monitor with messages on a line each that offers out-of-band execution.
    pub const MONITOR: ServerKind = ServerKind::Monitor { pretty: false, oob: true };

    /// The layout of its messages.
    pub fn framing(self) -> Framing {
        match self {
            ServerKind::Monitor { pretty, .. } => Framing { pretty, carriage_return: true },
            ServerKind::Agent => Framing { pretty: false, carriage_return: false },
        }
    }

    pub(super) fn offers_oob(self) -> bool {
        matches!(self, ServerKind::Monitor { oob: true, .. })
    }
}
