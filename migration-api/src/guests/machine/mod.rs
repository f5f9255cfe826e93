//! The built-in guest: one block of mapped RAM, one vCPU thread with a workload, and the devices
//! `timer` and `workload`.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::RunState;
use crate::guest::{
    Blocker, DeviceSection, GlobalState, Guest, GuestError, Layout, MemoryAccess, RamBlock, Vcpu,
};
use crate::guests::backing::{Backing, host_page, map};
use crate::guests::config::MachineConfig;
use crate::guests::primaries::Primaries;
use crate::guests::vcpu::{Region, VcpuThread};
use crate::guests::workload::Progress;

const TIMER: &str = "timer";
const TIMER_LAYOUT: Layout = Layout { version: 2, length: 24 };
const DEVICE_LAYOUT: Layout = Layout { version: 1, length: 0 };
const WORKLOAD: &str = "migration-engine/workload";
const WORKLOAD_LAYOUT: Layout = Layout { version: 1, length: Progress::LENGTH };

/// The built-in guest.
pub struct Machine {
    machine: String,
    uuid: Option<[u8; 16]>,
    block: RamBlock,
    memory: Arc<Region>,
    vcpu: VcpuThread,
    run: Mutex<Run>,
    devices: Vec<(String, u32)>,
    blockers: Vec<Blocker>,
    primaries: Primaries,
}

struct Run {
    state: RunState,
    /// The virtual clock: the time that the vCPU ran before `since`.
    clock: Duration,
    since: Option<Instant>,
}

impl Run {
    fn clock(&self) -> Duration {
        self.clock + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl Machine {
    /// Maps the memory, fills it with the patterns unless a source will, and starts the vCPU thread
    /// in the stopped state.
    ///
    /// # Errors
    /// The memory cannot be mapped, or a workload lies outside of it.
    pub fn new(config: MachineConfig) -> Result<Self, GuestError> {
        let memory = Arc::new(map(&config.block, config.size, &config.backing)?);
        let progress = config.fill(&memory)?;
        let block = RamBlock {
            name: config.block,
            guest_address: 0,
            page_size: host_page(&memory),
            shared: matches!(
                config.backing,
                Backing::File { shared: true, .. } | Backing::Memfd { shared: true, .. }
            ),
            blank: config.incoming && !matches!(config.backing, Backing::File { .. }),
            memory: memory.clone(),
        };
        Ok(Self {
            machine: config.machine,
            uuid: config.uuid,
            block,
            vcpu: VcpuThread::spawn(memory.clone(), progress).map_err(GuestError::Thread)?,
            memory,
            run: Mutex::new(Run {
                state: if config.incoming { RunState::Inmigrate } else { RunState::Prelaunch },
                clock: Duration::ZERO,
                since: None,
            }),
            devices: number(config.devices),
            blockers: config.blockers,
            primaries: Primaries::default(),
        })
    }

    /// Adds primary devices, which are unplugged before a migration, by their ids. The guest
    /// unplugs them while it runs.
    #[must_use]
    pub fn with_primaries(self, ids: impl IntoIterator<Item = String>) -> Self {
        Self { primaries: Primaries::new(ids), ..self }
    }

    /// Lists the ids of the plugged primary devices.
    #[cfg(test)]
    pub(crate) fn plugged(&self) -> Vec<String> {
        self.primaries.list()
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn machine(&self) -> String {
        self.machine.clone()
    }

    fn uuid(&self) -> Option<[u8; 16]> {
        self.uuid
    }

    fn ram(&self) -> Vec<RamBlock> {
        vec![self.block.clone()]
    }

    /// Its memory is accessed by threads of this process alone, in user mode.
    fn memory_access(&self) -> MemoryAccess {
        MemoryAccess::Threads
    }

    fn run_state(&self) -> RunState {
        self.run().state
    }

    fn set_run_state(&self, state: RunState) {
        // The lock is not held while the vCPU is waited for: `run_state` answers meanwhile.
        let runs = self.run().since.is_some();
        match (state, runs) {
            (RunState::Running, false) => {
                self.run().since = Some(Instant::now());
                self.vcpu.start();
            }
            (RunState::Running, true) | (_, false) => {}
            (_, true) => {
                self.vcpu.stop();
                let mut run = self.run();
                let since = run.since.take();
                run.clock += since.map_or(Duration::ZERO, |since| since.elapsed());
            }
        }
        self.run().state = state;
    }

    fn throttle(&self, percent: u8) {
        self.vcpu.throttle(percent);
    }

    fn vcpus(&self) -> Vec<Vcpu> {
        vec![Vcpu { index: 0, thread: Some(self.vcpu.thread()) }]
    }

    fn vcpu_waits(&self, _vcpu: u32, waits: bool) {
        self.vcpu.waits(waits);
    }

    fn start_dirty_log(&self) {
        self.memory.bitmap().reset();
    }

    fn sync_dirty_log(&self, _block: usize, dirty: &mut [u64]) {
        self.memory.bitmap().take(dirty);
    }

    fn stop_dirty_log(&self) {}

    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        let section = |name: &str, layout: Layout, body| DeviceSection {
            name: name.into(),
            instance: 0,
            version: layout.version,
            body,
        };
        let mut timer = vec![0; TIMER_LAYOUT.length];
        timer[16..].copy_from_slice(&(self.run().clock().as_nanos() as u64).to_be_bytes());
        let mut devices = vec![section(TIMER, TIMER_LAYOUT, timer)];
        if let Some(progress) = self.vcpu.progress() {
            devices.push(section(WORKLOAD, WORKLOAD_LAYOUT, progress.write()));
        }
        devices.extend(self.devices.iter().map(|(name, instance)| DeviceSection {
            instance: *instance,
            ..section(name, DEVICE_LAYOUT, Vec::new())
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
                Some(DEVICE_LAYOUT)
            }
            _ if instance != 0 => None,
            TIMER => Some(TIMER_LAYOUT),
            WORKLOAD => Some(WORKLOAD_LAYOUT),
            GlobalState::NAME => Some(GlobalState::LAYOUT),
            _ => None,
        }
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        // Everything is checked before anything changes.
        let (mut clock, mut progress) = (None, None);
        for device in devices {
            let wrong = |reason: String| GuestError::Section {
                name: device.name.clone(),
                instance: device.instance,
                reason,
            };
            let layout = self.layout(&device.name, device.instance);
            let layout = layout.ok_or_else(|| wrong("no such device".into()))?;
            if device.body.len() != layout.length {
                return Err(wrong(format!(
                    "{} bytes instead of {}",
                    device.body.len(),
                    layout.length
                )));
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
                // The engine enters the run state itself.
                _ => {}
            }
        }
        if let Some(clock) = clock {
            self.run().clock = clock;
        }
        if progress.is_some() {
            self.vcpu.set_progress(progress);
        }
        Ok(())
    }

    fn reset(&self) {
        let progress = self.vcpu.progress();
        self.vcpu.set_progress(progress.map(|progress| Progress { count: 0, ..progress }));
        self.run().clock = Duration::ZERO;
    }

    fn unplug_primaries(&self) -> Vec<String> {
        self.primaries.ask()
    }

    fn primaries_plugged(&self) -> bool {
        self.primaries.plugged(self.run_state() == RunState::Running)
    }

    fn replug_primaries(&self) {
        self.primaries.plug();
    }

    fn blockers(&self) -> Vec<Blocker> {
        self.blockers.clone()
    }

    fn announce(&self) {}
}
