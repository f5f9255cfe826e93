//! Guest memory rebuilt from a stream.

use migration_api::stream::compress::Decompressor;
use migration_api::stream::multifd::{ChannelEvent, ChannelReader, Decoder, Method, Packet};
use migration_api::stream::ram::{BlockId, BlockTable, Record};
use migration_api::stream::{Error, ErrorKind, Reader, xbzrle};

const PAGE: usize = 4096;

/// The blocks' memory.
#[derive(Default)]
pub struct Image {
    blocks: Vec<Vec<u8>>,
    decompressor: Decompressor,
    pub pages: usize,
}

impl Image {
    pub fn block(&self, id: BlockId) -> &[u8] {
        &self.blocks[id.index()]
    }

    pub fn blocks(&self) -> &[Vec<u8>] {
        &self.blocks
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

/// A multifd channel that was read completely: its packets with their pages, divided by its SYNC packets.
pub struct Channel {
    pub rounds: Vec<Vec<(Packet, Vec<u8>)>>,
}

impl Channel {
    /// Reads the channel, and checks that it is written again as it was.
    pub fn read(bytes: &[u8], method: Method, number: u8) -> Self {
        let mut reader = ChannelReader::new(PAGE as u64, method);
        let mut decoder = Decoder::new(method).unwrap();
        let mut rounds = vec![Vec::new()];
        let (mut at, mut written) = (0, Vec::new());
        loop {
            let step = reader.step(&bytes[at..]).unwrap();
            at += step.used;
            match step.event {
                None => break,
                Some(ChannelEvent::Handshake(handshake)) => {
                    handshake.check(handshake.uuid, number + 1).unwrap();
                    assert_eq!(handshake.channel, number);
                    handshake.write(&mut written);
                }
                Some(ChannelEvent::Packet(packet)) => {
                    let payload = &bytes[at..at + packet.payload_length as usize];
                    at += payload.len();
                    packet.write(PAGE as u64, &mut written);
                    written.extend_from_slice(payload);
                    let mut content = vec![0; packet.normal.len() * PAGE];
                    let mut pages = decoder.packet(payload);
                    content.chunks_mut(PAGE).for_each(|page| pages.read(page).unwrap());
                    pages.end().unwrap();
                    let sync = packet.sync;
                    rounds.last_mut().unwrap().push((packet, content));
                    if sync {
                        rounds.push(Vec::new());
                    }
                }
            }
        }
        reader.finish(&bytes[at..]).unwrap();
        assert!(written == bytes, "the channel is not written as it was read");
        Self { rounds }
    }

    /// Applies the pages of one round, counted from 0.
    pub fn apply(&self, round: usize, blocks: &BlockTable, image: &mut Image) {
        for (packet, content) in self.rounds.get(round).into_iter().flatten() {
            let Some(block) = packet.check(blocks, PAGE as u64).unwrap() else { continue };
            for (offset, page) in packet.normal.iter().zip(content.chunks(PAGE)) {
                image.page(block, *offset).copy_from_slice(page);
            }
            for offset in &packet.zero {
                image.page(block, *offset).fill(0);
            }
        }
    }
}
