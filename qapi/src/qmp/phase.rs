//! The state of a connection's negotiation.

/// The state of a connection's negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Only `qmp_capabilities` is known.
    Negotiating { offers_oob: bool },
    /// All commands are known.
    Ready { oob: bool },
    /// All commands are known and there is nothing to negotiate.
    Agent,
}

impl Phase {
    pub(super) fn has_oob(self) -> bool {
        self == Phase::Ready { oob: true }
    }
}
