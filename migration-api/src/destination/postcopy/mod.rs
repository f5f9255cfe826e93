//! Postcopy: the guest runs while its memory is still arriving.
//!
//! ```text
//!  source                      destination
//!  ------                      -----------
//!  POSTCOPY_ADVISE ----------> memory is discarded; arriving pages are tracked
//!  POSTCOPY_RAM_DISCARD -----> pages that changed since are discarded again
//!  package: LISTEN ----------> all memory is registered; `mig/dst/fault` requests missing pages
//!           devices, RUN ----> `mig/dst/package` loads the devices, and the guest runs
//!  pages --------------------> `mig/dst/main` and, for the preempt channel, `mig/dst/preempt`
//!                              fill them in
//!  end ----------------------> memory is unregistered
//! ```
//!
//! A thread that touches a missing page blocks until it arrives. So the threads that fill or
//! request pages must not touch guest memory except through [`live::LiveMemory`], nor wait for a
//! thread that does. If the connection is lost, everything stays as it is and waits for another
//! one: [`pause`].

mod faults;
pub(super) mod host;
mod live;
mod package;
mod pause;
mod placer;
mod requests;
mod urgent;
pub(super) mod waits;

use std::sync::Arc;

use super::Failure;
use super::load::Loader;
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::core::Notice;
use crate::page::PAGE_LEN;
use crate::state::Direction;
use crate::stats::Blocktime;
use crate::stream::command::{Advise, Range};
use crate::stream::compress::Decompressor;
use crate::stream::return_path::Message;
use crate::stream::{Command, ErrorKind, Name};
use crate::transport::{TransportError, reason};
use faults::Faults;
use live::LiveMemory;
use package::{Loading, Package};
use placer::Placer;
use urgent::Urgent;

/// Progress of postcopy. The numbers are QEMU's, which appear in errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Postcopy was not announced.
    #[default]
    None = 0,
    /// Postcopy may follow.
    Advised = 1,
    /// Ranges are being discarded.
    Discarding = 2,
    /// Pages arrive in parallel with the rest of the stream.
    Listening = 3,
    /// The guest runs, or will once its devices are loaded.
    Running = 4,
}

/// The state of postcopy.
#[derive(Default)]
pub(super) struct Postcopy {
    phase: Phase,
    ram: Option<Ram>,
    loading: Option<Loading>,
    /// Accepts the preempt channel, and reads it.
    urgent: Option<Urgent>,
    /// Number of discarded bytes, by block.
    discarded: Vec<u64>,
}

/// Memory that is used while it comes.
struct Ram {
    /// Fills what comes on the main channel.
    placer: Placer,
    decompressor: Decompressor,
    _faults: Faults,
}

/// Error of a compressed page.
pub(super) enum Compressed {
    /// It cannot be decompressed.
    Bad(ErrorKind),
    /// It cannot be filled in.
    Unplaced(Failure),
}

impl Postcopy {
    /// Returns the placer for pages from the main channel, unless they go directly into memory.
    pub(super) fn placer(&mut self) -> Option<&mut Placer> {
        self.ram.as_mut().map(|ram| &mut ram.placer)
    }

    /// Takes a compressed page for memory in use, which only this thread may fill. Returns false if
    /// the memory is not in use.
    pub(super) fn compressed(
        &mut self,
        block: usize,
        offset: u64,
        data: &[u8],
    ) -> Result<bool, Compressed> {
        let Some(ram) = &mut self.ram else { return Ok(false) };
        let mut page = [0; PAGE_LEN];
        ram.decompressor.decompress(data, &mut page).map_err(Compressed::Bad)?;
        ram.placer.page(block, offset, &page).map_err(Compressed::Unplaced)?;
        Ok(true)
    }

    /// Returns true if the guest runs, or will once its devices are loaded.
    pub(super) fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Returns true if the guest runs, or is about to, in unregistered memory: all of it has
    /// arrived.
    pub(super) fn is_unwatched(&self) -> bool {
        self.phase >= Phase::Listening && self.ram.is_none()
    }

    fn live(&self) -> Option<&Arc<LiveMemory>> {
        self.ram.as_ref().map(|ram| ram.placer.live())
    }

    /// Waits for the thread that reads urgent pages, whose connection has been ended.
    pub(super) fn end_urgent(&mut self) {
        if let Some(urgent) = self.urgent.take() {
            urgent.join();
        }
    }
}

impl Loader {
    /// A command that came too early or too late.
    pub(super) fn wrong_phase(&self, command: &'static str) -> Failure {
        self.fault(ErrorKind::PostcopyState { command, state: self.postcopy.phase as u32 })
    }

