//! Guest memory rebuilt from a stream.

use qemu_stream::compress::Decompressor;
use qemu_stream::multifd::{ChannelEvent, ChannelReader, Decoder, Method, MultifdError, Packet};
use qemu_stream::ram::{BlockId, BlockTable, Record};
use qemu_stream::{Error, ErrorKind, Reader, xbzrle};

const PAGE: usize = 4096;

/// The blocks' memory.
#[derive(Default)]
pub struct Image {
    blocks: Vec<Vec<u8>>,
    decompressor: Decompressor,
    pub pages: usize,
}

impl Image {
    pub fn blocks(&self) -> &[Vec<u8>] {
        &self.blocks
    }

    /// Allocates memory for all blocks of a table.
    pub fn allocate(&mut self, blocks: &BlockTable) {
        self.blocks = blocks.blocks().iter().map(|block| vec![0; block.length as usize]).collect();
    }

    fn page(&mut self, id: BlockId, offset: u64) -> &mut [u8] {
        self.pages += 1;
        &mut self.blocks[id.index()][offset as usize..][..PAGE]
    }

    pub fn apply(&mut self, reader: &Reader, record: &Record<'_>) -> Result<(), Error> {
        match *record {
            Record::Block(ref entry) => {
                self.blocks.resize(self.blocks.len().max(entry.block.index() + 1), Vec::new());
                self.blocks[entry.block.index()].resize(entry.length as usize, 0);
            }
            Record::Zero { block, offset } => self.page(block, offset).fill(0),
            Record::Page { block, offset, data } => self.page(block, offset).copy_from_slice(data),
            Record::Xbzrle { block, offset, data } => {
                let decoded = xbzrle::decode(data, self.page(block, offset));
                decoded.map_err(|_| reader.fault(ErrorKind::XbzrleData { offset }))?;
            }
            Record::Compressed { block, offset, data } => {
                let mut page = [0; PAGE];
                self.decompressor.decompress(data, &mut page).map_err(|kind| reader.fault(kind))?;
                self.page(block, offset).copy_from_slice(&page);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A completely read multifd channel: its packets with their pages, divided by SYNC packets.
pub struct Channel {
    pub id: Option<u8>,
    pub rounds: Vec<Vec<(Packet, Vec<u8>)>>,
}

impl Channel {
    /// Reads the channel.
    pub fn load(bytes: &[u8], method: Method) -> Result<Self, MultifdError> {
        Self::relay(bytes, method, &mut Vec::new())
    }

    /// Reads the channel, and writes it again to `out`.
    pub fn relay(bytes: &[u8], method: Method, out: &mut Vec<u8>) -> Result<Self, MultifdError> {
        let mut reader = ChannelReader::new(PAGE as u64, method);
        let mut decoder = Decoder::new(method)?;
        let mut channel = Self { id: None, rounds: vec![Vec::new()] };
        let mut at = 0;
        loop {
            let step = reader.step(&bytes[at..])?;
            at += step.used;
            match step.event {
                None => break,
                Some(ChannelEvent::Handshake(handshake)) => {
                    handshake.check(handshake.uuid, u8::MAX)?;
                    channel.id = Some(handshake.channel);
                    handshake.write(out);
                }
                Some(ChannelEvent::Packet(packet)) => {
                    let payload = bytes[at..]
                        .get(..packet.payload_length as usize)
                        .ok_or(MultifdError::Closed)?;
                    at += payload.len();
                    packet.write(PAGE as u64, out);
                    out.extend_from_slice(payload);
                    let mut content = vec![0; packet.normal.len() * PAGE];
                    let mut pages = decoder.packet(payload);
                    content.chunks_mut(PAGE).try_for_each(|page| pages.read(page))?;
                    pages.end()?;
                    let sync = packet.sync;
                    channel.rounds.last_mut().unwrap().push((packet, content));
                    if sync {
                        channel.rounds.push(Vec::new());
                    }
                }
            }
        }
        reader.finish(&bytes[at..])?;
        Ok(channel)
    }

    /// Applies the pages of one round, counted from 0.
    pub fn apply(
        &self,
        round: usize,
        blocks: &BlockTable,
        image: &mut Image,
    ) -> Result<(), MultifdError> {
        for (packet, content) in self.rounds.get(round).into_iter().flatten() {
            let Some(block) = packet.check(blocks, PAGE as u64)? else { continue };
            for (offset, page) in packet.normal.iter().zip(content.chunks(PAGE)) {
                image.page(block, *offset).copy_from_slice(page);
            }
            for offset in &packet.zero {
                image.page(block, *offset).fill(0);
            }
        }
        Ok(())
    }
}
