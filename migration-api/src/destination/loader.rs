//! A stream being loaded into the guest.

use std::sync::Arc;

use uuid::Uuid;

use super::accept::{Acceptor, Connections};
use super::decompress::Decompression;
use super::failure::LoadFailure;
use super::lines::Lines;
use super::load::ahead::Ahead;
use super::memory::Memory;
use super::multifd::channels::MultifdChannels;
use super::multifd::landing::MemoryMap;
use super::policy::lines;
use super::postcopy::state::PostcopyState;
use super::progress::{GuestRole, StreamProgress};
use super::return_path::ReturnPath;
use super::run::DestinationRun;
use crate::api::MigrationCapability as Capability;
use crate::bitmaps::IncomingBitmaps;
use crate::core::Core;
use crate::devices;
use crate::guest::{DeviceSection, Guest, Identity, answer};
use crate::held_ram::HeldRam;
use crate::settings::Capabilities;
use crate::stream::ram::{Block, BlockTable, Rules};
use crate::stream::{ErrorKind, Name, Options, Reader};
use crate::transport::{Channel, Stop};

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
    pub(super) greeting: Vec<u8>,
    pub(super) reader: Reader,
    pub(super) machine: Name,
    pub(super) uuid: Option<Uuid>,
    /// The guest's memory, by the blocks of the stream.
    pub(super) memory: Arc<[Memory]>,
    pub(super) ahead: Ahead,
    /// The decompressing threads, if compress is on.
    pub(super) decompression: Option<Decompression>,
    /// Bytes of the block list that are still missing.
    pub(super) unlisted: u64,
    /// The guest addresses in the block list, by block.
    pub(super) addresses: Vec<u64>,
    pub(super) devices: Vec<DeviceSection>,
    pub(super) bitmaps: IncomingBitmaps,
    /// Log lines about the stream.
    pub(super) lines: Lines,
    pub(super) progress: StreamProgress,
    /// The pings of the package being read, to be answered once its devices are loaded.
    pub(super) package: Option<Vec<u32>>,
    /// The guest's role once it is loaded.
    pub(super) role: GuestRole,
    pub(super) return_path: Arc<ReturnPath>,
    /// Settings that affect RAM records.
    pub(super) rules: Rules,
    pub(super) postcopy: PostcopyState,
    /// The multifd channels, if multifd is on. Dropped after the postcopy state, which unregisters
    /// memory: until then their threads may wait for a page.
    pub(super) multifd: Option<MultifdChannels>,
    // Dropped last: until then the blocks are in use.
    pub(super) ram: HeldRam,
}

impl Loader {
    pub(super) fn new(
        core: Arc<Core>,
        run: Arc<DestinationRun>,
        connections: Connections,
        capabilities: Capabilities,
    ) -> Result<Self, LoadFailure> {
        let guest = core.guest.clone();
        let unnamable = |_| LoadFailure::Incomplete("a machine type");
        let Identity { machine, uuid } = answer("identity", || Ok(guest.identity()))?;
        let machine = Name::try_from(machine.as_str()).map_err(unnamable)?;
        let ignore_shared = capabilities.has(Capability::XIgnoreShared);
        let ram = core.ram.hold()?;
        let blocks = if guest.adopts().is_some() {
            BlockTable::adopting()
        } else {
            let described = ram.blocks().iter().map(|block| {
                let name = Name::try_from(block.name.as_str()).map_err(unnamable)?;
                let fixed = Block::fixed(name, block.memory.size(), block.page_size);
                Ok(Block {
                    shared_address: (ignore_shared && block.shared).then_some(block.guest_address),
                    ..fixed
                })
            });
            BlockTable::new(described.collect::<Result<_, LoadFailure>>()?)
        };
        let postcopy_ram = capabilities.has(Capability::PostcopyRam);
        // TLS needs copies, postcopy fills pages atomically, and a COLO secondary keeps pages in
        // copies first.
        let pages_ahead =
            !postcopy_ram && !capabilities.has(Capability::XColo) && connections.main.is_plain();
        let compress = capabilities.has(Capability::Compress);
        // The source announces postcopy before the block list, so the reader learns it from the
        // stream.
        let rules = Rules { pages_ahead, compress, ..Rules::default() };
        let admit = devices::admit(guest.clone());
        let interrupt = {
            let run = run.clone();
            Box::new(move || run.is_over())
        };
        let limits = core.limits;
        let options = Options {
            rules,
            blocks,
            admit,
            limits,
            interrupt,
            description: !core.generation.suppress_description,
            ..Options::default()
        };
        let reader = Reader::new(options);
        run.connected();
        let used = core.state().incoming.has_failed;
        let memory: Arc<[Memory]> = match guest.adopts().is_some() {
            // A guest that adopts the source's blocks does this later.
            true => Arc::new([]),
            false => Memory::of(ram.blocks(), postcopy_ram, used).into(),
        };
        let channel = Arc::new(connections.main);
        let multifd = match capabilities.has(Capability::Multifd) {
            true => Some(MultifdChannels::start(
                connections.multifd,
                channel.clone(),
                limits.window,
                &core.lifetime,
            )?),
            false => None,
        };
        let decompression = match compress {
            true => Some(Decompression::start(core.state().parameters.decompress_threads)?),
            false => None,
        };
        let lines = lines(&core);
        let loader = Self {
            core,
            link: run.connections(),
            run,
            guest,
            capabilities,
            channel,
            acceptor: connections.acceptor,
            greeting: connections.greeting,
            reader,
            machine,
            uuid,
            ram,
            memory,
            multifd,
            ahead: Ahead::default(),
            decompression,
            unlisted: 0,
            addresses: Vec::new(),
            devices: Vec::new(),
            bitmaps: IncomingBitmaps::default(),
            lines,
            progress: StreamProgress::default(),
            package: None,
            role: GuestRole::default(),
            return_path: Arc::new(ReturnPath::default()),
            rules,
            postcopy: PostcopyState::default(),
        };
        if loader.guest.adopts().is_none() {
            loader.share_memory();
        }
        Ok(loader)
    }

    /// Makes an error at the current position of the stream.
    pub(super) fn fault(&self, kind: ErrorKind) -> LoadFailure {
        self.reader.fault(kind).into()
    }

    /// Lets the multifd channels store pages from now on.
    pub(super) fn share_memory(&self) {
        if let Some(multifd) = &self.multifd {
            let (blocks, memory) = (self.reader.blocks().clone(), self.memory.clone());
            multifd.set_memory(MemoryMap { blocks, memory });
        }
    }
}
