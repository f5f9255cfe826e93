//! Loads one stream into the guest.

mod ahead;
mod commands;
mod devices;
mod ending;
mod pages;
mod prepare;
mod setup;

use crate::page::PAGE_LEN;
use std::sync::Arc;

use ahead::{Ahead, Fault};

use super::accept::{Acceptor, Connections};
use super::colo::Secondary;
use super::decompress::Decompression;
use super::lines::Lines;
use super::memory::Memory;
use super::multifd::MultifdChannels;
use super::postcopy::Postcopy;
use super::return_path::ReturnPath;
use super::{DestinationRun, Failure};
use crate::api::MigrationCapability as Capability;
use crate::bitmaps::IncomingBitmaps;
use crate::core::{Core, State};
use crate::guest::{DeviceSection, GlobalState, Guest, RamBlock};
use crate::settings::Capabilities;
use crate::stream::dirty_bitmap::{self, Content};
use crate::stream::ram::{BlockId, Record, Rules};
use crate::stream::return_path::Message;
use crate::stream::{
    Buffer, Configuration, ErrorKind, Event, Local, MIN_INPUT, Name, Reader, SectionHeader,
};
use crate::transport::{Channel, Stop, TransportError, reason};

/// Bytes read into the buffer in one call, so that they are still cached when they are copied.
const PIECE: u64 = 64 << 10;

pub(super) use devices::{admit, section};

/// The result of loading a stream.
pub(super) enum Loaded {
    /// Loaded completely, with the run state if it was sent. The guest may run.
    Whole(Option<GlobalState>),
    /// Loaded completely, and the guest runs already.
    Running,
    /// Loaded completely, and the guest becomes a COLO secondary.
    Secondary(Box<Secondary>, Option<GlobalState>),
}

/// Loads a stream, and reports the result to the source.
pub(super) fn load(
    core: &Arc<Core>,
    run: &Arc<DestinationRun>,
    connections: Connections,
    capabilities: Capabilities,
) -> Result<Loaded, Failure> {
    let mut loader = Loader::new(core.clone(), run.clone(), connections, capabilities)?;
    let loaded = loader.run();
    // A failed channel may be the reason for the main channel's end. Not once the guest runs: then
    // those channels are complete.
    let loaded = match loader.multifd.as_ref().and_then(MultifdChannels::failure) {
        Some(failure) if !loader.postcopy.is_running() => Err(failure),
        _ => loaded,
    };
    if loaded.is_err() {
        loader.bitmaps.withdraw(&mut core.state().nodes);
        // The source learns it from this, or from the connection that ends.
        let _ = loader.return_path.say(&Message::Shut(1));
    }
    loader.end(&loaded);
    if let (Ok(Loaded::Whole(state)), true) = (&loaded, loader.colo) {
        let state = *state;
        return Ok(Loaded::Secondary(Box::new(Secondary::new(loader)?), state));
    }
    loader.link.stop();
    loader.postcopy.end_urgent();
    loaded
}

/// Loads a saved stream into a guest that has been in use. There is no return path, and no
/// capability applies.
pub(crate) fn load_saved(core: &Arc<Core>, channel: Channel) -> Result<(), Failure> {
    let host_error = |error| TransportError::Io(reason(&error));
    let run = Arc::new(DestinationRun::new().map_err(host_error)?);
    let mut loader =
        Loader::new(core.clone(), run, Connections::single(channel), Capabilities::default())?;
    let used = loader.guest.ram().into_iter().map(|block| RamBlock { blank: false, ..block });
    loader.memory = Memory::of(used.collect(), false).into();
    loader.read()?;
    loader.finish().map(drop)
}

