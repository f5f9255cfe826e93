//! Stands in for the COLO secondary without feature `colo`: refuses the source.

use super::failure::LoadFailure;
use super::loader::Loader;
use crate::guest::GlobalState;
use crate::stream::ErrorKind;

/// A guest that follows a primary; none without COLO.
pub(super) enum Secondary {}

impl Secondary {
    pub(super) fn new(loader: Loader) -> Result<Self, LoadFailure> {
        Err(loader.fault(ErrorKind::ColoDisabled))
    }

    pub(super) fn follow(self, _arrived: Option<GlobalState>) {
        match self {}
    }
}
