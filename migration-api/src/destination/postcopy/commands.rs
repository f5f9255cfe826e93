//! Handles the commands of a source that switches to postcopy.

use std::sync::Arc;

use super::faults::Faults;
use super::host;
use super::live::LiveMemory;
use super::package::Package;
use super::phase::WrongPhase;
use super::reader::UrgentPages;
use super::state::LiveRam;
use super::urgent::Urgent;
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::core::Event;
use crate::destination::failure::LoadFailure;
use crate::destination::loader::Loader;
use crate::page::PAGE;
use crate::state::Direction;
use crate::stats::Blocktime;
use crate::stream::command::{Advise, Range};
use crate::stream::return_path::Message;
use crate::stream::{Command, ErrorKind, Name};
use crate::transport::{TransportError, reason};

impl Loader {
    /// Makes the error of a command that came too early or too late.
    pub(in crate::destination) fn wrong_phase(&self, command: &'static str) -> LoadFailure {
        self.fault(ErrorKind::PostcopyState { command, state: self.postcopy.number() })
    }

    fn in_phase<T>(
        &self,
        command: &'static str,
        taken: Result<T, WrongPhase>,
    ) -> Result<T, LoadFailure> {
        taken.map_err(|WrongPhase(state)| self.fault(ErrorKind::PostcopyState { command, state }))
    }

    /// Handles POSTCOPY_ADVISE. Pages that change after they arrived will be discarded, so all
    /// memory must support this.
    pub(in crate::destination) fn advised(
        &mut self,
        advise: Option<Advise>,
    ) -> Result<(), LoadFailure> {
        let enabled = self.capabilities.has(Capability::PostcopyRam);
        if self.postcopy.number() > 0 {
            return Err(self.wrong_phase("POSTCOPY_ADVISE"));
        }
        let local = if self.guest.adopts().is_some() {
            Advise { block_page_sizes: PAGE, target_page_size: PAGE }
        } else {
            Advise::of(self.reader.blocks(), PAGE)
        };
        local.check(advise, enabled).map_err(|kind| self.fault(kind))?;
        if !enabled && !self.capabilities.has(Capability::DirtyBitmaps) {
            let (what, capability) = ("POSTCOPY_ADVISE", Capability::DirtyBitmaps.as_str());
            return Err(self.fault(ErrorKind::CapabilityOff { what, capability }));
        }
        let advised = self.postcopy.phase_mut().advise();
        self.in_phase("POSTCOPY_ADVISE", advised)?;
        if !enabled {
            return Ok(());
        }
        if let Some(reason) = host::unfit(&*self.guest, self.ram.blocks()) {
            return Err(LoadFailure::Unfit(reason));
        }
        for (memory, block) in self.memory.iter().zip(self.reader.blocks().blocks()) {
            let mut regions = memory.mapping().host_regions();
            let detached = regions.try_for_each(|region| region.memory.detach_from_file());
            let emptied = detached.and_then(|()| memory.discard(0, memory.mapping().size()));
            emptied.map_err(|error| LoadFailure::Page {
                block: block.name.clone(),
                offset: 0,
                error,
            })?;
        }
        Ok(())
    }

    /// POSTCOPY_RAM_DISCARD: these pages will come again.
    pub(in crate::destination) fn discard(
        &mut self,
        block: &Name,
        ranges: &[Range],
    ) -> Result<(), LoadFailure> {
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
        let mut discarded = self.postcopy.phase().discarded(id.index());
        for &Range { start, length: many } in ranges {
            let whole =
                start.is_multiple_of(memory.page_size()) && many.is_multiple_of(memory.page_size());
            if !whole || start.checked_add(many).is_none_or(|end| end > length) {
                return Err(self.fault(ErrorKind::PageOffset(start)));
            }
            // A source discards each page once. More would cost more time than the bytes of the
            // command justify.
            discarded += many;
            if discarded > length {
                let (what, size) = ("discarded RAM", discarded);
                return Err(self.fault(ErrorKind::TooLarge { what, size, max: length }));
            }
            memory.discard(start, many).map_err(|error| LoadFailure::Page {
                block: block.clone(),
                offset: start,
                error,
            })?;
        }
        self.postcopy.phase_mut().set_discarded(id.index(), discarded);
        Ok(())
    }