/// A stream being loaded into the guest.
pub(super) struct Loader {
    pub(super) core: Arc<Core>,
    pub(super) run: Arc<DestinationRun>,
    pub(super) guest: Arc<dyn Guest>,
    pub(super) capabilities: Capabilities,
    pub(super) channel: Arc<Channel>,
    /// Ends the connections.
    pub(super) link: Arc<Stop>,
    /// Listener for the preempt channel.
    pub(super) acceptor: Option<Acceptor>,
    /// Bytes that were read from the channel before.
    greeting: Vec<u8>,
    pub(super) reader: Reader,
    machine: Name,
    /// The guest's memory, by the blocks of the stream.
    pub(super) memory: Arc<[Memory]>,
    /// The multifd channels, if multifd is on.
    pub(super) multifd: Option<MultifdChannels>,
    ahead: Ahead,
    /// The decompressing threads, if compress is on.
    decompression: Option<Decompression>,
    /// Bytes of the block list that are still missing.
    unlisted: u64,
    /// The guest addresses in the block list, by block.
    addresses: Vec<u64>,
    pub(super) devices: Vec<DeviceSection>,
    bitmaps: IncomingBitmaps,
    /// Log lines about the stream.
    pub(super) lines: Lines,
    /// RAM, or the list of its blocks, has arrived.
    pub(super) has_ram: bool,
    /// The pings of the package being read, to be answered once its devices are loaded.
    pub(super) package: Option<Vec<u32>>,
    /// The source requests COLO.
    colo: bool,
    /// The last element of the stream has arrived.
    described: bool,
    /// The source was sent an acknowledgement of the switchover.
    acknowledged: bool,
    pub(super) return_path: Arc<ReturnPath>,
    /// Settings that affect RAM records.
    pub(super) rules: Rules,
    pub(super) postcopy: Postcopy,
}

