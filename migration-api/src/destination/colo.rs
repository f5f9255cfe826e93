//! The COLO secondary: runs the guest beside the primary, and makes it equal to the primary at
//! every checkpoint.

use std::sync::Arc;

use vm_memory::bitmap::AtomicBitmap;
use vm_memory::{GuestAddress, GuestRegionMmap, MmapRegion};

use super::failure::LoadFailure;
use super::loader::Loader;
use super::memory::Memory;
use crate::api::{COLOMessage as Message, COLOMode as Mode, MigrationStatus as Status, RunState};
use crate::core::Event as EngineEvent;
use crate::core::colo::{ColoChannel, ColoChannelError};
use crate::devices;
use crate::dirty_log::Reader as DirtyLogReader;
use crate::guest::{DeviceSection, GlobalState, GuestError, Mapping, RamBlock, is_zero};
use crate::page::{PAGE, PAGE_LEN};
use crate::state::Direction;
use crate::stream::{Error, ErrorKind, Event, MIN_INPUT, Options, Reader};
use crate::unwind::catch_panic;

/// The reason for which a secondary cannot continue.
enum Lost {
    Channel(ColoChannelError),
    Load(LoadFailure),
    /// The guest is only partly loaded.
    Guest(GuestError),
}

impl From<ColoChannelError> for Lost {
    fn from(error: ColoChannelError) -> Self {
        Self::Channel(error)
    }
}

impl From<LoadFailure> for Lost {
    fn from(failure: LoadFailure) -> Self {
        Self::Load(failure)
    }
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self::Load(error.into())
    }
}

/// The primary's memory as of the last checkpoint, and the changes for the next one. The guest
/// itself keeps changing its own memory.
struct SecondaryCache {
    region: GuestRegionMmap<AtomicBitmap>,
}

impl SecondaryCache {
    /// Copies a block.
    fn of(block: &RamBlock) -> Result<Self, GuestError> {
        let size = block.memory.size();
        let region = MmapRegion::<AtomicBitmap>::new(size as usize);
        let region = region.map_err(|error| no_memory(&block.name, &error.to_string()))?;
        let region = GuestRegionMmap::new(region, GuestAddress(0));
        let region = region.ok_or_else(|| no_memory(&block.name, "no address"))?;
        let mut page = [0; PAGE_LEN];
        for offset in (0..size).step_by(PAGE_LEN) {
            block.memory.read(offset, &mut page);
            if !is_zero(&page) {
                Mapping::write(&region, offset, &page);
            }
        }
        region.bitmap().reset();
        Ok(Self { region })
    }
}

fn no_memory(block: &str, reason: &str) -> GuestError {
    GuestError::new(format!("cannot set up guest memory '{block}': {reason}"))
}

impl Mapping for SecondaryCache {
    fn size(&self) -> u64 {
        Mapping::size(&self.region)
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) {
        Mapping::read(&self.region, offset, buffer);
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        Mapping::write(&self.region, offset, bytes);
    }
}

/// A guest that follows a primary.
pub(super) struct Secondary {
    loader: Loader,
    caches: Vec<Arc<SecondaryCache>>,
    log: DirtyLogReader,
}

impl Secondary {
    /// Prepares a completely loaded guest.
    pub(super) fn new(mut loader: Loader) -> Result<Self, LoadFailure> {
        let ram = loader.ram.blocks().clone();
        let caches = ram.iter().map(|block| SecondaryCache::of(block).map(Arc::new));
        let caches: Vec<Arc<SecondaryCache>> = caches.collect::<Result<_, GuestError>>()?;
        // From here on, pages go to the copies.
        let copies = ram
            .iter()
            .zip(&caches)
            .map(|(block, cache)| RamBlock { memory: cache.clone(), ..block.clone() });
        loader.memory = Memory::of(&copies.collect::<Vec<_>>(), false, true).into();
        let log = loader.core.dirty_log.read()?;
        Ok(Self { loader, caches, log })
    }

    /// Follows the primary until one side is lost or fails over; then the guest continues here
    /// alone.
    pub(super) fn follow(mut self, arrived: Option<GlobalState>) {
        let (core, stop) = (self.loader.core.clone(), self.loader.link.clone());
        core.colo.begin(Mode::Secondary, stop.clone());
        core.advance_or_log(&mut core.state(), Direction::Incoming, Status::Colo);
        let mut state = match arrived.map(|arrived| arrived.run_state) {
            None | Some(RunState::Running) => RunState::Running,
            Some(_) => RunState::Paused,
        };
        let ended = catch_panic(|| self.checkpoints(&mut state));
        if let Err(lost) = ended.unwrap_or(Err(Lost::Load(LoadFailure::Panicked))) {
            let line = match lost {
                Lost::Channel(error) => error.to_string(),
                Lost::Load(failure) => failure.messages().join("; "),
                Lost::Guest(error) => {
                    state = RunState::InternalError;
                    error.to_string()
                }
            };
            if !core.colo.wait_for_failover(Some(std::time::Instant::now())) {
                core.notify(EngineEvent::Log(line));
            }
        }
        stop.stop();
        let exit = core.fail_over(Mode::Secondary);
        let mut locked = core.state();
        locked.waits_for_incoming = false;
        locked.incoming.close();
        core.advance_or_log(&mut locked, Direction::Incoming, Status::Completed);
        drop(locked);
        core.end_colo(exit, state);
    }