    fn huge_pages(&self, wanted: bool) {
        for region in self.memory.iter().flat_map(|memory| memory.mapping().host_regions()) {
            region.memory.huge_pages(wanted);
        }
    }

    /// Begins to discard ranges: pages come and go one by one from here on.
    fn begin_discarding(&mut self, command: &'static str) -> Result<(), LoadFailure> {
        if !self.in_phase(command, self.postcopy.phase().is_discarding())? {
            self.huge_pages(false);
        }
        let discarding = self.postcopy.phase_mut().discard();
        self.in_phase(command, discarding)
    }

    /// Allows huge pages again where single pages do not come and go any more.
    pub(in crate::destination) fn restore_huge_pages(&self) {
        if self.postcopy.number() > 1 {
            self.huge_pages(true);
        }
    }

    /// Handles POSTCOPY_LISTEN: from here on the stream consists of pages, and missing ones are
    /// requested.
    fn listen(&mut self) -> Result<(), LoadFailure> {
        self.begin_discarding("POSTCOPY_LISTEN")?;
        let ram = match self.capabilities.has(Capability::PostcopyRam) {
            true => Some(self.watch()?),
            false => None,
        };
        let listening = self.postcopy.phase_mut().listen(ram);
        self.in_phase("POSTCOPY_LISTEN", listening)?;
        self.welcome_urgent();
        self.core.advance_or_log(
            &mut self.core.state(),
            Direction::Incoming,
            Status::PostcopyActive,
        );
        Ok(())
    }

    /// Registers all memory, and starts to request missing pages.
    fn watch(&self) -> Result<LiveRam, LoadFailure> {
        let by = self.guest.memory_access().reported();
        let host_error = |error: std::io::Error| LoadFailure::Unfit(host::unavailable(&error, by));
        let watched = LiveMemory::watch(
            self.memory.clone(),
            self.reader.blocks(),
            self.guest.clone(),
            self.return_path.clone(),
        );
        let live = Arc::new(watched.map_err(host_error)?);
        let faults = Faults::serve(self.core.clone(), live.clone()).map_err(host_error)?;
        self.return_path.begin_asking(None, Vec::new)?;
        Ok(LiveRam::new(live, faults))
    }

    /// Lets in a channel for urgent pages, if the source is to open one.
    pub(in crate::destination) fn accept_urgent(&mut self) -> Result<(), LoadFailure> {
        if let Some(acceptor) = self.acceptor.take() {
            let host_error = |error| LoadFailure::Transport(TransportError::Io(reason(&error)));
            let urgent = Urgent::accept(self.core.clone(), acceptor, self.link.clone())
                .map_err(host_error)?;
            self.postcopy.set_urgent(urgent);
            self.welcome_urgent();
        }
        Ok(())
    }

    fn welcome_urgent(&self) {
        let (blocks, rules) = (self.reader.blocks(), self.rules);
        self.postcopy.welcome_urgent(|live| UrgentPages { live, blocks: blocks.clone(), rules });
    }

    /// Begins a package.
    ///
    /// # Errors
    /// There is no return path: a file that holds a package does not make a guest run.
    pub(in crate::destination) fn begin_package(&mut self) -> Result<(), LoadFailure> {
        if !self.return_path.is_open() {
            return Err(self.wrong_phase("PACKAGED"));
        }
        self.package = Some(Vec::new());
        Ok(())
    }

