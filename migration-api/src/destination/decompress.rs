//! Capability compress at the destination: worker threads decompress pages into guest memory.

use std::sync::Arc;

use super::failure::LoadFailure;
use super::memory::Memory;
use crate::page::PAGE_LEN;
use crate::stream::ErrorKind;
use crate::stream::compress::Decompressor;
use crate::transport::{TransportError, reason};
use crate::workers::Workers;

/// The worker threads.
pub(super) struct Decompression(Workers<CompressedPage, Result<(), ErrorKind>>);

/// One page.
struct CompressedPage {
    memory: Arc<[Memory]>,
    block: usize,
    offset: u64,
    data: Vec<u8>,
}

impl Decompression {
    /// Starts `threads` workers.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn start(threads: u8) -> Result<Self, LoadFailure> {
        let worker = || {
            let (mut decompressor, mut page) = (Decompressor::default(), [0; PAGE_LEN]);
            move |job: CompressedPage| {
                decompressor.decompress(&job.data, &mut page)?;
                job.memory[job.block].write(job.offset, &page);
                Ok(())
            }
        };
        let workers = Workers::start(threads.into(), "mig/dst/decomp", worker);
        Ok(Self(workers.map_err(|error| TransportError::Io(reason(&error)))?))
    }

    /// Queues a page once a worker is free.
    ///
    /// # Errors
    /// An earlier page cannot be decompressed.
    pub(super) fn page(
        &mut self,
        memory: &Arc<[Memory]>,
        block: usize,
        offset: u64,
        data: &[u8],
    ) -> Result<(), ErrorKind> {
        while let Some(done) = self.0.take() {
            done?;
        }
        if self.0.are_busy() {
            self.0.wait().unwrap_or(Ok(()))?;
        }
        self.0.give(CompressedPage { memory: memory.clone(), block, offset, data: data.to_vec() });
        Ok(())
    }

    /// Waits until all pages are stored, because later ones may replace them.
    ///
    /// # Errors
    /// A page cannot be decompressed.
    pub(super) fn finish(&mut self) -> Result<(), ErrorKind> {
        while let Some(done) = self.0.wait() {
            done?;
        }
        Ok(())
    }
}
