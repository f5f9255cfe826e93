//! The built-in guest: one block of mapped RAM, one vCPU thread with a workload, and the devices
//! `timer` and `workload`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::guest::{
    BlockId, Blocker, DeviceSection, DirtyBits, Guest, Identity, Layout, MemoryAccess, Primaries,
    RamBlock, Result, SectionError, StopMode, Vcpu, VcpuThreads,
};
use crate::guests::backing::{Backing, host_page, map};
use crate::guests::config::MachineConfig;
use crate::guests::error::MachineError;
use crate::guests::primaries::PrimaryDevices;
use crate::guests::vcpu::{Region, VcpuThread};
use crate::guests::workload::Progress;
use crate::sync::IgnorePoison;

const TIMER: &str = "timer";
const TIMER_VERSION: u32 = 2;
const TIMER_LENGTH: usize = 24;
/// The version of a device without state, and of the workload.
const VERSION: u32 = 1;
const WORKLOAD: &str = "migration-engine/workload";

/// The built-in guest.
pub struct Machine {
    identity: Identity,
    block: RamBlock,
    memory: Arc<Region>,
    vcpu: VcpuThread,
    clock: Mutex<Clock>,
    devices: Vec<(String, u32)>,
    blockers: Vec<Blocker>,
    primaries: PrimaryDevices,
}

/// The virtual clock, which stands while the vCPU does.
struct Clock {
    /// The time that the vCPU ran before `since`.
    before: Duration,
    /// Since when the vCPU runs.
    since: Option<Instant>,
}

impl Clock {
    fn now(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("identity", &self.identity)
            .field("block", &self.block)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// Maps the memory, fills it with the patterns unless a source will, and starts the vCPU thread
    /// in the stopped state.
    ///
    /// # Errors
    /// The memory cannot be mapped, or a workload lies outside of it.
    pub fn new(config: MachineConfig) -> std::result::Result<Self, MachineError> {
        let memory = Arc::new(map(&config.block, config.size, &config.backing)?);
        let progress = config.fill(&memory)?;
        let block = RamBlock::new(config.block, &memory)
            .page_size(host_page(&memory))
            .blank(config.incoming && !matches!(config.backing, Backing::File { .. }));
        Ok(Self {
            identity: Identity { machine: config.machine, uuid: config.uuid },
            block,
            vcpu: VcpuThread::spawn(memory.clone(), progress).map_err(MachineError::Thread)?,
            memory,
            clock: Mutex::new(Clock { before: Duration::ZERO, since: None }),
            devices: number(config.devices),
            blockers: config.blockers,
            primaries: PrimaryDevices::default(),
        })
    }

    /// Adds primary devices, which are unplugged before a migration, by their ids. The guest
    /// unplugs them while it runs.
    #[must_use]
    pub fn with_primaries(self, ids: impl IntoIterator<Item = String>) -> Self {
        Self { primaries: PrimaryDevices::new(ids), ..self }
    }

    /// Lists the ids of the plugged primary devices.
    #[cfg(test)]
    pub(crate) fn plugged(&self) -> Vec<String> {
        self.primaries.list()
    }

    /// Returns true while the vCPU runs.
    pub fn is_running(&self) -> bool {
        self.clock().since.is_some()
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().ignore_poison()
    }

    /// Returns the number of pages that the workload has dirtied. Exact while the guest is stopped.
    pub fn pages_dirtied(&self) -> u64 {
        self.vcpu.progress().map_or(0, |progress| progress.count)
    }
}

/// Numbers the instances of devices with the same name.
fn number(names: Vec<String>) -> Vec<(String, u32)> {
    let mut devices: Vec<(String, u32)> = Vec::new();
    for name in names {
        let instance = devices.iter().filter(|(known, _)| *known == name).count() as u32;
        devices.push((name, instance));
    }
    devices
}

impl Guest for Machine {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn ram(&self) -> Vec<RamBlock> {
        vec![self.block.clone()]
    }

    /// Its memory is accessed by threads of this process alone, in user mode.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Threads
    }

