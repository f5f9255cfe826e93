//! A source controlled by a test: it sends the given data, and records the answers.

use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::stream::command::{Advise, Range};
use crate::stream::dirty_bitmap::{Chunk, Content};
use crate::stream::multifd::{Handshake, Packet};
use crate::stream::ram::{Block, BlockEntry, BlockId, BlockTable, RamWriter};
use crate::stream::return_path::{Message, ReturnPathReader};
use crate::stream::section::{self, Device, SectionHeader};
use crate::stream::{Buffer, Command, Configuration, Name};
use crate::tests::{Host, PATIENCE, SIZE};
use crate::transport::Address;

const RAM: u32 = 2;

/// One connection of a source.
pub(super) struct Source {
    stream: TcpStream,
    blocks: BlockTable,
    /// The guest addresses in block lists, if they have any.
    addresses: Vec<u64>,
    writer: RamWriter,
    reader: ReturnPathReader,
    heard: Buffer,
}

/// Returns the table of the guest's only block.
fn blocks() -> BlockTable {
    BlockTable::new(vec![Block::fixed(name("ram"), SIZE, 4096)])
}

pub(super) fn name(text: &str) -> Name {
    text.try_into().unwrap()
}

pub(super) fn discard(block: &str, start: u64, length: u64) -> Command {
    Command::PostcopyRamDiscard { block: name(block), ranges: vec![Range { start, length }] }
}

pub(super) fn advise() -> Command {
    Command::PostcopyAdvise(Some(Advise { block_page_sizes: 4096, target_page_size: 4096 }))
}

