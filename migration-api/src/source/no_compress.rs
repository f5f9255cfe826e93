//! Stands in for capability `compress` without feature `legacy-compress`.

use super::encoder::Encoder;
use super::error::SourceError;
use crate::settings::{Feature, NotBuilt, Parameters};
use crate::transport::TransportError;

/// Refuses to compress pages.
pub(super) fn start(_: &Parameters) -> Result<Box<dyn Encoder>, SourceError> {
    let error = NotBuilt(Feature::LegacyCompress);
    Err(TransportError::Io(error.to_string()).into())
}