impl Loader {
    /// Reads the stream to its end, over as many connections as it takes.
    fn run(&mut self) -> Result<Loaded, Failure> {
        self.accept_urgent()?;
        loop {
            match self.read().and_then(|()| self.finish()) {
                Err(failure) if self.postcopy.is_running() => {
                    if !self.interrupted(failure)? {
                        return self.finish();
                    }
                }
                over => return over,
            }
        }
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
            if let Some(Event::Record(Record::PageAhead { block, offset })) = step.event {
                buffer.consume(used);
                self.page_ahead(&mut buffer, block, offset)?;
                continue;
            }
            if let Some(event) = step.event {
                // The event borrows from the buffer, not from the reader.
                self.obey(event)?;
                buffer.consume(used);
                // One read of the connection can bring many events.
                let stopped = self.link.check();
                stopped.map_err(|error| TransportError::Read(reason(&error)))?;
                continue;
            }
            buffer.consume(used);
            if closed || self.described || self.reader.is_complete() {
                return Ok(());
            }
            // Fill the gathered pages before the read blocks.
            if let Some(placer) = self.postcopy.placer() {
                placer.flush()?;
            }
            closed = !self.fill(&mut buffer)?;
        }
    }

    /// Reads the rest of a page directly into guest memory.
    fn page_ahead(
        &mut self,
        buffer: &mut Buffer,
        block: BlockId,
        offset: u64,
    ) -> Result<(), Failure> {
        self.expect_page(block, offset)?;
        self.has_ram = true;
        let read = self.ahead.read(
            (&mut self.reader, buffer),
            &self.channel,
            &self.memory,
            (block, offset),
        );
        read.map_err(|fault| match fault {
            Fault::Stream(error) => error.into(),
            Fault::Read(Some(error)) => Failure::Transport(TransportError::Read(reason(&error))),
            Fault::Read(None) => self.fault(ErrorKind::Closed),
        })
    }

    pub(super) fn obey(&mut self, event: Event<'_>) -> Result<(), Failure> {
        match event {
            Event::Configuration(configuration) => self.configure(&configuration),
            Event::Record(record) => self.store(record),
            Event::Start(header) => self.start_section(&header),
            Event::Device(device) => self.keep(device),
            Event::Command(command) if self.package.is_some() => self.packaged(&command),
            Event::Command(command) => self.command(&command),
            Event::Package { .. } => self.begin_package(),
            Event::PackageEnd => {
                self.package = None;
                Ok(())
            }
            Event::Header | Event::Part { .. } | Event::End { .. } | Event::Eof => Ok(()),
            Event::DirtyBitmap(chunk) => {
                let limit = self.core.limits.bitmaps;
                if matches!(chunk.content, Content::Start { .. }) && !self.bitmaps.count(limit) {
                    let (size, max) = (limit as u64 + 1, limit as u64);
                    let what = "number of dirty bitmaps";
                    return Err(self.fault(ErrorKind::TooLarge { what, size, max }));
                }
                let mut state = self.core.state();
                let State { nodes, parameters, .. } = &mut *state;
                let taken = self.bitmaps.take(nodes, parameters, &chunk);
                drop(state);
                if let Err(line) = taken {
                    self.lines.add(line);
                }
                Ok(())
            }
            Event::Description(_) => {
                self.described = true;
                Ok(())
            }
        }
    }

    /// Begins an iterable section.
    fn start_section(&mut self, header: &SectionHeader) -> Result<(), Failure> {
        if &*header.name != dirty_bitmap::NAME || self.capabilities.has(Capability::DirtyBitmaps) {
            return Ok(());
        }
        let (what, capability) = ("dirty bitmaps", Capability::DirtyBitmaps.as_str());
        Err(self.fault(ErrorKind::CapabilityOff { what, capability }))
    }

    pub(super) fn fault(&self, kind: ErrorKind) -> Failure {
        self.reader.fault(kind).into()
    }

    fn configure(&mut self, configuration: &Configuration) -> Result<(), Failure> {
        if self.guest.shapeless() {
            self.machine = configuration.machine.clone();
        } else if configuration.machine != self.machine {
            // QEMU accepts a prefix, and so confuses some machine types.
            let (received, local) = (configuration.machine.clone(), self.machine.clone());
            return Err(self.fault(ErrorKind::Machine { received, local }));
        }
        let equal = |capability| match capability {
            Capability::XIgnoreShared => Some(self.capabilities.has(capability)),
            _ => None,
        };
        let known: Vec<(&str, Option<bool>)> = Capability::VALUES
            .iter()
            .map(|&capability| (capability.as_str(), equal(capability)))
            .collect();
        let bits = PAGE_LEN.trailing_zeros();
        let local = Local {
            machine: &self.machine,
            page_bits: (bits, bits),
            capabilities: &known,
            uuid: self.guest.uuid(),
        };
        configuration.check(&local).map_err(|kind| self.fault(kind))
    }

    /// Tells a guest that took over its RAM which blocks x-ignore-shared left out.
    fn note_left_out(&self) {
        if !self.guest.shapeless() || !self.capabilities.has(Capability::XIgnoreShared) {
            return;
        }
        let blocks = self.memory.iter().zip(&self.addresses).enumerate();
        let blocks = blocks.filter(|(_, (memory, _))| !memory.is_touched());
        let blocks: Vec<(usize, u64)> = blocks.map(|(index, (_, &at))| (index, at)).collect();
        self.guest.left_out(&blocks);
    }

    /// Loads the devices and tells the source that all is well.
    fn finish(&mut self) -> Result<Loaded, Failure> {
        if self.postcopy.is_running() {
            return self.end_postcopy().map(|()| Loaded::Running);
        }
        if let Some(multifd) = self.multifd.take() {
            multifd.finish()?;
        }
        if !self.has_ram {
            return Err(Failure::Incomplete("any RAM"));
        }
        let devices = std::mem::take(&mut self.devices);
        let state = devices.iter().find(|device| device.name == GlobalState::NAME);
        let state = state.map(|device| GlobalState::read(&device.body)).transpose()?;
        self.note_left_out();
        self.guest.load(devices)?;
        // A source that does not get the message keeps its guest, so this one must not run then.
        // TCP accepts the first write after the peer's close, too.
        self.return_path.conclude()?;
        self.note_blocktime();
        Ok(Loaded::Whole(state))
    }
}
