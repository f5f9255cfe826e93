//! Reads one multifd channel into guest memory.

use std::sync::Arc;

use super::barrier::Barrier;
use super::landing::MemoryMap;
use crate::destination::failure::LoadFailure;
use crate::destination::memory::Memory;
use crate::page::{PAGE, PAGE_LEN, adjacent, runs};
use crate::stream::multifd::{
    ChannelEvent, ChannelReader, Decoder, MultifdError, Packet, PageHead, pages_per_packet,
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
            && runs(&packet.normal, adjacent).count() == 1
        {
            memory.prepare(packet.normal[0]);
        }
        let length = packet.payload_length;
        let head = self.decoder.page_head(length, packet.normal.len(), PAGE);
        let received = match head.filter(|_| self.channel.is_plain()) {
            Some(head) => self.receive(packet, memory, head)?,
            None => false,
        };
        if !received {
            self.payload.resize(length as usize, 0);
            self.channel.read_all(&mut self.payload).map_err(unreadable)?;
            self.decode(packet, memory)?;
        }
        packet.zero.iter().for_each(|&offset| memory.zero(offset));
        Ok(())
    }

    /// Has the kernel read the pages directly into guest memory, and the next packet's head if it
    /// is there. Returns false if that is impossible.
    ///
    /// Each page comes after a `head`. If other bytes come, the payload is an encoded one, and is
    /// decoded.
    fn receive(
        &mut self,
        packet: &Packet,
        memory: &Memory,
        head: PageHead,
    ) -> Result<bool, LoadFailure> {
        let (head, pages) = (head.as_bytes(), &packet.normal);
        let mut heads = vec![0; head.len() * pages.len()];
        let mut rooms = heads.chunks_mut(head.len().max(1));
        let mut pieces = Iovecs::new(2 * pages.len() + 1);
        // Pages without heads in between come in one piece.
        for (offset, length) in runs(pages, |one, next| head.is_empty() && adjacent(one, next)) {
            let Some(range) = memory.receive_range(offset, length) else { return Ok(false) };
            if let Some(room) = rooms.next() {
                pieces.room(room);
            }
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
        if heads.chunks(head.len().max(1)).any(|received| received != head) {
            self.gather(&heads, pages, memory);
            self.decode(packet, memory)?;
        }
        Ok(true)
    }

    /// Gathers a payload that was read into `heads` and the memory of `pages`.
    fn gather(&mut self, heads: &[u8], pages: &[u64], memory: &Memory) {
        self.payload.clear();
        for (head, offset) in heads.chunks(heads.len() / pages.len()).zip(pages) {
            self.payload.extend_from_slice(head);
            let start = self.payload.len();
            self.payload.resize(start + PAGE_LEN, 0);
            memory.read(*offset, &mut self.payload[start..]);
        }
    }

    /// Decodes the payload into guest memory.
    fn decode(&mut self, packet: &Packet, memory: &Memory) -> Result<(), LoadFailure> {
        if packet.normal.is_empty() {
            return Ok(());
        }
        let mut content = self.decoder.packet(&self.payload);
        for (offset, length) in runs(&packet.normal, adjacent) {
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::guest::Guest;
    use crate::guests::{Machine, MachineConfig};
    use crate::random::Random;
    use crate::stream::Name;
    use crate::stream::multifd::{Encoder, Handshake, Method};
    use crate::stream::ram::{Block, BlockTable};
    use crate::transport::Stop;

    const PAGES: usize = 64;

    /// A channel's bytes, and the memory that they lead to.
    struct Sent {
        random: Random,
        bytes: Vec<u8>,
        memory: Vec<u8>,
    }

    impl Sent {
        /// Writes `count` pages from `first`. `payload` returns the payload for their contents,
        /// which it may change.
        fn packet(
            &mut self,
            (first, count): (usize, usize),
            payload: impl FnOnce(&mut [u8]) -> Vec<u8>,
        ) {
            let memory = &mut self.memory[first * PAGE_LEN..][..count * PAGE_LEN];
            memory.fill_with(|| self.random.next() as u8);
            let payload = payload(memory);
            let packet = Packet {
                sync: false,
                method: Method::Zstd,
                pages_alloc: pages_per_packet(PAGE),
                payload_length: payload.len() as u32,
                number: 0,
                block: name(),
                normal: (first..first + count).map(|page| page as u64 * PAGE).collect(),
                zero: Vec::new(),
            };
            packet.write(PAGE, &mut self.bytes);
            self.bytes.extend(payload);
        }
    }

    fn name() -> Name {
        "ram".try_into().unwrap()
    }

    #[test]
    #[cfg_attr(miri, ignore = "zstd is C")]
    fn pages_sent_as_they_are_and_other_payloads_of_their_length_arrive() {
        let mut sent =
            Sent { random: Random::new(5), bytes: Vec::new(), memory: vec![0; PAGES * PAGE_LEN] };
        Handshake { uuid: [0; 16], channel: 0 }.write(&mut sent.bytes);
        let head = Decoder::new(Method::Zstd).unwrap().page_head(4106, 1, PAGE).unwrap();
        let head = head.as_bytes();
        let raw = |pages: &mut [u8]| -> Vec<u8> {
            pages.chunks(PAGE_LEN).flat_map(|page| [head, page].concat()).collect()
        };
        // As long as two pages that are sent as they are: a page of equal bytes in a block that
        // repeats one, a frame to be skipped, and a page as it is.
        let other = |pages: &mut [u8]| {
            let (first, second) = pages.split_at_mut(PAGE_LEN);
            first.fill(0x33);
            let repeated = [&head[..7], &[0x03, 0x80, 0x00, 0x33]].concat();
            let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 0xf7, 0x0f, 0, 0][..], &[9; 4087]].concat();
            [repeated, skipped, raw(second)].concat()
        };
        sent.packet((0, 3), raw);
        sent.packet((40, 2), other);
        sent.packet((10, 20), raw);
        sent.packet((3, 2), other);
        // The encoder leaves its frame open.
        let mut encoder = Encoder::new(Method::Zstd, 1, PAGE).unwrap();
        sent.packet((50, 1), |pages| {
            let mut payload = Vec::new();
            encoder.last_page(pages, &mut payload).unwrap();
            payload
        });

        let machine = Machine::new(MachineConfig {
            incoming: true,
            ..MachineConfig::new((PAGES * PAGE_LEN) as u64)
        })
        .unwrap();
        let memory: Arc<[Memory]> = Memory::of(&machine.ram(), false, false).into();
        let block = Block::fixed(name(), (PAGES * PAGE_LEN) as u64, PAGE);
        let blocks = BlockTable::new(vec![block]);
        let stop = Arc::new(Stop::new().unwrap());
        let (here, mut there) = UnixStream::pair().unwrap();
        let channel = Arc::new(Channel::descriptor(here.into(), &stop).unwrap());
        let barrier = Arc::new(Barrier::new(1, channel.clone()));
        barrier.set_memory(MemoryMap { blocks, memory: memory.clone() });
        let mut reader = ChannelReader::new(PAGE, Method::Zstd);
        let used = reader.step(&sent.bytes).unwrap().used;
        let decoder = Decoder::new(Method::Zstd).unwrap();
        let receiver = PacketReceiver::new(0, channel, reader, decoder, barrier.clone());
        let receiving = std::thread::spawn(|| receiver.run());
        there.write_all(&sent.bytes[used..]).unwrap();
        drop(there);
        receiving.join().unwrap();
        assert!(barrier.failure().is_none());
        let mut loaded = vec![0; PAGES * PAGE_LEN];
        memory[0].read(0, &mut loaded);
        assert!(loaded == sent.memory);
    }
}
