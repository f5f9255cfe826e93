//! The state of postcopy: its phase, the memory in use, and the preempt channel.

use std::sync::Arc;

use super::faults::Faults;
use super::live::LiveMemory;
use super::package::Loading;
use super::phase::Phase;
use super::placer::Placer;
use super::reader::UrgentPages;
use super::urgent::Urgent;
use crate::destination::failure::LoadFailure;
use crate::page::PAGE_LEN;
use crate::stream::ErrorKind;
use crate::stream::compress::Decompressor;

/// The state of postcopy.
#[derive(Default)]
pub(in crate::destination) struct PostcopyState {
    phase: Phase<LiveRam, Loading>,
    /// Accepts the preempt channel.
    urgent: Option<Urgent>,
}

/// Memory that is used while its pages arrive.
pub(super) struct LiveRam {
    /// Fills pages from the main channel.
    placer: Placer,
    decompressor: Decompressor,
    faults: Faults,
}

/// Error of a compressed page.
pub(in crate::destination) enum CompressedPageError {
    /// It cannot be decompressed.
    Bad(ErrorKind),
    /// It cannot be filled in.
    Unplaced(LoadFailure),
}

impl LiveRam {
    pub(super) fn new(live: Arc<LiveMemory>, faults: Faults) -> Self {
        let decompressor = Decompressor::default();
        Self { placer: Placer::new(live), decompressor, faults }
    }
}

impl PostcopyState {
    /// Returns the placer for pages from the main channel, unless they go directly into memory.
    pub(in crate::destination) fn placer(&mut self) -> Option<&mut Placer> {
        self.phase.memory_mut().map(|ram| &mut ram.placer)
    }

    /// Takes a compressed page for memory in use, which only this thread may fill. Returns false if
    /// the memory is not in use.
    ///
    /// # Errors
    /// The page cannot be decompressed or filled in.
    pub(in crate::destination) fn compressed(
        &mut self,
        block: usize,
        offset: u64,
        data: &[u8],
    ) -> Result<bool, CompressedPageError> {
        let Some(ram) = self.phase.memory_mut() else { return Ok(false) };
        let mut page = [0; PAGE_LEN];
        ram.decompressor.decompress(data, &mut page).map_err(CompressedPageError::Bad)?;
        ram.placer.page(block, offset, &page).map_err(CompressedPageError::Unplaced)?;
        Ok(true)
    }

    /// Returns QEMU's number of the phase.
    pub(in crate::destination) fn number(&self) -> u32 {
        self.phase.number()
    }

    /// Returns true if the guest runs, or will once its devices are loaded.
    pub(in crate::destination) fn is_running(&self) -> bool {
        self.phase.loading().is_some()
    }

    /// Returns true if the guest runs, or is about to, in unregistered memory: all of it has
    /// arrived.
    pub(in crate::destination) fn is_unwatched(&self) -> bool {
        (self.phase.is_listening() || self.is_running()) && self.phase.memory().is_none()
    }

    /// Returns the phase.
    pub(super) fn phase(&self) -> &Phase<LiveRam, Loading> {
        &self.phase
    }

    /// Returns the phase, for a change.
    pub(super) fn phase_mut(&mut self) -> &mut Phase<LiveRam, Loading> {
        &mut self.phase
    }

    /// Returns the memory in use.
    pub(super) fn live(&self) -> Option<&Arc<LiveMemory>> {
        self.phase.memory().map(|ram| ram.placer.live())
    }

    /// Sets the thread that accepts the preempt channel.
    pub(super) fn set_urgent(&mut self, urgent: Urgent) {
        self.urgent = Some(urgent);
    }

    /// Returns true while the preempt channel is read or awaited.
    pub(super) fn has_urgent(&self) -> bool {
        self.urgent.is_some()
    }

    /// Lets the thread of page faults fill urgent pages, once there is memory in use.
    pub(super) fn welcome_urgent(&self, pages: impl FnOnce(Arc<LiveMemory>) -> UrgentPages) {
        if let (Some(urgent), Some(ram)) = (&self.urgent, self.phase.memory()) {
            urgent.begin(pages(ram.placer.live().clone()), ram.faults.urgent().clone());
        }
    }

    /// Waits until the preempt channel, whose connection has been ended, is not read any more.
    pub(in crate::destination) fn end_urgent(&mut self) {
        if let Some(urgent) = self.urgent.take() {
            urgent.join();
        }
    }
}
