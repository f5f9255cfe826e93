//! Reads one stream into the guest.

use std::sync::Arc;

use super::Failure;
use super::accept::Connections;
use super::memory::Memory;
use crate::api::MigrationCapability as Capability;
use crate::bitmaps::IncomingBitmaps;
use crate::caps::Capabilities;
use crate::engine::{Core, Notice};
use crate::guest::{DeviceSection, GlobalState, Guest};
use crate::stream::ram::{Block, BlockTable, Record, Rules};
use crate::stream::return_path::Message;
use crate::stream::{
    Buffer, Command, Configuration, Device, ErrorKind, Event, Local, MIN_INPUT, Name, Options, Reader, xbzrle,
};
use crate::transport::{Channel, TransportError, reason};

/// The target's page size in bytes.
pub(super) const PAGE: usize = 4096;

/// The most memory in bytes that a guest without a shape takes over. It is reserved only as pages come.
const MAX_ADOPTED: u64 = 1 << 40;

/// Loads a stream and tells the source that all is well. Returns what it says of the run state.
pub(super) fn load(core: &Core, connections: Connections) -> Result<Option<GlobalState>, Failure> {
    let mut loader = Loader::new(core, connections)?;
    let loaded = loader.read().and_then(|()| loader.finish());
    if loaded.is_err() {
        // The source learns it from this, or from the connection that ends.
        let _ = loader.answer(&Message::Shut(1));
    }
    loaded
}

struct Loader<'a> {
    core: &'a Core,
    guest: Arc<dyn Guest>,
    capabilities: Capabilities,
    channel: Arc<Channel>,
    /// What was read from the channel before.
    greeting: Vec<u8>,
    reader: Reader,
    machine: Name,
    /// The guest's memory by block of the stream.
    memory: Arc<[Memory]>,
    /// The bytes of the block list that are not accounted for yet.
    unlisted: u64,
    devices: Vec<DeviceSection>,
    bitmaps: IncomingBitmaps,
    started: bool,
    /// The last thing in the stream has come.
    described: bool,
    return_path: bool,
}

impl<'a> Loader<'a> {
    fn new(core: &'a Core, connections: Connections) -> Result<Self, Failure> {
        let guest = core.guest.clone();
        let capabilities = core.state().capabilities;
        let unnamable = |_| Failure::Incomplete("a machine type");
        let machine = Name::try_from(guest.machine().as_str()).map_err(unnamable)?;
        let ignore_shared = capabilities.has(Capability::XIgnoreShared);
        let ram = guest.ram();
        let blocks = if guest.shapeless() {
            BlockTable::adopting()
        } else {
            let described = ram.iter().map(|block| {
                let name = Name::try_from(block.name.as_str()).map_err(unnamable)?;
                let fixed = Block::fixed(name, block.memory.size(), block.page_size);
                Ok(Block {
                    shared_address: (ignore_shared && block.shared).then_some(block.guest_address),
                    ..fixed
                })
            });
            BlockTable::new(described.collect::<Result<_, Failure>>()?)
        };
        let rules = Rules { postcopy_ram: capabilities.has(Capability::PostcopyRam), ..Rules::default() };
        let admit = admit(guest.clone());
        let reader = Reader::new(Options { rules, blocks, admit, ..Options::default() });
        let memory = Memory::of(ram).into();
        Ok(Self {
            core,
            guest,
            capabilities,
            channel: Arc::new(connections.main),
            greeting: connections.greeting,
            reader,
            machine,
            memory,
            unlisted: 0,
            devices: Vec::new(),
            bitmaps: IncomingBitmaps::default(),
            started: false,
            described: false,
            return_path: false,
        })
    }

    /// Reads to the end of the stream.
    fn read(&mut self) -> Result<(), Failure> {
        let mut buffer = Buffer::new(2 * MIN_INPUT);
        // Four bytes at most.
        let _ = buffer.fill(&mut &*self.greeting);
        let mut closed = false;
        loop {
            let step = self.reader.step(buffer.filled())?;
            let used = step.used;
            if let Some(event) = step.event {
                // The event borrows from the buffer, not from the reader.
                self.obey(event)?;
                buffer.consume(used);
                continue;
            }
            buffer.consume(used);
            if closed || self.described {
                return Ok(());
            }
            let filled = buffer.fill(&mut &*self.channel);
            let filled = filled.map_err(|error| Failure::Transport(TransportError::Read(reason(&error))))?;
            if filled == 0 {
                self.reader.finish(buffer.filled())?;
                closed = true;
            }
        }
    }

    fn obey(&mut self, event: Event<'_>) -> Result<(), Failure> {
        match event {
            Event::Configuration(configuration) => self.configure(&configuration),
            Event::Record(record) => self.store(record),
            Event::Start(_) => {
                self.started = true;
                Ok(())
            }
            Event::Device(device) => {
                self.keep(device);
                Ok(())
            }
            Event::Command(command) => self.command(&command),
            Event::Package(_) => Err(self.fault(ErrorKind::PostcopyState { command: "PACKAGED", state: 0 })),
            Event::Header | Event::Part { .. } | Event::End { .. } | Event::Eof => Ok(()),
            Event::DirtyBitmap(chunk) => {
                if let Err(line) = self.bitmaps.take(&mut self.core.state(), &chunk) {
                    self.core.notify(Notice::Log(line));
                }
                Ok(())
            }
            Event::Description(_) => {
                self.described = true;
                Ok(())
            }
        }
    }

    fn fault(&self, kind: ErrorKind) -> Failure {
        self.reader.fault(kind).into()
    }

