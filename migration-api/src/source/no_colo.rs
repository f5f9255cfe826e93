//! Stands in for the COLO primary without feature `colo`.

use std::time::Instant;

use super::error::SourceError;
use super::iterate::Precopy;

impl Precopy<'_> {
    /// Refuses to become a primary.
    pub(super) fn replicate(self, _began: Instant) -> Result<(), SourceError> {
        Err(SourceError::ColoWith("an engine that was built without feature 'colo'"))
    }
}
