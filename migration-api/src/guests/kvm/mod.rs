//! A guest on KVM: memory, vCPUs that run a small payload in protected mode, and KVM's own dirty
//! log or dirty rings.
//!
//! Its only devices are its vCPUs. It shows how a real VMM implements [`Guest`].

mod log;
mod state;
mod throttle;
mod vcpu;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kvm_bindings::KVM_MAX_CPUID_ENTRIES;
use kvm_ioctls::Kvm;
use vm_memory::{Bytes, GuestAddress, GuestRegionMmap, MemoryRegionAddress, MmapRegion};

use self::log::Log;
use self::throttle::Throttle;
use self::vcpu::VcpuThread;
use crate::api::RunState;
use crate::guest::{
    Blocker, DeviceSection, GlobalState, Guest, GuestError, Layout, RamBlock, Vcpu,
};
use crate::page::PAGE;
use crate::sys::kvm::{DirtyRing, PlainXsave, Vm, payload};

/// Guest address of the payload. The page below is unused.
const ENTRY: u64 = PAGE;

/// Address of three pages for KVM's own use, which Intel processors need. Memory ends below.
const TSS: usize = 0xfffb_d000;

/// The section of a vCPU. Its instance id is the vCPU's index.
const SECTION: &str = "kvm-vcpu";

/// Configuration of a KVM guest.
#[derive(Clone, Debug)]
pub struct KvmConfig {
    /// The machine type's name, as it stands in the stream.
    pub machine: String,
    /// The name of the block of RAM.
    pub block: String,
    /// The size of RAM in bytes: whole pages, less than 0xfffbd000.
    pub size: u64,
    /// The tasks of the vCPUs, one for each.
    pub tasks: Vec<Task>,
    /// The size of the vCPUs' dirty rings in pages, a power of two, for a guest that logs dirty
    /// pages per vCPU. KVM accepts 1,024 to 65,536 pages.
    pub dirty_ring: Option<NonZeroU32>,
    /// The kernel emulates the interrupt controllers, and the vCPUs accept interrupts. KVM then
    /// resolves page faults in threads of its own, and writes the vCPUs' clocks to the page below
    /// the payload.
    pub interrupt_controller: bool,
    /// The guest waits for an incoming migration.
    pub incoming: bool,
}

/// The task of a vCPU: adds 1 to one byte of each page of a region in turn, as fast as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Start of the region: the address of a page above the first two.
    pub start: u64,
    /// End of the region.
    pub end: u64,
    /// Number of pages to dirty before the vCPU halts; 0 for no limit.
    pub halt_after: u64,
}

/// Error of creating a KVM guest.
#[derive(Debug)]
#[non_exhaustive]
pub enum KvmError {
    /// A KVM operation failed: its description and the cause.
    Kvm(&'static str, std::io::Error),
    /// RAM or a task's region is invalid.
    Guest(GuestError),
}

impl fmt::Display for KvmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kvm(doing, error) => write!(f, "KVM: cannot {doing}: {error}"),
            Self::Guest(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KvmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Kvm(_, error) => Some(error),
            Self::Guest(error) => Some(error),
        }
    }
}

/// A guest on KVM.
pub struct KvmGuest {
    machine: String,
    block: RamBlock,
    memory: Arc<GuestRegionMmap>,
    tasks: Vec<Task>,
    // Dropped before the state that the vCPU threads use.
    throttle: Throttle,
    vcpus: Arc<Vec<VcpuThread>>,
    log: Arc<Log>,
    xsave: PlainXsave,
    interrupt_controller: bool,
    state: Mutex<RunState>,
}