    /// Handles POSTCOPY_ADVISE. Pages that change after they arrived will be discarded, so all
    /// memory must support this.
    pub(super) fn advised(&mut self, advise: Option<Advise>) -> Result<(), Failure> {
        let enabled = self.capabilities.has(Capability::PostcopyRam);
        if self.postcopy.phase != Phase::None {
            return Err(self.wrong_phase("POSTCOPY_ADVISE"));
        }
        let page = PAGE_LEN as u64;
        let local = if self.guest.shapeless() {
            Advise { block_page_sizes: page, target_page_size: page }
        } else {
            Advise::of(self.reader.blocks(), page)
        };
        local.check(advise, enabled).map_err(|kind| self.fault(kind))?;
        if !enabled && !self.capabilities.has(Capability::DirtyBitmaps) {
            let (what, capability) = ("POSTCOPY_ADVISE", Capability::DirtyBitmaps.as_str());
            return Err(self.fault(ErrorKind::CapabilityOff { what, capability }));
        }
        self.postcopy.phase = Phase::Advised;
        if !enabled {
            return Ok(());
        }
        if let Some(reason) = host::unfit(&self.guest.ram(), self.guest.memory_access()) {
            return Err(Failure::Unfit(reason));
        }
        for (memory, block) in self.memory.iter().zip(self.reader.blocks().blocks()) {
            let emptied = match memory.host() {
                Some(host) => {
                    host.detach_from_file().and_then(|()| memory.discard(0, host.size() as u64))
                }
                None => Ok(()),
            };
            emptied.map_err(|error| Failure::Page {
                block: block.name.clone(),
                offset: 0,
                error,
            })?;
        }
        Ok(())
    }

    /// POSTCOPY_RAM_DISCARD: these pages will come again.
    pub(super) fn discard(&mut self, block: &Name, ranges: &[Range]) -> Result<(), Failure> {
        self.begin_discarding("POSTCOPY_RAM_DISCARD")?;
        if !self.capabilities.has(Capability::PostcopyRam) {
            let (what, capability) = ("POSTCOPY_RAM_DISCARD", Capability::PostcopyRam.as_str());
            return Err(self.fault(ErrorKind::CapabilityOff { what, capability }));
        }
        let blocks = self.reader.blocks();
        let Some(id) = blocks.find(block) else {
            return Err(self.fault(ErrorKind::PageBlock { name: block.clone(), offset: 0 }));
        };
        let memory = &self.memory[id.index()];
        let length = blocks.get(id).map_or(0, |block| block.length);
        self.postcopy.discarded.resize(blocks.blocks().len(), 0);
        for &Range { start, length: many } in ranges {
            let whole =
                start.is_multiple_of(memory.page_size()) && many.is_multiple_of(memory.page_size());
            if !whole || start.checked_add(many).is_none_or(|end| end > length) {
                return Err(self.fault(ErrorKind::PageOffset(start)));
            }
            // A source discards each page once. More would cost more time than the bytes of the
            // command justify.
            let size = self.postcopy.discarded[id.index()] + many;
            if size > length {
                let what = "discarded RAM";
                return Err(self.fault(ErrorKind::TooLarge { what, size, max: length }));
            }
            self.postcopy.discarded[id.index()] = size;
            memory.discard(start, many).map_err(|error| Failure::Page {
                block: block.clone(),
                offset: start,
                error,
            })?;
        }
        Ok(())
    }

    /// Pages come and go one by one from here on.
    fn begin_discarding(&mut self, command: &'static str) -> Result<(), Failure> {
        match self.postcopy.phase {
            Phase::Advised => {
                for host in self.memory.iter().filter_map(|memory| memory.host()) {
                    host.huge_pages(false);
                }
                self.postcopy.phase = Phase::Discarding;
                Ok(())
            }
            Phase::Discarding => Ok(()),
            _ => Err(self.wrong_phase(command)),
        }
    }

    /// Handles POSTCOPY_LISTEN: from here on the stream consists of pages, and missing ones are
    /// requested.
    fn listen(&mut self) -> Result<(), Failure> {
        self.begin_discarding("POSTCOPY_LISTEN")?;
        if self.capabilities.has(Capability::PostcopyRam) {
            let by = self.guest.memory_access().reported();
            let host_error = |error: std::io::Error| Failure::Unfit(host::unavailable(&error, by));
            let table = self.reader.blocks();
            let watched = LiveMemory::watch(
                self.memory.clone(),
                table,
                self.guest.clone(),
                self.return_path.clone(),
            );
            let live = Arc::new(watched.map_err(host_error)?);
            let faults = Faults::serve(self.core.clone(), live.clone()).map_err(host_error)?;
            self.return_path.begin_asking(None, Vec::new)?;
            let placer = Placer::new(live);
            self.postcopy.ram =
                Some(Ram { placer, decompressor: Decompressor::default(), _faults: faults });
            self.welcome_urgent();
        }
        self.postcopy.phase = Phase::Listening;
        self.core.advance(&mut self.core.state(), Direction::Incoming, Status::PostcopyActive);
        Ok(())
    }

    /// Lets in a channel for urgent pages, if the source is to open one.
    pub(super) fn accept_urgent(&mut self) -> Result<(), Failure> {
        if let Some(acceptor) = self.acceptor.take() {
            let host_error = |error| Failure::Transport(TransportError::Io(reason(&error)));
            let urgent = Urgent::accept(self.core.clone(), acceptor, self.link.clone())
                .map_err(host_error)?;
            self.postcopy.urgent = Some(urgent);
            self.welcome_urgent();
        }
        Ok(())
    }

