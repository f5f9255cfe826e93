//! Reads one multifd channel into guest memory.

use std::sync::Arc;

use super::barrier::Barrier;
use super::landing::MemoryMap;
use crate::destination::failure::LoadFailure;
use crate::destination::memory::Memory;
use crate::page::{PAGE, PAGE_LEN};
use crate::stream::multifd::{
    ChannelEvent, ChannelReader, Decoder, Method, MultifdError, Packet, pages_per_packet,
};
use crate::sys::vectored::Iovecs;
use crate::transport::{Channel, TransportError, reason};
use crate::unwind::catch_panic;

/// The reader of one channel, run by a thread of its own.
pub(super) struct PacketReceiver {
    id: usize,
    channel: Arc<Channel>,
    reader: ChannelReader,
    decoder: Decoder,
    barrier: Arc<Barrier>,
    /// Start of the next packet.
    head: Vec<u8>,
    filled: usize,
    /// Encoded payload.
    payload: Vec<u8>,
}

impl PacketReceiver {
    pub(super) fn new(
        id: usize,
        channel: Arc<Channel>,
        reader: ChannelReader,
        decoder: Decoder,
        barrier: Arc<Barrier>,
    ) -> Self {
        let head = vec![0; reader.wanted()];
        Self { id, channel, reader, decoder, barrier, head, filled: 0, payload: Vec::new() }
    }

    /// Reads until the end of the channel or the migration.
    pub(super) fn run(mut self) {
        let ended = catch_panic(|| self.read()).unwrap_or(Err(LoadFailure::Panicked));
        let (barrier, id) = (self.barrier.clone(), self.id);
        if let Ok(true) = ended {
            self.drain();
        }
        barrier.close(id, ended.map(drop));
    }

    /// Handles packets. Returns true if further data may arrive, which is not needed.
    fn read(&mut self) -> Result<bool, LoadFailure> {
        loop {
            while self.filled < self.head.len() {
                let read = self.channel.read(&mut self.head[self.filled..]).map_err(unreadable)?;
                if read == 0 {
                    self.reader.finish(&self.head[..self.filled])?;
                    return Ok(false);
                }
                self.filled += read;
            }
            let Some(ChannelEvent::Packet(packet)) = self.reader.step(&self.head)?.event else {
                return Ok(true);
            };
            self.filled = 0;
            if !packet.sync && packet.normal.is_empty() && packet.zero.is_empty() {
                // Every valid packet is a SYNC or has pages.
                let max = pages_per_packet(PAGE);
                return Err(MultifdError::Pages { normal: 0, zero: 0, max }.into());
            }
            if packet.payload_length > 0 || !packet.zero.is_empty() {
                let Some(memory_map) = self.barrier.begin(self.id) else { return Ok(true) };
                self.store(&packet, &memory_map)?;
                self.barrier.stored(self.id);
            }
            if packet.sync && !self.barrier.sync(self.id) {
                return Ok(true);
            }
        }
    }

    fn store(&mut self, packet: &Packet, memory_map: &MemoryMap) -> Result<(), LoadFailure> {
        let Some(block) = packet.check(&memory_map.blocks, PAGE)? else {
            // A packet without pages has no payload, whatever length it states.
            return Ok(());
        };
        let memory = &memory_map.memory[block.index()];
        // After a full packet in one piece, as in a first pass over memory without zero pages, the
        // next pages probably follow.
        if packet.normal.len() == pages_per_packet(PAGE) as usize
            && runs(&packet.normal).count() == 1
        {
            memory.prepare(packet.normal[0]);
        }
        if !(self.reader.method() == Method::None
            && self.channel.is_plain()
            && self.receive(packet, memory)?)
        {
            self.copy(packet, memory)?;
        }
        packet.zero.iter().for_each(|&offset| memory.zero(offset));
        Ok(())
    }

    /// Has the kernel read the pages directly into guest memory, and the next packet's head if it
    /// is there. Returns false if that is impossible.
    fn receive(&mut self, packet: &Packet, memory: &Memory) -> Result<bool, LoadFailure> {
        let mut pieces = Iovecs::new(packet.normal.len() + 1);
        for (offset, length) in runs(&packet.normal) {
            let Some(range) = memory.receive_range(offset, length) else { return Ok(false) };
            pieces.guest(range);
        }
        pieces.room(&mut self.head);
        let content = packet.payload_length as usize;
        let mut received = 0;
        while received < content {
            match self.channel.read_vectored(&mut pieces).map_err(unreadable)? {
                0 => return Err(MultifdError::Closed.into()),
                count => received += count,
            }
        }
        drop(pieces);
        self.filled = received - content;
        Ok(true)
    }

    /// Reads the payload, and decompresses it into guest memory.
    fn copy(&mut self, packet: &Packet, memory: &Memory) -> Result<(), LoadFailure> {
        self.payload.resize(packet.payload_length as usize, 0);
        self.channel.read_all(&mut self.payload).map_err(unreadable)?;
        if packet.normal.is_empty() {
            return Ok(());
        }
        let mut content = self.decoder.packet(&self.payload);
        for (offset, length) in runs(&packet.normal) {
            if let Some(mut place) = memory.receive_range(offset, length)
                && content.read_in_place(&mut place)?
            {
                continue;
            }
            // One page at a time stays in the processor's cache.
            let mut page = [0; PAGE_LEN];
            for offset in (offset..offset + length).step_by(page.len()) {
                content.read(&mut page)?;
                memory.write(offset, &page);
            }
        }
        Ok(content.end()?)
    }

    /// Reads and discards the rest.
    fn drain(&mut self) {
        self.payload.resize(64 << 10, 0);
        while self.channel.read(&mut self.payload).is_ok_and(|count| count > 0) {}
    }
}

fn unreadable(error: std::io::Error) -> LoadFailure {
    TransportError::Read(reason(&error)).into()
}

/// Merges neighbouring pages into ranges: offsets and lengths in bytes.
fn runs(offsets: &[u64]) -> impl Iterator<Item = (u64, u64)> {
    offsets
        .chunk_by(|one, next| one.checked_add(PAGE) == Some(*next))
        .map(|run| (run[0], run.len() as u64 * PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_run() {
        let found: Vec<_> = runs(&[0, PAGE, 3 * PAGE, 2 * PAGE, 3 * PAGE, u64::MAX, 0]).collect();
        assert_eq!(
            found,
            [(0, 2 * PAGE), (3 * PAGE, PAGE), (2 * PAGE, 2 * PAGE), (u64::MAX, PAGE), (0, PAGE)]
        );
        assert_eq!(runs(&[]).count(), 0);
    }
}
