//! The time for which vCPUs waited for pages in postcopy.

use std::time::Duration;

use crate::guest::Guest;

/// The time for which vCPUs waited for pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocktime {
    /// The time for which all of them waited.
    pub(crate) all: Duration,
    /// The time for which each one waited, by its place among the guest's vCPUs.
    pub(crate) vcpus: Vec<Duration>,
}

impl Blocktime {
    /// Returns the blocktime of a guest whose vCPUs have not waited.
    pub(crate) fn none(guest: &dyn Guest) -> Self {
        Self { all: Duration::ZERO, vcpus: guest.vcpus().iter().map(|_| Duration::ZERO).collect() }
    }
}