    fn welcome_urgent(&self) {
        if let (Some(urgent), Some(live)) = (&self.postcopy.urgent, self.postcopy.live()) {
            urgent.begin(live.clone(), self.reader.blocks().clone(), self.rules);
        }
    }

    /// Begins a package.
    ///
    /// # Errors
    /// There is no return path: a file that holds a package does not make a guest run.
    pub(super) fn begin_package(&mut self) -> Result<(), Failure> {
        if !self.return_path.is_open() {
            return Err(self.wrong_phase("PACKAGED"));
        }
        self.package = Some(Vec::new());
        Ok(())
    }

    /// Handles a command in a package. Its devices may need pages that arrive later, so another
    /// thread loads them.
    pub(super) fn packaged(&mut self, command: &Command) -> Result<(), Failure> {
        match command {
            Command::PostcopyListen => self.listen(),
            Command::Ping(ping) => {
                self.package.get_or_insert_default().push(*ping);
                Ok(())
            }
            Command::PostcopyRun if self.postcopy.phase == Phase::Listening => {
                if !self.has_ram {
                    return Err(Failure::Incomplete("any RAM"));
                }
                if let (None, Some(multifd)) = (&self.postcopy.ram, self.multifd.take()) {
                    // No further page may come into memory that is in use.
                    multifd.finish()?;
                }
                let package = Package {
                    devices: std::mem::take(&mut self.devices),
                    pings: self.package.take().unwrap_or_default(),
                };
                let (core, run) = (self.core.clone(), self.run.clone());
                let loading = package.load(core, run, self.return_path.clone());
                let host_error = |error| Failure::Transport(TransportError::Io(reason(&error)));
                self.postcopy.loading = Some(loading.map_err(host_error)?);
                // Not before: a guest that is not being loaded is still the source's.
                self.postcopy.phase = Phase::Running;
                Ok(())
            }
            command => self.command(command),
        }
    }

    /// RECV_BITMAP: tells the source which pages of a block it need not send again.
    pub(super) fn tell_received(&self, block: &Name) -> Result<(), Failure> {
        let id = self.reader.blocks().find(block);
        let Some(received) = id.and_then(|id| self.memory[id.index()].received()) else {
            return Err(self.fault(ErrorKind::PageBlock { name: block.clone(), offset: 0 }));
        };
        let message = Message::RecvBitmap { block: block.clone(), bitmap: received.to_bytes() };
        self.return_path.say(&message).map_err(Into::into)
    }

    /// POSTCOPY_RESUME: the source sends pages again, and can be asked for them.
    pub(super) fn resume(&mut self) -> Result<(), Failure> {
        let resumed = {
            let mut state = self.core.state();
            state.incoming.machine.status() == Status::PostcopyRecover
                && self.core.advance(&mut state, Direction::Incoming, Status::PostcopyActive)
        };
        let Some(live) = self.postcopy.live().filter(|_| resumed) else {
            self.lines.add("the source resumes a migration that is not paused".into());
            return Ok(());
        };
        self.return_path.begin_asking(Some(&Message::ResumeAck), || live.all_wanted())?;
        Ok(())
    }

    /// Handles the end of the stream: unregisters memory, and reports success.
    ///
    /// # Errors
    /// The source of a paused postcopy has connected again and not resumed it.
    pub(super) fn end_postcopy(&mut self) -> Result<(), Failure> {
        if self.core.state().incoming.machine.status() == Status::PostcopyRecover {
            return Err(Failure::Incomplete("POSTCOPY_RESUME"));
        }
        if let Some(placer) = self.postcopy.placer() {
            placer.flush()?;
        }
        if let Some(live) = self.postcopy.live() {
            // Nothing more arrives on this channel, but requested pages may still arrive on the
            // preempt channel.
            if self.postcopy.urgent.is_some() && !live.requests().settle() {
                return Err(Failure::Incomplete("the requested pages"));
            }
            let missing = live.missing();
            if missing > 0 {
                self.core.notify(Notice::Log(format!(
                    "{missing} pages never arrived; they read as zeroes"
                )));
            }
        }
        self.note_blocktime();
        if let Some(live) = self.postcopy.live() {
            live.let_go();
        }
        self.postcopy.ram = None;
        for host in self.memory.iter().filter_map(|memory| memory.host()) {
            host.huge_pages(true);
        }
        if self.postcopy.loading.as_ref().is_some_and(|loading| !loading.runs()) {
            // Why, is asked where every failure of this phase is looked at.
            return Err(Failure::Incomplete("the devices"));
        }
        // Ignore the error: everything is here, and the guest runs.
        let _ = self.return_path.say(&Message::Shut(0));
        Ok(())
    }

    /// Stores the times that vCPUs waited, for `query-migrate`.
    pub(super) fn note_blocktime(&self) {
        if self.postcopy.phase == Phase::None
            || !self.capabilities.has(Capability::PostcopyBlocktime)
        {
            return;
        }
        let blocktime = self
            .postcopy
            .live()
            .map_or_else(|| Blocktime::none(&*self.guest), |live| live.blocktime());
        self.core.state().incoming.blocktime = Some(blocktime);
    }
}