    fn configure(&mut self, configuration: &Configuration) -> Result<(), Failure> {
        if self.guest.shapeless() {
            self.machine = configuration.machine.clone();
        } else if configuration.machine != self.machine {
            // QEMU is content with a prefix, and so takes the one machine for the other.
            let (received, local) = (configuration.machine.clone(), self.machine.clone());
            return Err(self.fault(ErrorKind::Machine { received, local }));
        }
        let equal = |capability| match capability {
            Capability::XIgnoreShared => Some(self.capabilities.has(capability)),
            _ => None,
        };
        let known: Vec<(&str, Option<bool>)> =
            Capability::VALUES.iter().map(|&capability| (capability.as_str(), equal(capability))).collect();
        let bits = PAGE.trailing_zeros();
        let local = Local {
            machine: &self.machine,
            page_bits: (bits, bits),
            capabilities: &known,
            uuid: self.guest.uuid(),
        };
        configuration.check(&local).map_err(|kind| self.fault(kind))
    }

    fn store(&mut self, record: Record<'_>) -> Result<(), Failure> {
        match record {
            Record::BlockList { total } => {
                self.unlisted = total;
                if total == 0 {
                    self.adopt()?;
                }
            }
            Record::Block(entry) => {
                self.unlisted = self.unlisted.saturating_sub(entry.length);
                if self.unlisted == 0 {
                    self.adopt()?;
                }
            }
            Record::Page { block, offset, data } => self.memory[block.index()].write(offset, data),
            Record::Zero { block, offset } => self.memory[block.index()].zero(offset),
            Record::Xbzrle { block, offset, data } => {
                let memory = &self.memory[block.index()];
                let mut page = [0; PAGE];
                memory.read(offset, &mut page);
                if xbzrle::decode(data, &mut page).is_err() {
                    return Err(self.fault(ErrorKind::XbzrleData { offset }));
                }
                memory.write(offset, &page);
            }
            Record::Compressed { .. } => return Err(self.fault(ErrorKind::UnexpectedCompressed)),
            Record::PageAhead { .. } | Record::MultifdFlush | Record::Hook | Record::Eos => {}
        }
        Ok(())
    }

    /// Has a guest without a shape take the source's, once the block list is complete.
    fn adopt(&mut self) -> Result<(), Failure> {
        if self.guest.shapeless() {
            let blocks = self.reader.blocks().blocks();
            let size = blocks.iter().fold(0u64, |size, block| size.saturating_add(block.length));
            if size > MAX_ADOPTED {
                return Err(self.fault(ErrorKind::TooLarge { what: "RAM", size, max: MAX_ADOPTED }));
            }
            let blocks: Vec<(String, u64)> =
                blocks.iter().map(|block| (block.name.to_string(), block.length)).collect();
            self.guest.adopt(&self.machine, &blocks)?;
            self.memory = Memory::of(self.guest.ram()).into();
        }
        Ok(())
    }

    fn keep(&mut self, device: Device) {
        self.devices.push(DeviceSection {
            name: device.header.name.to_string(),
            instance: device.header.instance,
            version: device.header.version,
            body: device.body,
        });
    }

    fn command(&mut self, command: &Command) -> Result<(), Failure> {
        match command {
            Command::OpenReturnPath => {
                self.return_path = self.channel.is_duplex();
                // No device here has to get ready for the switchover.
                if self.capabilities.has(Capability::SwitchoverAck) {
                    self.answer(&Message::SwitchoverAck)?;
                }
                Ok(())
            }
            Command::Ping(ping) if !self.return_path => {
                Err(self.fault(ErrorKind::NoReturnPath { ping: *ping }))
            }
            Command::Ping(ping) => self.answer(&Message::Pong(*ping)).map_err(Into::into),
            Command::PostcopyAdvise(advise) => {
                let enabled = self.capabilities.has(Capability::PostcopyRam);
                // Dirty bitmaps advise postcopy without page sizes.
                if advise.is_some() != enabled {
                    return Err(self.fault(ErrorKind::AdvisePostcopy { enabled }));
                }
                Ok(())
            }
            Command::SwitchoverStart => Ok(()),
            Command::EnableColo => Err(self.fault(ErrorKind::ColoDisabled)),
            other => Err(self.fault(ErrorKind::PostcopyState { command: other.name(), state: 0 })),
        }
    }

    /// Says something on the return path, if there is one.
    fn answer(&self, message: &Message) -> Result<(), TransportError> {
        if !self.return_path {
            return Ok(());
        }
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        self.channel.write_all(&bytes)
    }

    /// Loads the devices and tells the source that all is well.
    fn finish(&mut self) -> Result<Option<GlobalState>, Failure> {
        if !self.started {
            return Err(Failure::Incomplete("any RAM"));
        }
        let devices = std::mem::take(&mut self.devices);
        let state = devices.iter().find(|device| device.name == GlobalState::NAME);
        let state = state.map(|device| GlobalState::read(&device.body)).transpose()?;
        self.guest.load(devices)?;
        // A source that cannot be told keeps its guest: then this one must not run.
        self.answer(&Message::Shut(0))?;
        Ok(state)
    }
}

/// Knows the devices of a guest.
fn admit(guest: Arc<dyn Guest>) -> crate::stream::AdmitDevice {
    Box::new(move |header| match guest.layout(&header.name, header.instance) {
        Some(layout) if header.version > layout.version => Err(ErrorKind::SectionVersion {
            name: header.name.clone(),
            received: header.version,
            local: layout.version,
        }),
        Some(layout) => Ok(Some(layout.length as u64)),
        None if guest.shapeless() => Ok(None),
        None => Err(ErrorKind::UnknownSection { name: header.name.clone(), instance: header.instance }),
    })
}
