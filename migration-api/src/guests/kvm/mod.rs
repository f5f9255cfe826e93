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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kvm_bindings::KVM_MAX_CPUID_ENTRIES;
use kvm_ioctls::Kvm;
use vm_memory::{Bytes, GuestAddress, GuestRegionMmap, MemoryRegionAddress, MmapRegion};

use self::log::Log;
use self::throttle::Throttle;
use self::vcpu::KvmVcpuThread;
use crate::guest::{
    BlockId, DeviceSection, DirtyBits, Guest, GuestEnd, GuestError, Identity, Layout, RamBlock,
    RamError, Result, SectionError, StopMode, Vcpu, VcpuLimits, VcpuThreads,
};
use crate::guests::MachineError;
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
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KvmError {
    /// A KVM operation failed: its description and the cause.
    #[error("KVM: cannot {0}: {1}")]
    Kvm(&'static str, #[source] std::io::Error),
    /// RAM or a task's region is invalid.
    #[error(transparent)]
    Guest(#[from] MachineError),
}

/// A guest on KVM.
pub struct KvmGuest {
    machine: String,
    block: RamBlock,
    memory: Arc<GuestRegionMmap>,
    tasks: Vec<Task>,
    // Dropped before the state that the vCPU threads use.
    throttle: Throttle,
    vcpus: Arc<Vec<KvmVcpuThread>>,
    log: Arc<Log>,
    xsave: PlainXsave,
    interrupt_controller: bool,
    /// Some registers may be the source's and some not.
    broken: AtomicBool,
}

impl fmt::Debug for KvmGuest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KvmGuest")
            .field("machine", &self.machine)
            .field("block", &self.block)
            .finish_non_exhaustive()
    }
}