    /// Handles a command in a package. Its devices may need pages that arrive later, so another
    /// thread loads them.
    pub(in crate::destination) fn packaged(
        &mut self,
        command: &Command,
    ) -> Result<(), LoadFailure> {
        match command {
            Command::PostcopyListen => self.listen(),
            Command::Ping(ping) => {
                self.package.get_or_insert_default().push(*ping);
                Ok(())
            }
            Command::PostcopyRun if self.postcopy.phase().is_listening() => {
                self.progress.check()?;
                if let (None, Some(multifd)) = (self.postcopy.live(), self.multifd.take()) {
                    // No further page may come into memory that is in use.
                    multifd.finish()?;
                }
                let package = Package {
                    devices: std::mem::take(&mut self.devices),
                    pings: self.package.take().unwrap_or_default(),
                };
                let (core, run) = (self.core.clone(), self.run.clone());
                let loading = package.load(core, run, self.return_path.clone());
                let host_error = |error| LoadFailure::Transport(TransportError::Io(reason(&error)));
                // Not before: a guest that is not being loaded is still the source's.
                let running = self.postcopy.phase_mut().run(loading.map_err(host_error)?);
                self.in_phase("POSTCOPY_RUN", running)
            }
            command => self.command(command),
        }
    }

    /// RECV_BITMAP: tells the source which pages of a block it need not send again.
    pub(in crate::destination) fn tell_received(&self, block: &Name) -> Result<(), LoadFailure> {
        let id = self.reader.blocks().find(block);
        let Some(received) = id.and_then(|id| self.memory[id.index()].received()) else {
            return Err(self.fault(ErrorKind::PageBlock { name: block.clone(), offset: 0 }));
        };
        let message = Message::RecvBitmap { block: block.clone(), bitmap: received.to_bytes() };
        self.return_path.say(&message).map_err(Into::into)
    }

    /// POSTCOPY_RESUME: the source sends pages again, and can be asked for them.
    pub(in crate::destination) fn resume(&mut self) -> Result<(), LoadFailure> {
        let resumed = {
            let mut state = self.core.state();
            state.incoming.machine.status() == Status::PostcopyRecover
                && self
                    .core
                    .advance(&mut state, Direction::Incoming, Status::PostcopyActive)
                    .is_ok()
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
    pub(in crate::destination) fn end_postcopy(&mut self) -> Result<(), LoadFailure> {
        if self.core.state().incoming.machine.status() == Status::PostcopyRecover {
            return Err(LoadFailure::Incomplete("POSTCOPY_RESUME"));
        }
        if let Some(placer) = self.postcopy.placer() {
            placer.flush()?;
        }
        if let Some(live) = self.postcopy.live() {
            // Nothing more arrives on this channel, but requested pages may still arrive on the
            // preempt channel.
            if self.postcopy.has_urgent() && !live.requests().settle() {
                return Err(LoadFailure::Incomplete("the requested pages"));
            }
            let missing = live.missing();
            if missing > 0 {
                self.core.notify(Event::Log(format!(
                    "{missing} pages never arrived; they read as zeroes"
                )));
            }
        }
        self.note_blocktime();
        if let Some(live) = self.postcopy.live() {
            live.let_go();
        }
        self.postcopy.phase_mut().complete();
        self.restore_huge_pages();
        if self.postcopy.phase().loading().is_some_and(|loading| !loading.runs()) {
            // The caller takes the error of the loading thread.
            return Err(LoadFailure::Incomplete("the devices"));
        }
        // Ignore the error: everything is here, and the guest runs.
        let _ = self.return_path.say(&Message::Shut(0));
        Ok(())
    }

    /// Stores the times that vCPUs waited, for `query-migrate`.
    pub(in crate::destination) fn note_blocktime(&self) {
        if self.postcopy.number() == 0 || !self.capabilities.has(Capability::PostcopyBlocktime) {
            return;
        }
        let blocktime = self.postcopy.live().map_or_else(
            || {
                Blocktime::none(
                    self.guest.vcpu_threads().map_or(0, |threads| threads.vcpus().len()),
                )
            },
            |live| live.blocktime(),
        );
        self.core.state().incoming.blocktime = Some(blocktime);
    }
}