    /// Makes checkpoints. `state` is the guest's run state between them.
    fn checkpoints(&mut self, state: &mut RunState) -> Result<(), Lost> {
        let core = self.loader.core.clone();
        let channel = self.loader.channel.clone();
        let mut line = ColoChannel::new(&channel, 2 * MIN_INPUT);
        let ready = line.send(Message::CheckpointReady);
        let restored = core.restore(*state).map_err(LoadFailure::Guest);
        ready?;
        restored?;
        loop {
            line.expect(Message::CheckpointRequest)?;
            core.halt(RunState::Colo).map_err(LoadFailure::Guest)?;
            line.send(Message::CheckpointReply)?;
            line.expect(Message::VmstateSend)?;
            self.receive(&mut line)?;
            let devices = self.devices(&line.expect_state(core.limits.devices)?)?;
            line.send(Message::VmstateReceived)?;
            let arrived = devices::run_state(&devices).map_err(LoadFailure::Guest)?;
            // The checkpoint is complete. From here on it cannot be abandoned.
            let loaded = catch_panic(|| {
                self.apply()?;
                devices::load(&*self.loader.guest, devices)
            });
            let panicked = || Err(GuestError::new("the loading thread panicked"));
            loaded.unwrap_or_else(panicked).map_err(Lost::Guest)?;
            if let Some(arrived) = arrived {
                let runs = arrived.run_state == RunState::Running;
                *state = if runs { RunState::Running } else { RunState::Paused };
            }
            core.restore(*state).map_err(LoadFailure::Guest)?;
            line.send(Message::VmstateLoaded)?;
        }
    }

    /// Receives the changes at the primary.
    fn receive(&mut self, line: &mut ColoChannel<'_>) -> Result<(), Lost> {
        self.loader.reader.reconnect();
        loop {
            let step = self.loader.reader.step(line.buffer.filled())?;
            let used = step.used;
            match step.event {
                Some(Event::Eof) => {
                    line.buffer.consume(used);
                    return Ok(());
                }
                Some(Event::Device(device)) => {
                    let name = device.header.name;
                    return Err(self.loader.fault(ErrorKind::UnexpectedSection { name }).into());
                }
                // A primary sends none here, and some would have the guest loaded or run.
                Some(Event::Command(command)) => {
                    let command = command.name();
                    return Err(self.loader.fault(ErrorKind::UnexpectedCommand { command }).into());
                }
                Some(Event::Package { .. }) => {
                    let command = "PACKAGED";
                    return Err(self.loader.fault(ErrorKind::UnexpectedCommand { command }).into());
                }
                Some(event) => {
                    self.loader.obey(event)?;
                    line.buffer.consume(used);
                }
                None => {
                    line.buffer.consume(used);
                    if line.fill()? == 0 {
                        self.loader.reader.finish(line.buffer.filled())?;
                    }
                }
            }
        }
    }

    /// Parses the devices in a checkpoint's state.
    fn devices(&self, state: &[u8]) -> Result<Vec<DeviceSection>, LoadFailure> {
        let admit = devices::admit(self.loader.guest.clone());
        let limits = self.loader.core.limits;
        let options = Options { description: false, admit, limits, ..Options::default() };
        let mut reader = Reader::new(options);
        reader.reconnect();
        let mut devices = Vec::new();
        let mut at = 0;
        loop {
            let step = reader.step(&state[at..])?;
            at += step.used;
            match step.event {
                Some(Event::Device(device)) => {
                    devices.push(devices::section(&*self.loader.guest, device)?);
                }
                Some(Event::Eof) => return Ok(devices),
                Some(_) => {}
                None => {
                    reader.finish(&state[at..])?;
                    return Err(LoadFailure::Incomplete("the end of the devices"));
                }
            }
        }
    }

    /// Copies the pages that either side has changed since the last checkpoint into the guest's
    /// memory.
    fn apply(&self) -> Result<(), GuestError> {
        let mut page = [0; PAGE_LEN];
        for (index, (block, cache)) in self.log.ram().iter().zip(&self.caches).enumerate() {
            let mut changed = cache.region.bitmap().get_and_reset();
            self.log.sync(index, &mut changed)?;
            for (word, bits) in changed.iter().enumerate().filter(|(_, bits)| **bits != 0) {
                for bit in (0..64).filter(|bit| bits & (1 << bit) != 0) {
                    let offset = (word as u64 * 64 + bit) * PAGE;
                    cache.read(offset, &mut page);
                    block.memory.write(offset, &page);
                }
            }
            // The writes above are no changes.
            changed.fill(0);
            self.log.sync(index, &mut changed)?;
        }
        Ok(())
    }
}