    /// Stops the vCPU. Waits for it unless it sleeps in a page fault, which is reported in postcopy
    /// only.
    fn pause(&self, _mode: StopMode) -> Result<()> {
        self.vcpu.stop();
        let mut clock = self.clock();
        let since = clock.since.take();
        clock.before += since.map_or(Duration::ZERO, |since| since.elapsed());
        Ok(())
    }

    fn resume(&self) -> Result<()> {
        self.clock().since.get_or_insert_with(Instant::now);
        self.vcpu.start();
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        let progress = self.vcpu.progress();
        self.vcpu.set_progress(progress.map(|progress| Progress { count: 0, ..progress }));
        self.clock().before = Duration::ZERO;
        Ok(())
    }

    fn throttle(&self, percent: u8) -> Result<()> {
        self.vcpu.throttle(percent);
        Ok(())
    }

    fn start_log(&self) -> Result<()> {
        self.memory.bitmap().reset();
        Ok(())
    }

    fn sync_log(&self, _block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        self.memory.bitmap().take(dirty.words());
        Ok(())
    }

    fn save(&self) -> Result<Vec<DeviceSection>> {
        let mut timer = vec![0; TIMER_LENGTH];
        timer[16..].copy_from_slice(&(self.clock().now().as_nanos() as u64).to_be_bytes());
        let mut devices = vec![DeviceSection::new(TIMER, TIMER_VERSION, timer)];
        if let Some(progress) = self.vcpu.progress() {
            devices.push(DeviceSection::new(WORKLOAD, VERSION, progress.write()));
        }
        devices.extend(self.devices.iter().map(|(name, instance)| {
            DeviceSection::new(name, VERSION, Vec::new()).instance(*instance)
        }));
        Ok(devices)
    }

    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        match name {
            _ if self
                .devices
                .iter()
                .any(|device| (device.0.as_str(), device.1) == (name, instance)) =>
            {
                Some(Layout::fixed(VERSION, 0))
            }
            _ if instance != 0 => None,
            TIMER => Some(Layout::fixed(TIMER_VERSION, TIMER_LENGTH)),
            WORKLOAD => Some(Layout::fixed(VERSION, Progress::LENGTH)),
            _ => None,
        }
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        // Everything is checked before anything changes.
        let (mut clock, mut progress) = (None, None);
        for device in devices {
            let wrong = |reason: String| SectionError {
                name: device.name.clone(),
                instance: device.instance,
                reason,
            };
            let Some(Layout::Fixed { length, .. }) = self.layout(&device.name, device.instance)
            else {
                return Err(wrong("no such device".into()).into());
            };
            if device.body.len() != length {
                return Err(
                    wrong(format!("{} bytes instead of {length}", device.body.len())).into()
                );
            }
            match device.name.as_str() {
                TIMER => {
                    let nanos = device.body[16..]
                        .iter()
                        .fold(0, |value, &byte| value << 8 | u64::from(byte));
                    clock = Some(Duration::from_nanos(nanos));
                }
                WORKLOAD => {
                    progress = Some(Progress::read(&device.body, self.block.memory.size())?);
                }
                _ => {}
            }
        }
        if let Some(clock) = clock {
            self.clock().before = clock;
        }
        if progress.is_some() {
            self.vcpu.set_progress(progress);
        }
        Ok(())
    }

    fn blockers(&self) -> Vec<Blocker> {
        self.blockers.clone()
    }

    fn vcpu_threads(&self) -> Option<&dyn VcpuThreads> {
        Some(self)
    }

    fn primaries(&self) -> Option<&dyn Primaries> {
        Some(self)
    }
}

impl VcpuThreads for Machine {
    fn vcpus(&self) -> Vec<Vcpu> {
        vec![Vcpu { index: 0, thread: Some(self.vcpu.thread()) }]
    }

    fn vcpu_waits(&self, _vcpu: u32, waits: bool) {
        self.vcpu.waits(waits);
    }
}

impl Primaries for Machine {
    fn unplug(&self) -> Result<Vec<String>> {
        Ok(self.primaries.ask())
    }

    fn are_plugged(&self) -> Result<bool> {
        Ok(self.primaries.plugged(self.is_running()))
    }

    fn replug(&self) -> Result<()> {
        self.primaries.plug();
        Ok(())
    }
}
