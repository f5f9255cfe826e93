//! Stands in for the COLO primary without feature `colo`.

use std::time::Instant;

use super::Failure;
use super::iterate::Precopy;

impl Precopy<'_> {
    /// Refuses to become a primary.
    pub(super) fn replicate(self, _began: Instant) -> Result<(), Failure> {
        Err(Failure::ColoWith("an engine that was built without feature 'colo'"))
    }
}