fn connect(address: &Address) -> TcpStream {
    let Address::Inet(inet) = address else { panic!("{address:?}") };
    let stream = TcpStream::connect((inet.host.as_str(), inet.port.parse().unwrap())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

impl Source {
    /// Opens a connection without sending anything.
    pub(super) fn connect(address: &Address) -> Self {
        Self {
            stream: connect(address),
            blocks: blocks(),
            addresses: Vec::new(),
            writer: RamWriter::new(),
            reader: ReturnPathReader::new(1 << 20),
            heard: Buffer::new(64 << 10),
        }
    }

    /// Opens a connection and sends everything before the first pages.
    pub(super) fn begin(target: &Host) -> Self {
        let mut source = Self::connect(&target.listen());
        source.machine();
        source.command(&Command::OpenReturnPath);
        source
    }

    /// Sends the header and the configuration.
    pub(super) fn machine(&mut self) {
        self.configure(&Configuration::new(name("none")));
    }

    /// Sends the header and this configuration.
    pub(super) fn configure(&mut self, configuration: &Configuration) {
        let mut bytes = Vec::new();
        section::write_header(&mut bytes);
        configuration.write(&mut bytes);
        self.send(&bytes);
    }

    /// Has block lists name these guest addresses, as with x-ignore-shared.
    pub(super) fn set_addresses(&mut self, addresses: &[u64]) {
        self.addresses = addresses.to_vec();
    }

    /// The same as [`begin`](Self::begin), and announces postcopy.
    pub(super) fn advised(target: &Host) -> Self {
        let mut source = Self::begin(target);
        source.command(&advise());
        source.section();
        source
    }

    /// Begins the section of RAM.
    pub(super) fn section(&mut self) {
        self.block_list(&[SIZE]);
    }

    /// Begins the section of RAM, with blocks of these lengths.
    pub(super) fn block_list(&mut self, lengths: &[u64]) {
        let mut bytes = Vec::new();
        let header = SectionHeader { id: RAM, name: name("ram"), instance: 0, version: 4 };
        header.write_start(&mut bytes);
        self.list(lengths, bytes);
    }

    /// Sends the list of blocks once more.
    pub(super) fn repeat_block_list(&mut self, lengths: &[u64]) {
        let mut bytes = Vec::new();
        section::write_part(&mut bytes, RAM);
        self.list(lengths, bytes);
    }

    fn list(&mut self, lengths: &[u64], mut bytes: Vec<u8>) {
        let names = ["ram", "more"].iter().zip(lengths);
        let blocks = names.map(|(text, length)| Block::fixed(name(text), *length, 4096));
        self.blocks = BlockTable::new(blocks.collect());
        let entry = |(block, length): (BlockId, u64)| {
            let address = self.addresses.get(block.index()).copied();
            BlockEntry { block, length, page_size: None, address }
        };
        let entries: Vec<BlockEntry> =
            self.blocks.ids().zip(lengths.iter().copied()).map(entry).collect();
        self.writer.block_list(&mut bytes, &self.blocks, &entries);
        self.writer.eos(&mut bytes);
        section::write_footer(&mut bytes, RAM);
        self.send(&bytes);
    }

    /// Sends the start of a dirty bitmap, in a section of its own.
    pub(super) fn bitmap(&mut self, node: &str, bitmap: &str) {
        let mut bytes = Vec::new();
        let header = SectionHeader { id: 1, name: name("dirty-bitmap"), instance: 0, version: 1 };
        header.write_start(&mut bytes);
        let content = Content::Start { granularity: 512, enabled: true, persistent: false };
        let (node, bitmap) = (Some(name(node)), Some(name(bitmap)));
        Chunk { node, bitmap, content, eos: true }.write(&mut bytes);
        section::write_footer(&mut bytes, 1);
        self.send(&bytes);
    }

    /// Sends an empty description.
    pub(super) fn described(&mut self) {
        let mut bytes = Vec::new();
        section::write_description(&mut bytes, "{}");
        self.send(&bytes);
    }

    /// The same as [`advised`](Self::advised), and starts the guest, without any of its memory.
    pub(super) fn running(target: &Host) -> Self {
        let mut source = Self::advised(target);
        source.package(&[]);
        assert_eq!(source.hear(), Some(Message::Pong(3)));
        source
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        // Ignore the error: some tests wait for the destination to fail.
        let _ = self.stream.write_all(bytes);
    }

    pub(super) fn command(&mut self, command: &Command) {
        let mut bytes = Vec::new();
        command.write(&mut bytes);
        self.send(&bytes);
    }

    /// Sends a device section.
    pub(super) fn device(&mut self, device: &str, version: u32, body: Vec<u8>) {
        let header = SectionHeader { id: 9, name: name(device), instance: 0, version };
        let mut bytes = Vec::new();
        Device { header, body }.write(true, &mut bytes);
        self.send(&bytes);
    }

    /// Sends the package with these devices.
    pub(super) fn package(&mut self, devices: &[(&str, u32, Vec<u8>)]) {
        let mut nested = Vec::new();
        Command::PostcopyListen.write(&mut nested);
        for (device, version, body) in devices {
            let header =
                SectionHeader { id: 9, name: name(device), instance: 0, version: *version };
            Device { header, body: body.clone() }.write(true, &mut nested);
        }
        Command::Ping(3).write(&mut nested);
        Command::PostcopyRun.write(&mut nested);
        self.command(&Command::Packaged(nested.len() as u32));
        self.send(&nested);
    }

    /// Sends pages, each filled with its byte. Zero pages are sent as such.
    pub(super) fn pages(&mut self, pages: &[(u64, u8)]) {
        let mut bytes = Vec::new();
        section::write_part(&mut bytes, RAM);
        self.records(pages, &mut bytes);
        self.writer.eos(&mut bytes);
        section::write_footer(&mut bytes, RAM);
        self.send(&bytes);
    }

    /// Sends pages without a section, as on the preempt channel.
    pub(super) fn bare_pages(&mut self, pages: &[(u64, u8)]) {
        let mut bytes = Vec::new();
        self.records(pages, &mut bytes);
        self.send(&bytes);
    }

    fn records(&mut self, pages: &[(u64, u8)], bytes: &mut Vec<u8>) {
        let Some(block) = self.blocks.find("ram") else { return };
        for &(page, byte) in pages {
            match byte {
                0 => self.writer.zero(bytes, &self.blocks, block, page * 4096),
                _ => {
                    self.writer.page(bytes, &self.blocks, block, page * 4096);
                    bytes.extend([byte; 4096]);
                }
            }
        }
    }

    /// Sends a packet with one page, as on a multifd channel.
    pub(super) fn packet(&mut self, page: u64, byte: u8) {
        let (block, normal) = (name("ram"), vec![page * 4096]);
        let packet = Packet { block, normal, payload_length: 4096, ..Packet::sync(0) };
        let mut bytes = Vec::new();
        Packet { sync: false, pages_alloc: 128, ..packet }.write(4096, &mut bytes);
        bytes.extend([byte; 4096]);
        self.send(&bytes);
    }

    /// Sends half a page.
    pub(super) fn begin_page(&mut self, page: u64) {
        let mut bytes = Vec::new();
        section::write_part(&mut bytes, RAM);
        self.records(&[(page, 0xee)], &mut bytes);
        bytes.truncate(bytes.len() - 2048);
        self.send(&bytes);
    }

    /// Sends half a page, and closes the connection.
    pub(super) fn half_a_page(mut self, page: u64) {
        self.begin_page(page);
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Has the destination wait for the SYNC of all multifd channels.
    pub(super) fn multifd_flush(&mut self) {
        let mut bytes = Vec::new();
        section::write_part(&mut bytes, RAM);
        self.writer.multifd_flush(&mut bytes);
        self.send(&bytes);
    }

    /// Opens multifd channels.
    pub(super) fn channels(address: &Address, count: u8) -> Vec<Self> {
        let open = |channel| {
            let mut source = Self::connect(address);
            let mut bytes = Vec::new();
            Handshake { uuid: [0; 16], channel }.write(&mut bytes);
            source.send(&bytes);
            source
        };
        (0..count).map(open).collect()
    }

    pub(super) fn end(&mut self) {
        let mut bytes = Vec::new();
        section::write_eof(&mut bytes);
        self.send(&bytes);
    }

    /// Returns true if the destination keeps the connection open for a moment, and reads.
    pub(super) fn is_read(&mut self) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let error = self.heard.fill(&mut self.stream).err().map(|error| error.kind());
        error == Some(ErrorKind::WouldBlock) && self.stream.write_all(b"x").is_ok()
    }

    /// Returns the next message, or `None` once the destination has closed.
    pub(super) fn hear(&mut self) -> Option<Message> {
        loop {
            let step = self.reader.step(self.heard.filled()).unwrap();
            self.heard.consume(step.used);
            if step.message.is_some() {
                return step.message;
            }
            match self.heard.fill(&mut self.stream) {
                Ok(1..) => {}
                Ok(0) => return None,
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing is said: {error}"),
            }
        }
    }
}
