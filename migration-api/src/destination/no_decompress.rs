//! Stands in for the decompressing threads without feature `legacy-compress`.

use std::sync::Arc;

use super::failure::LoadFailure;
use super::memory::Memory;
use crate::settings::{Feature, NotBuilt};
use crate::stream::ErrorKind;
use crate::transport::TransportError;

/// The worker threads; none without the feature.
pub(super) enum Decompression {}

impl Decompression {
    pub(super) fn start(_threads: u8) -> Result<Self, LoadFailure> {
        let error = NotBuilt(Feature::LegacyCompress);
        Err(TransportError::Io(error.to_string()).into())
    }

    pub(super) fn page(
        &mut self,
        _memory: &Arc<[Memory]>,
        _block: usize,
        _offset: u64,
        _data: &[u8],
    ) -> Result<(), ErrorKind> {
        match *self {}
    }

    pub(super) fn finish(&mut self) -> Result<(), ErrorKind> {
        match *self {}
    }
}
