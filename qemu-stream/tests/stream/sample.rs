//! Streams written with the library, one of each kind.

use qemu_stream::compress::Compressor;
use qemu_stream::dirty_bitmap::{Chunk, Content};
use qemu_stream::multifd::{Encoder, Handshake, Method, Packet};
use qemu_stream::ram::{Block, BlockEntry, BlockId, BlockTable, RamWriter};
use qemu_stream::return_path::Message;
use qemu_stream::xbzrle::{Encoded, encode};
use qemu_stream::{
    Command, Configuration, Device, Name, SectionHeader, command, description, section,
};

use crate::random::Random;

/// A stream, and the reader options for it.
pub struct Sample {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub footers: bool,
    pub description: bool,
    pub compress: bool,
}

pub fn name(text: &str) -> Name {
    text.try_into().unwrap()
}

/// Returns the blocks of all samples.
pub fn blocks() -> BlockTable {
    BlockTable::new(vec![
        Block::fixed(name("pc.ram"), 0x8000, 4096),
        Block::fixed(name("/rom@etc/acpi/tables"), 0x2000, 4096),
    ])
}

fn header(id: u32, text: &str, version: u32) -> SectionHeader {
    SectionHeader { id, name: name(text), instance: 0, version }
}

fn globalstate() -> Device {
    let mut body = vec![0; 104];
    body[3] = 8;
    body[4..11].copy_from_slice(b"running");
    body[36] = 1;
    Device { header: header(4, "globalstate", 1), body }
}

fn devices() -> Vec<Device> {
    // A body with bytes that look like a footer, an EOF and a description.
    let odd = b"\x7e\0\0\0\x05\0\x06\0\0\0\x02{}".to_vec();
    vec![
        Device { header: header(3, "timer", 2), body: vec![0; 24] },
        globalstate(),
        Device { header: header(5, "0000:00:01.1/ide", 3), body: odd },
    ]
}

/// Writes a stream part by part.
struct Source {
    out: Vec<u8>,
    footers: bool,
    configuration: Configuration,
    blocks: BlockTable,
    ram: RamWriter,
    random: Random,
}

const RAM: u32 = 2;

impl Source {
    fn new(footers: bool, configuration: Configuration) -> Self {
        let mut out = Vec::new();
        section::write_header(&mut out);
        configuration.write(&mut out);
        let ram = RamWriter::new();
        Self { out, footers, configuration, blocks: blocks(), ram, random: Random::new(0x51) }
    }

    fn block(&self, index: usize) -> BlockId {
        self.blocks.ids().nth(index).unwrap()
    }

    fn commands(&mut self, commands: &[Command]) -> &mut Self {
        commands.iter().for_each(|command| command.write(&mut self.out));
        self
    }

    fn footer(&mut self, id: u32) -> &mut Self {
        if self.footers {
            section::write_footer(&mut self.out, id);
        }
        self
    }

    fn setup(&mut self) -> &mut Self {
        header(RAM, "ram", 4).write_start(&mut self.out);
        let address = self.configuration.has("x-ignore-shared").then_some(0x1000);
        let entries: Vec<BlockEntry> = self
            .blocks
            .ids()
            .map(|block| BlockEntry {
                block,
                length: self.blocks.get(block).unwrap().length,
                page_size: None,
                address,
            })
            .collect();
        self.ram.block_list(&mut self.out, &self.blocks, &entries);
        self.ram.eos(&mut self.out);
        self.footer(RAM)
    }

    fn page(&mut self, block: usize, offset: u64) {
        let block = self.block(block);
        self.ram.page(&mut self.out, &self.blocks, block, offset);
        self.out.extend((0..4096).map(|_| self.random.next() as u8));
    }

    fn part(&mut self, pages: impl FnOnce(&mut Self)) -> &mut Self {
        section::write_part(&mut self.out, RAM);
        pages(self);
        self.ram.eos(&mut self.out);
        self.footer(RAM)
    }