impl KvmGuest {
    /// Creates a stopped guest.
    ///
    /// # Errors
    /// KVM is not available, or the configuration is invalid.
    pub fn new(config: KvmConfig) -> Result<Self, KvmError> {
        let KvmConfig { machine, block, size, tasks, dirty_ring, interrupt_controller, incoming } =
            config;
        check(&block, size, &tasks).map_err(KvmError::Guest)?;
        let asked = |doing| move |error: kvm_ioctls::Error| KvmError::Kvm(doing, error.into());
        let refused = |doing| move |error: std::io::Error| KvmError::Kvm(doing, error);

        let region = MmapRegion::new(size as usize)
            .map_err(|error| KvmError::Guest(GuestError::Memory { block: block.clone(), error }))?;
        let memory = GuestRegionMmap::new(region, GuestAddress(0)).map(Arc::new);
        let odd = || KvmError::Guest(GuestError::Size { block: block.clone(), size, page: PAGE });
        let memory = memory.ok_or_else(odd)?;
        let kvm = Kvm::new().map_err(asked("open /dev/kvm"))?;
        let ring = dirty_ring.map(NonZeroU32::get);
        let vm = Vm::new(&kvm, vec![memory.clone()], ring).map_err(refused("make a machine"))?;
        vm.fd().set_tss_address(TSS).map_err(asked("reserve the task state's pages"))?;
        if interrupt_controller {
            vm.fd().create_irq_chip().map_err(asked("make the interrupt controllers"))?;
        }
        let features = kvm
            .get_supported_cpuid(KVM_MAX_CPUID_ENTRIES)
            .map_err(asked("ask for its features"))?;
        let log = Arc::new(Log::new(vm, size, ring));

        let mut vcpus = Vec::new();
        for (index, _) in (0u32..).zip(&tasks) {
            let vcpu = log.vm().fd().create_vcpu(index.into()).map_err(asked("make a vCPU"))?;
            vcpu.set_cpuid2(&features).map_err(asked("set a vCPU's features"))?;
            if let Some(pages) = ring {
                log.add_ring(DirtyRing::map(&vcpu, pages).map_err(refused("map a dirty ring"))?);
            }
            let thread = VcpuThread::spawn(index, vcpu, log.clone(), interrupt_controller)
                .map_err(refused("start a vCPU's thread"))?;
            vcpus.push(thread);
        }
        let vcpus = Arc::new(vcpus);
        let xsave = PlainXsave::check(log.vm().fd()).map_err(refused("load such registers"))?;
        let guest = Self {
            block: RamBlock {
                name: block,
                guest_address: 0,
                page_size: PAGE,
                shared: false,
                blank: incoming,
                memory: memory.clone(),
            },
            machine,
            memory,
            tasks,
            throttle: Throttle::new(vcpus.clone()),
            vcpus,
            log,
            xsave,
            interrupt_controller,
            state: Mutex::new(if incoming { RunState::Inmigrate } else { RunState::Prelaunch }),
        };
        if !incoming {
            guest.begin().map_err(|error| KvmError::Kvm("set up the vCPUs", error))?;
        }
        Ok(guest)
    }

    /// Writes the payload, and sets every vCPU to its start.
    fn begin(&self) -> std::io::Result<()> {
        self.memory
            .write_slice(payload(), MemoryRegionAddress(ENTRY))
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::StorageFull))?;
        self.log.forget_overrun();
        for ((index, vcpu), task) in (0u64..).zip(self.vcpus.iter()).zip(&self.tasks) {
            vcpu.set_halted(false);
            let fd = vcpu.fd();
            state::begin(&fd, ENTRY, task)?;
            if self.interrupt_controller {
                state::accept_interrupts(&fd)?;
                state::start_clock(&fd, index * state::CLOCK_LENGTH)?;
            }
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of pages that a vCPU has dirtied. The guest must be stopped, or the vCPU
    /// halted.
    pub fn progress(&self, vcpu: u32) -> u64 {
        self.vcpus.get(vcpu as usize).map_or(0, |vcpu| state::pages(&vcpu.fd()))
    }

    /// Returns true if every vCPU has finished its task and halted.
    pub fn is_halted(&self) -> bool {
        if self.interrupt_controller {
            // A vCPU that halts stays in the kernel until it is kicked.
            self.vcpus.iter().for_each(VcpuThread::kick);
        }
        self.vcpus.iter().all(VcpuThread::is_halted)
    }

    fn load_vcpus(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        for device in devices.into_iter().filter(|device| device.name == SECTION) {
            let wrong = |reason: String| GuestError::Section {
                name: device.name.clone(),
                instance: device.instance,
                reason,
            };
            let vcpu = self
                .vcpus
                .get(device.instance as usize)
                .ok_or_else(|| wrong("no such vCPU".into()))?;
            let fd = vcpu.fd();
            let halted = state::load(&fd, self.xsave, &device.body)
                .map_err(|error| wrong(error.to_string()))?;
            if self.interrupt_controller {
                state::wake(&fd).map_err(|error| wrong(error.to_string()))?;
            }
            drop(fd);
            vcpu.set_halted(halted);
        }
        Ok(())
    }
}

