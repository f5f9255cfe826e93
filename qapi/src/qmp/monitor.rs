//! What the connections of a server share.

use crate::Policy;

use super::Events;

/// What the connections of a server share.
#[derive(Debug, Default)]
pub struct Monitor {
    events: Events,
    policy: Policy,
}

impl Monitor {
    /// Where events go.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The compat policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
