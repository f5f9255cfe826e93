//! Stores the pages of a stream in the guest's memory.

use crate::api::MigrationCapability as Capability;
use crate::destination::failure::LoadFailure;
use crate::destination::loader::Loader;
use crate::destination::memory::Memory;
use crate::destination::postcopy::state::CompressedPageError;
use crate::page::PAGE_LEN;
use crate::stream::multifd::MultifdError;
use crate::stream::ram::{BlockId, Record};
use crate::stream::{ErrorKind, xbzrle};

/// Largest memory in bytes that a relay adopts. Memory and bitmaps are populated as pages arrive,
/// but a zero page populates as much of the bitmaps as any other.
const MAX_ADOPTED: u64 = 1 << 38;

impl Loader {
    /// Checks that a page may come now.
    ///
    /// # Errors
    /// The guest has been started, or is about to be, and nothing watches its memory.
    pub(super) fn expect_page(&self, block: BlockId, offset: u64) -> Result<(), LoadFailure> {
        if !self.postcopy.is_unwatched() {
            return Ok(());
        }
        let name = self.reader.blocks().get(block).map(|block| block.name.clone());
        let name = name.ok_or_else(|| self.fault(ErrorKind::PageOffset(offset)))?;
        Err(self.fault(ErrorKind::LatePage { name, offset }))
    }

    pub(super) fn store(&mut self, record: Record<'_>) -> Result<(), LoadFailure> {
        match record {
            Record::Page { block, offset, .. }
            | Record::Zero { block, offset }
            | Record::Xbzrle { block, offset, .. }
            | Record::Compressed { block, offset, .. } => {
                self.expect_page(block, offset)?;
                self.progress.memory();
            }
            Record::Block(ref entry) => {
                self.progress.memory();
                self.addresses.resize(self.reader.blocks().blocks().len(), 0);
                self.addresses[entry.block.index()] = entry.address.unwrap_or_default();
            }
            _ => {}
        }
        match record {
            Record::BlockList { total } => self.unlisted = total,
            Record::Block(entry) => {
                self.unlisted = self.unlisted.saturating_sub(entry.length);
                if self.unlisted == 0 {
                    self.adopt()?;
                }
            }
            Record::Page { block, offset, data } => match self.postcopy.placer() {
                Some(placer) => placer.page(block.index(), offset, data)?,
                None => {
                    self.memory[block.index()].write(offset, data);
                    self.ahead.page(block, offset);
                }
            },
            Record::Zero { block, offset } => match self.postcopy.placer() {
                Some(placer) => placer.zero(block.index(), offset)?,
                None => {
                    self.memory[block.index()].zero(offset);
                    self.ahead.zero();
                }
            },
            Record::Xbzrle { block, offset, data } => {
                let memory = &self.memory[block.index()];
                let mut page = [0; PAGE_LEN];
                memory.read(offset, &mut page);
                if xbzrle::decode(data, &mut page).is_err() {
                    return Err(self.fault(ErrorKind::XbzrleData { offset }));
                }
                memory.write(offset, &page);
            }
            Record::Compressed { block, offset, data } => {
                match self.postcopy.compressed(block.index(), offset, data) {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(CompressedPageError::Bad(kind)) => return Err(self.fault(kind)),
                    Err(CompressedPageError::Unplaced(failure)) => return Err(failure),
                }
                let Some(threads) = &mut self.decompression else {
                    return Err(self.fault(ErrorKind::UnexpectedCompressed));
                };
                let given = threads.page(&self.memory, block.index(), offset, data);
                given.map_err(|kind| self.fault(kind))?;
            }
            Record::MultifdFlush => match &self.multifd {
                Some(multifd) => multifd.mark()?,
                None => return Err(MultifdError::Disabled.into()),
            },
            Record::Eos => {
                if let Some(threads) = &mut self.decompression {
                    threads.finish().map_err(|kind| self.fault(kind))?;
                }
                if let (Some(multifd), true) = (&self.multifd, self.flushes_each_section()) {
                    multifd.mark()?;
                }
            }
            // The caller reads pages ahead, because it has the buffer.
            Record::PageAhead { .. } | Record::Hook => {}
        }
        Ok(())
    }

    /// Has a guest without a shape take the source's, once the block list is complete.
    fn adopt(&mut self) -> Result<(), LoadFailure> {
        if let (Some(adopts), true) = (self.guest.adopts(), self.memory.is_empty()) {
            let blocks = self.reader.blocks().blocks();
            let size = blocks.iter().fold(0u64, |size, block| size.saturating_add(block.length));
            if size > MAX_ADOPTED {
                return Err(self.fault(ErrorKind::TooLarge {
                    what: "RAM",
                    size,
                    max: MAX_ADOPTED,
                }));
            }
            let blocks: Vec<(String, u64)> =
                blocks.iter().map(|block| (block.name.to_string(), block.length)).collect();
            self.ram.replace(adopts.adopt(&self.machine, &blocks)?)?;
            let tracked = self.capabilities.has(Capability::PostcopyRam);
            self.memory = Memory::of(self.ram.blocks(), tracked, false).into();
        }
        self.share_memory();
        Ok(())
    }

    fn flushes_each_section(&self) -> bool {
        self.core.generation.flushes_each_section(&self.machine)
    }
}