    fn pages(&mut self) -> &mut Self {
        self.part(|source| {
            source.page(0, 0x1000);
            source.page(0, 0);
            let (ram, rom) = (source.block(0), source.block(1));
            source.ram.zero(&mut source.out, &source.blocks, rom, 0);
            source.ram.zero(&mut source.out, &source.blocks, rom, 0x1000);
            source.ram.zero(&mut source.out, &source.blocks, ram, 0x7000);
        })
        .part(|_| {})
    }

    fn end(&mut self) -> &mut Self {
        section::write_end(&mut self.out, RAM);
        self.page(0, 0x3000);
        self.ram.eos(&mut self.out);
        self.footer(RAM)
    }

    fn devices(&mut self, devices: &[Device]) -> &mut Self {
        devices.iter().for_each(|device| device.write(self.footers, &mut self.out));
        self
    }

    fn eof(&mut self, described: Option<&[Device]>) -> Vec<u8> {
        section::write_eof(&mut self.out);
        if let Some(devices) = described {
            let devices = devices.iter().map(|device| (&device.header, device.body.len()));
            let json = description::describe(4096, &self.configuration, devices);
            section::write_description(&mut self.out, &json);
        }
        std::mem::take(&mut self.out)
    }
}

fn source() -> Source {
    Source::new(true, Configuration::new(name("pc")))
}

fn plain(name: &'static str, bytes: Vec<u8>) -> Sample {
    Sample { name, bytes, footers: true, description: true, compress: false }
}

/// Makes every kind of main channel.
pub fn all() -> Vec<Sample> {
    let devices = devices();
    let configuration = Configuration {
        machine: name("pc-i440fx-8.2"),
        page_bits: None,
        capabilities: Some(vec![name("x-ignore-shared")]),
        uuid: Some([9; 16]),
    };
    let bare = source().part_only();
    vec![
        plain("least", bare),
        plain("precopy", source().setup().pages().end().devices(&devices).eof(Some(&devices))),
        plain(
            "return path",
            source()
                .commands(&[Command::OpenReturnPath, Command::Ping(1)])
                .setup()
                .pages()
                .commands(&[Command::SwitchoverStart])
                .end()
                .devices(&devices)
                .eof(Some(&devices)),
        ),
        plain(
            "configuration",
            Source::new(true, configuration).setup().pages().end().eof(Some(&[])),
        ),
        Sample {
            description: false,
            ..plain(
                "no description",
                source().setup().pages().end().devices(&devices[..2]).eof(None),
            )
        },
        Sample {
            footers: false,
            ..plain(
                "no footers",
                Source::new(false, Configuration::new(name("pc")))
                    .setup()
                    .pages()
                    .end()
                    .devices(&devices)
                    .eof(Some(&devices)),
            )
        },
        plain("xbzrle", source().setup().pages().part(deltas).end().eof(Some(&[]))),
        Sample {
            compress: true,
            ..plain("compress", source().setup().part(compressed).end().eof(Some(&[])))
        },
        plain("dirty bitmaps", source().setup().bitmaps().pages().end().eof(Some(&[]))),
        plain("postcopy", postcopy()),
    ]
}

fn deltas(source: &mut Source) {
    let block = source.block(0);
    let old = source.out[source.out.len() - 4096..].to_vec();
    source.page(0, 0x2000);
    let last = source.out[source.out.len() - 4096..].to_vec();
    let mut new = last.clone();
    new[100..300].copy_from_slice(&old[100..300]);
    new[4095] ^= 1;
    let mut delta = [0; 4096];
    let Encoded::Bytes(used) = encode(&last, &new, &mut delta) else { panic!("no delta") };
    source.ram.xbzrle(&mut source.out, &source.blocks, block, 0x2000, &delta[..used]);
}

fn compressed(source: &mut Source) {
    let (block, mut data) = (source.block(1), Vec::new());
    let page: Vec<u8> = (0..4096).map(|_| source.random.next() as u8 & 0x11).collect();
    assert!(Compressor::new(1).compress(&page, &mut data));
    source.ram.compressed(&mut source.out, &source.blocks, block, 0x1000, &data);
}