impl KvmGuest {
    /// Creates a stopped guest.
    ///
    /// # Errors
    /// KVM is not available, or the configuration is invalid.
    pub fn new(config: KvmConfig) -> std::result::Result<Self, KvmError> {
        let KvmConfig { machine, block, size, tasks, dirty_ring, interrupt_controller, incoming } =
            config;
        check(&block, size, &tasks)?;
        let asked = |doing| move |error: kvm_ioctls::Error| KvmError::Kvm(doing, error.into());
        let refused = |doing| move |error: std::io::Error| KvmError::Kvm(doing, error);

        let region = MmapRegion::new(size as usize).map_err(|error| {
            KvmError::Guest(MachineError::Memory { block: block.clone(), error })
        })?;
        let memory = GuestRegionMmap::new(region, GuestAddress(0)).map(Arc::new);
        let odd = || MachineError::from(RamError::Size { block: block.clone(), size, page: PAGE });
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
            let thread = KvmVcpuThread::spawn(index, vcpu, log.clone(), interrupt_controller)
                .map_err(refused("start a vCPU's thread"))?;
            vcpus.push(thread);
        }
        let vcpus = Arc::new(vcpus);
        let xsave = PlainXsave::check(log.vm().fd()).map_err(refused("load such registers"))?;
        let guest = Self {
            block: RamBlock::new(block, &memory).blank(incoming),
            machine,
            memory,
            tasks,
            throttle: Throttle::new(vcpus.clone()),
            vcpus,
            log,
            xsave,
            interrupt_controller,
            broken: AtomicBool::new(false),
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

    /// Returns the number of pages that a vCPU has dirtied. The guest must be stopped, or the vCPU
    /// halted.
    pub fn progress(&self, vcpu: u32) -> u64 {
        self.vcpus.get(vcpu as usize).map_or(0, |vcpu| state::pages(&vcpu.fd()))
    }

    /// Returns true if every vCPU has finished its task and halted.
    pub fn is_halted(&self) -> bool {
        if self.interrupt_controller {
            // A vCPU that halts stays in the kernel until it is kicked.
            self.vcpus.iter().for_each(KvmVcpuThread::kick);
        }
        self.vcpus.iter().all(KvmVcpuThread::is_halted)
    }

    fn load_vcpus(&self, devices: Vec<DeviceSection>) -> Result<()> {
        for device in devices.into_iter().filter(|device| device.name == SECTION) {
            let wrong = |reason: String| SectionError {
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

fn check(block: &str, size: u64, tasks: &[Task]) -> std::result::Result<(), MachineError> {
    if size <= 2 * PAGE || !size.is_multiple_of(PAGE) || size > TSS as u64 {
        return Err(RamError::Size { block: block.into(), size, page: PAGE }.into());
    }
    // The page of the payload must not be written to.
    let fits = |task: &&Task| {
        let aligned = task.start.is_multiple_of(PAGE) && task.end.is_multiple_of(PAGE);
        aligned && task.start > ENTRY && task.start < task.end && task.end <= size
    };
    match tasks.iter().find(|task| !fits(task)) {
        Some(task) => Err(MachineError::Region { start: task.start, end: task.end, size }),
        None => Ok(()),
    }
}

impl Guest for KvmGuest {
    fn identity(&self) -> Identity {
        Identity::new(&*self.machine)
    }

    fn ram(&self) -> Vec<RamBlock> {
        vec![self.block.clone()]
    }

    /// Stops the vCPUs. Waits for those that do not sleep in a page fault.
    fn pause(&self, _mode: StopMode) -> Result<()> {
        self.vcpus.iter().for_each(KvmVcpuThread::stop);
        Ok(())
    }

    fn resume(&self) -> Result<()> {
        self.vcpus.iter().for_each(KvmVcpuThread::start);
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        self.begin()?;
        self.broken.store(false, Ordering::Release);
        Ok(())
    }

    fn ended(&self) -> Option<GuestEnd> {
        let failed = self.broken.load(Ordering::Acquire)
            || self.vcpus.iter().any(|vcpu| vcpu.failure().is_some());
        failed.then_some(GuestEnd::InternalError)
    }

    fn throttle(&self, percent: u8) -> Result<()> {
        Ok(self.throttle.set(percent)?)
    }

    fn start_log(&self) -> Result<()> {
        self.vcpus.iter().for_each(KvmVcpuThread::kick);
        self.log.harvest()?;
        Ok(self.log.start()?)
    }

    fn sync_log(&self, _block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        if self.log.ring().is_some() {
            self.vcpus.iter().for_each(KvmVcpuThread::kick);
            self.log.harvest()?;
        }
        Ok(self.log.take(dirty)?)
    }

    fn stop_log(&self) -> Result<()> {
        Ok(self.log.stop()?)
    }

    fn save(&self) -> Result<Vec<DeviceSection>> {
        let sections = (0u32..).zip(self.vcpus.iter()).map(|(instance, vcpu)| {
            let body = state::save(&vcpu.fd(), vcpu.is_halted())?;
            Ok(DeviceSection::new(SECTION, 1, body).instance(instance))
        });
        sections.collect()
    }

    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        let known = name == SECTION && (instance as usize) < self.vcpus.len();
        known.then_some(Layout::fixed(1, state::LENGTH))
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        let loaded = self.load_vcpus(devices);
        self.broken.store(loaded.is_err(), Ordering::Release);
        loaded
    }

    fn vcpu_threads(&self) -> Option<&dyn VcpuThreads> {
        Some(self)
    }

    fn vcpu_limits(&self) -> Option<&dyn VcpuLimits> {
        self.log.ring().is_some().then_some(self)
    }
}

impl VcpuThreads for KvmGuest {
    fn vcpus(&self) -> Vec<Vcpu> {
        let vcpus = (0u32..).zip(self.vcpus.iter());
        vcpus.map(|(index, vcpu)| Vcpu { index, thread: Some(vcpu.id()) }).collect()
    }

    fn vcpu_waits(&self, vcpu: u32, waits: bool) {
        if let Some(vcpu) = self.vcpus.get(vcpu as usize) {
            vcpu.waits(waits);
        }
    }
}

impl VcpuLimits for KvmGuest {
    fn limited_vcpus(&self) -> Vec<u32> {
        (0u32..).zip(self.vcpus.iter()).map(|(index, _)| index).collect()
    }

    fn ring_size(&self) -> u64 {
        self.log.ring().map_or(0, u64::from)
    }

    fn pages_dirtied(&self, vcpu: u32) -> Result<u64> {
        self.vcpus.iter().for_each(KvmVcpuThread::kick);
        self.log.harvest()?;
        Ok(self.log.count(vcpu))
    }

    fn pause_on_full_ring(&self, vcpu: u32, pause: Duration) -> Result<()> {
        let vcpu = self.vcpus.get(vcpu as usize);
        vcpu.ok_or_else(|| GuestError::new("no such vCPU"))?.pause_on_full_ring(pause);
        Ok(())
    }
}