fn check(block: &str, size: u64, tasks: &[Task]) -> Result<(), GuestError> {
    if size <= 2 * PAGE || !size.is_multiple_of(PAGE) || size > TSS as u64 {
        return Err(GuestError::Size { block: block.into(), size, page: PAGE });
    }
    // The page of the payload must not be written to.
    let fits = |task: &&Task| {
        let aligned = task.start.is_multiple_of(PAGE) && task.end.is_multiple_of(PAGE);
        aligned && task.start > ENTRY && task.start < task.end && task.end <= size
    };
    match tasks.iter().find(|task| !fits(task)) {
        Some(task) => Err(GuestError::Region { start: task.start, end: task.end, size }),
        None => Ok(()),
    }
}

impl Guest for KvmGuest {
    fn machine(&self) -> String {
        self.machine.clone()
    }

    fn uuid(&self) -> Option<[u8; 16]> {
        None
    }

    fn ram(&self) -> Vec<RamBlock> {
        vec![self.block.clone()]
    }

    /// Returns the run state. [`RunState::InternalError`] once KVM fails to run a vCPU.
    fn run_state(&self) -> RunState {
        let failed = self.vcpus.iter().any(|vcpu| vcpu.failure().is_some());
        if failed { RunState::InternalError } else { *self.state() }
    }

    fn set_run_state(&self, state: RunState) {
        // The lock is not held while vCPUs are waited for: `run_state` answers meanwhile.
        let before = *self.state();
        let running = |state| state == RunState::Running;
        if running(state) != running(before) {
            self.vcpus.iter().for_each(if running(state) {
                VcpuThread::start
            } else {
                VcpuThread::stop
            });
        }
        *self.state() = state;
    }

    fn throttle(&self, percent: u8) {
        self.throttle.set(percent);
    }

    fn vcpus(&self) -> Vec<Vcpu> {
        let vcpus = (0u32..).zip(self.vcpus.iter());
        vcpus.map(|(index, vcpu)| Vcpu { index, thread: Some(vcpu.id()) }).collect()
    }

    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        if let Some(vcpu) = self.vcpus.get(vcpu as usize) {
            vcpu.waits(waits);
        }
    }

    fn start_dirty_log(&self) {
        self.vcpus.iter().for_each(VcpuThread::kick);
        self.log.harvest();
        self.log.start();
    }

    fn sync_dirty_log(&self, _block: usize, dirty: &mut [u64]) {
        if self.log.ring().is_some() {
            self.vcpus.iter().for_each(VcpuThread::kick);
            self.log.harvest();
        }
        self.log.take(dirty);
    }

    fn stop_dirty_log(&self) {
        self.log.stop();
    }

    fn dirty_ring(&self) -> Option<u64> {
        self.log.ring().map(u64::from)
    }

    fn pages_dirtied(&self, vcpu: u32) -> u64 {
        self.vcpus.iter().for_each(VcpuThread::kick);
        self.log.harvest();
        self.log.count(vcpu)
    }

    fn pause_on_full_ring(&self, vcpu: u32, pause: Duration) {
        if let Some(vcpu) = self.vcpus.get(vcpu as usize) {
            vcpu.pause_on_full_ring(pause);
        }
    }

    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        let sections = (0u32..).zip(self.vcpus.iter()).map(|(instance, vcpu)| {
            let body = state::save(&vcpu.fd(), vcpu.is_halted());
            let body = body.map_err(|error| GuestError::Other(Box::new(error)))?;
            Ok(DeviceSection { name: SECTION.into(), instance, version: 1, body })
        });
        sections.collect()
    }

    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        match name {
            SECTION if (instance as usize) < self.vcpus.len() => {
                Some(Layout { version: 1, length: state::LENGTH })
            }
            GlobalState::NAME if instance == 0 => Some(GlobalState::LAYOUT),
            _ => None,
        }
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        let loaded = self.load_vcpus(devices);
        if loaded.is_err() {
            // Some registers may be the source's and some not.
            *self.state() = RunState::InternalError;
        }
        loaded
    }

    fn reset(&self) {
        // Setting the vCPUs up succeeded before, so it succeeds again.
        let _ = self.begin();
    }

    fn blockers(&self) -> Vec<Blocker> {
        Vec::new()
    }

    fn announce(&self) {}
}
