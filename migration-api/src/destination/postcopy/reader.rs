//! Reads the preempt channel (`postcopy-preempt`), and fills its pages.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use super::live::LiveMemory;
use super::placer::Placer;
use crate::destination::failure::LoadFailure;
use crate::stream::ram::{BlockTable, Record, RecordReader, Rules};
use crate::stream::{Buffer, Error, ErrorKind, MIN_INPUT};
use crate::transport::{Channel, TransportError, reason};

/// The destination of the pages.
pub(super) struct UrgentPages {
    pub(super) live: Arc<LiveMemory>,
    pub(super) blocks: BlockTable,
    pub(super) rules: Rules,
}

/// The receiving half of the channel.
pub(super) struct UrgentReader {
    channel: Channel,
    blocks: BlockTable,
    records: RecordReader,
    buffer: Buffer,
    placer: Placer,
    /// Bytes consumed so far.
    position: u64,
}

impl UrgentReader {
    pub(super) fn new(channel: Channel, pages: UrgentPages) -> Self {
        let mut records = RecordReader::new(pages.rules);
        records.set_postcopy(true);
        Self {
            channel,
            blocks: pages.blocks,
            records,
            buffer: Buffer::new(MIN_INPUT),
            placer: Placer::new(pages.live),
            position: 0,
        }
    }

    /// Fills the pages that have arrived, without waiting for more. Returns true at the end marker,
    /// which only old sources send.
    ///
    /// # Errors
    /// The connection has ended, or a page cannot be filled in.
    pub(super) fn read(&mut self) -> Result<bool, LoadFailure> {
        loop {
            let filled = self.buffer.fill(&mut self.channel.arrived());
            match filled {
                Ok(0) => return Err(failure(ErrorKind::Closed, self.position)),
                Ok(_) if self.fill()? => return Ok(true),
                // The descriptor stays readable while there is more.
                Ok(_) if self.channel.is_plain() => return Ok(false),
                // A TLS session may hold more.
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(TransportError::Read(reason(&error)).into()),
            }
        }
    }

    /// Fills the pages in the buffer. Returns true at the end marker.
    fn fill(&mut self) -> Result<bool, LoadFailure> {
        loop {
            let step = self.records.step(&mut self.blocks, self.buffer.filled());
            let Some((used, record)) = step.map_err(|kind| failure(kind, self.position))? else {
                self.placer.flush()?;
                return Ok(false);
            };
            match record {
                Record::Page { block, offset, data } => {
                    self.placer.page(block.index(), offset, data)?;
                }
                Record::Zero { block, offset } => self.placer.zero(block.index(), offset)?,
                Record::Eos => {
                    self.placer.flush()?;
                    return Ok(true);
                }
                _ => {}
            }
            self.buffer.consume(used);
            self.position += used as u64;
        }
    }
}

fn failure(kind: ErrorKind, position: u64) -> LoadFailure {
    LoadFailure::Stream(Error::new(kind, position, None))
}

impl AsFd for UrgentReader {
    /// Readable once there is something to [read](UrgentReader::read).
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}
