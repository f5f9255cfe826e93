//! Sets up the load of a stream: its reader, the memory and the threads.

use std::sync::Arc;

use super::Loader;
use super::ahead::Ahead;
use super::devices::admit;
use crate::api::MigrationCapability as Capability;
use crate::bitmaps::IncomingBitmaps;
use crate::core::{Core, Notice};
use crate::destination::accept::Connections;
use crate::destination::decompress::Decompression;
use crate::destination::lines::Lines;
use crate::destination::memory::Memory;
use crate::destination::multifd::MultifdChannels;
use crate::destination::postcopy::Postcopy;
use crate::destination::return_path::ReturnPath;
use crate::destination::{DestinationRun, Failure};
use crate::guest::check_ram;
use crate::settings::Capabilities;
use crate::stream::ram::{Block, BlockTable, Rules};
use crate::stream::{Name, Options, Reader};

impl Loader {
    pub(super) fn new(
        core: Arc<Core>,
        run: Arc<DestinationRun>,
        connections: Connections,
        capabilities: Capabilities,
    ) -> Result<Self, Failure> {
        let guest = core.guest.clone();
        let unnamable = |_| Failure::Incomplete("a machine type");
        let machine = Name::try_from(guest.machine().as_str()).map_err(unnamable)?;
        let ignore_shared = capabilities.has(Capability::XIgnoreShared);
        let ram = guest.ram();
        check_ram(&ram)?;
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
        let postcopy_ram = capabilities.has(Capability::PostcopyRam);
        // TLS needs copies, postcopy fills pages atomically, and a COLO secondary keeps pages in
        // copies first.
        let pages_ahead =
            !postcopy_ram && !capabilities.has(Capability::XColo) && connections.main.is_plain();
        let compress = capabilities.has(Capability::Compress);
        // The source announces postcopy before the block list, so the reader learns it from the
        // stream.
        let rules = Rules { pages_ahead, compress, ..Rules::default() };
        let admit = admit(guest.clone());
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
        let memory: Arc<[Memory]> =
            Memory::of(ram, capabilities.has(Capability::PostcopyRam)).into();
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
        let log = {
            let core = core.clone();
            Box::new(move |line| core.notify(Notice::Log(line)))
        };
        let lines = Lines::new(limits.log_lines, log);
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
            memory,
            multifd,
            ahead: Ahead::default(),
            decompression,
            unlisted: 0,
            addresses: Vec::new(),
            devices: Vec::new(),
            bitmaps: IncomingBitmaps::default(),
            lines,
            has_ram: false,
            package: None,
            colo: false,
            described: false,
            acknowledged: false,
            return_path: Arc::new(ReturnPath::default()),
            rules,
            postcopy: Postcopy::default(),
        };
        // A guest that adopts the source's blocks does this later.
        if !loader.guest.shapeless() {
            loader.share_memory();
        }
        Ok(loader)
    }
}
