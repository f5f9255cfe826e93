//! The time for which vCPUs waited for pages: capability `postcopy-blocktime`.

use std::time::Duration;

/// The time for which vCPUs waited for pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocktime {
    /// The time for which all of them waited.
    pub(crate) all: Duration,
    /// The time for which each one waited, by its place among the guest's vCPUs.
    pub(crate) vcpus: Vec<Duration>,
}

impl Blocktime {
    /// Returns the blocktime of a guest whose `vcpus` have not waited.
    pub(crate) fn none(vcpus: usize) -> Self {
        Self { all: Duration::ZERO, vcpus: vec![Duration::ZERO; vcpus] }
    }
}
