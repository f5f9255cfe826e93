//! The strictness of reading.

use crate::policy::Policy;

/// The strictness of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Members that the schema does not know are errors. Otherwise they are skipped.
    pub strict: bool,
    /// Open enumerations and unions keep values and branches that the schema does not know.
    /// Otherwise these are errors, as they always are for other enumerations and unions.
    pub open: bool,
    /// The policy for deprecated and unstable input.
    pub policy: Policy,
}

impl Rules {
    /// The rules of a server: everything that the schema does not know is an error.
    pub const STRICT: Rules = Rules { strict: true, open: false, policy: Policy::ACCEPT };
    /// The rules of a client, which may be older than its server: unknown members are skipped, and
    /// open types keep values and branches that they do not know.
    ///
    /// Of types generated with `role = client`, those in replies and events are open by default.
    pub const LENIENT: Rules = Rules { strict: false, open: true, policy: Policy::ACCEPT };

    /// Sets the policy.
    #[must_use]
    pub const fn with_policy(mut self, policy: Policy) -> Rules {
        self.policy = policy;
        self
    }

    /// Has open types keep values and branches that the schema does not know.
    #[must_use]
    pub const fn with_open_types(mut self) -> Rules {
        self.open = true;
        self
    }
}
