//! Stands in for COLO without feature `colo`: no side ever has a role.

use super::ColoError;
use crate::api::COLOStatus;
use crate::settings::{Feature, NotBuilt};

const NOT_BUILT: ColoError = ColoError::NotBuilt(NotBuilt(Feature::Colo));

/// The COLO role of this process: none.
#[derive(Default)]
pub(crate) struct Colo {}

impl Colo {
    pub(crate) fn hurry(&self) {}

    pub(crate) fn quit(&self) {}

    pub(crate) fn lose_peer(&self) -> Result<(), ColoError> {
        Err(NOT_BUILT)
    }

    pub(crate) fn status(&self) -> Result<COLOStatus, ColoError> {
        Err(NOT_BUILT)
    }
}

/// Error of the COLO channel, which does not exist.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ColoChannelError {}