fn postcopy() -> Vec<u8> {
    let advise = command::Advise { block_page_sizes: 4096, target_page_size: 4096 };
    let discard = command::Range { start: 0, length: 0x2000 };
    let mut package = Vec::new();
    Command::PostcopyListen.write(&mut package);
    devices().iter().take(2).for_each(|device| device.write(true, &mut package));
    Command::Ping(3).write(&mut package);
    Command::PostcopyRun.write(&mut package);

    let mut source = source();
    source
        .commands(&[
            Command::OpenReturnPath,
            Command::Ping(1),
            Command::PostcopyAdvise(Some(advise)),
        ])
        .setup()
        .pages()
        .commands(&[
            Command::PostcopyRamDiscard { block: name("pc.ram"), ranges: vec![discard] },
            Command::Ping(2),
            Command::Packaged(package.len() as u32),
        ]);
    source.out.extend(package);
    source.ram.forget_block();
    source.pages().end().eof(None)
}

impl Source {
    fn part_only(&mut self) -> Vec<u8> {
        header(RAM, "ram", 4).write_start(&mut self.out);
        self.ram.eos(&mut self.out);
        self.footer(RAM).pages().eof(Some(&[]))
    }

    fn bitmaps(&mut self) -> &mut Self {
        const BITMAPS: u32 = 1;
        header(BITMAPS, "dirty-bitmap", 1).write_start(&mut self.out);
        let start = Content::Start { granularity: 65536, enabled: true, persistent: false };
        let bits = Content::Bits { first_sector: 0, sectors: 4096, bits: Some(&[0x5a; 32]) };
        let named = Chunk { node: Some(name("disk")), bitmap: Some(name("b")), ..Chunk::default() };
        Chunk { content: start, eos: true, ..named }.write(&mut self.out);
        self.footer(BITMAPS);
        section::write_end(&mut self.out, BITMAPS);
        for content in [bits, Content::Complete] {
            Chunk { content, ..Chunk::default() }.write(&mut self.out);
        }
        Chunk { eos: true, ..Chunk::default() }.write(&mut self.out);
        self.footer(BITMAPS)
    }
}

/// Makes a multifd channel with six rounds of pages, whose bytes vary in the bits of `mask`. With
/// all of them, zstd sends the last rounds as they are.
pub fn channel(method: Method, mask: u8) -> Vec<u8> {
    let mut random = Random::new(4);
    let mut encoder = Encoder::new(method, 1, 4096).unwrap();
    let mut out = Vec::new();
    Handshake { uuid: [3; 16], channel: 1 }.write(&mut out);
    for number in 0..6 {
        Packet::sync(number).write(4096, &mut out);
        let pages: Vec<Vec<u8>> = (0..1 + random.below(5))
            .map(|_| (0..4096).map(|_| random.next() as u8 & mask).collect())
            .collect();
        let mut content = Vec::new();
        let (last, others) = pages.split_last().unwrap();
        encoder.page_head(|| last[..64].to_vec());
        others.iter().for_each(|page| encoder.page(page, &mut content).unwrap());
        encoder.last_page(last, &mut content).unwrap();
        let packet = Packet {
            sync: false,
            method,
            pages_alloc: 128,
            payload_length: content.len() as u32,
            number,
            block: name("pc.ram"),
            normal: (0..pages.len() as u64).map(|page| page << 12).collect(),
            zero: vec![0x7000],
        };
        packet.write(4096, &mut out);
        out.extend(content);
    }
    out
}

/// Makes a return path with every message.
pub fn return_path() -> Vec<u8> {
    let mut out = Vec::new();
    let block = name("pc.ram");
    for message in [
        Message::SwitchoverAck,
        Message::Pong(1),
        Message::ReqPages { block: Some(block.clone()), start: 0, length: 4096 },
        Message::ReqPages { block: None, start: 4096, length: 4096 },
        Message::RecvBitmap { block, bitmap: vec![0xf0; 64] },
        Message::ResumeAck,
        Message::Shut(0),
    ] {
        message.write(&mut out);
    }
    out
}
