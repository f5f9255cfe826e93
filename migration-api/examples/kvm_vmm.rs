//! A small VMM on KVM that migrates its guest between two processes, with precopy and then with
//! postcopy. Needs `/dev/kvm`, and for postcopy the privilege to handle page faults of the kernel.
//!
//! ```text
//! cargo run -p migration-api --features kvm --example kvm_vmm
//! ```
//!
//! Read it from top to bottom: the guest and its devices, what the engine asks of them ([`Guest`]),
//! and the two sides of a migration ([`source`], [`destination`]).

#![allow(unsafe_code, reason = "memory slots of KVM have addresses")]

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use kvm_bindings::{
    KVM_MEM_LOG_DIRTY_PAGES, kvm_regs, kvm_segment, kvm_sregs, kvm_userspace_memory_region,
};
use kvm_ioctls::{Kvm, VcpuExit, VcpuFd, VmFd};
use migration_api::api::{MigrationCapability as Capability, MigrationStatus};
use migration_api::engine::{Engine, Event};
use migration_api::guest::{
    BlockId, DeviceSection, DirtyBits, Guest, GuestError, Identity, Layout, RamBlock, Result,
    StopMode,
};
use migration_api::vm_memory::{
    Bytes, GuestAddress, GuestMemoryRegion, GuestRegionMmap, MemoryRegionAddress,
};
use serde::{Deserialize, Serialize};

// ---- The guest -------------------------------------------------------------------------------

/// Size of each of the two memory regions in bytes.
const SIZE: usize = 8 << 20;
/// Guest addresses of the regions, with a hole between them, like that below 4 GiB on a PC.
const REGIONS: [u64; 2] = [0, 1 << 30];
const PAGE: u64 = 4096;
/// Address of the guest's program.
const PROGRAM: u64 = PAGE;
/// Offset in its region of the pages that a vCPU writes, and their number.
const FIRST: u64 = 2 * PAGE;
const PAGES: u64 = 256;
/// I/O port of the serial device.
const PORT: u16 = 0x3f8;

/// The program of both vCPUs: it adds 1 to the first word of each page in turn, then prints the
/// letter in `al`, for ever.
#[rustfmt::skip]
const CODE: [u8; 18] = [
    0x89, 0xdf,                         // start: mov edi, ebx       the first page
    0x89, 0xf1,                         //        mov ecx, esi       the number of pages
    0xff, 0x07,                         // next:  inc dword [edi]
    0x81, 0xc7, 0x00, 0x10, 0x00, 0x00, //        add edi, 4096
    0x49,                               //        dec ecx
    0x75, 0xf5,                         //        jnz next
    0xee,                               //        out dx, al
    0xeb, 0xee,                         //        jmp start
];

/// A serial port that remembers all that it printed. Its state has no fixed length.
#[derive(Default, Serialize, Deserialize)]
struct Serial {
    text: String,
}

/// Registers of a vCPU. A VMM for real guests has more to move: MSRs, FPU, interrupt controllers.
#[derive(Serialize, Deserialize)]
struct Registers {
    regs: kvm_regs,
    sregs: kvm_sregs,
}

/// The virtual machine monitor.
struct Vmm {
    vm: VmFd,
    memory: [Arc<GuestRegionMmap>; 2],
    /// Locked by a vCPU's thread while the guest runs on it.
    vcpus: [Mutex<VcpuFd>; 2],
    serial: Mutex<Serial>,
    control: Mutex<Control>,
    changed: Condvar,
}

/// Shared by the vCPU threads and those that start and stop them.
#[derive(Default)]
struct Control {
    running: bool,
    /// The vCPUs that are in the guest, or in the serial port.
    inside: [bool; 2],
}

impl Vmm {
    /// Creates the machine, with stopped vCPUs.
    fn new() -> Result<Arc<Self>> {
        let vm = Kvm::new()?.create_vm()?;
        let region = |at| GuestRegionMmap::from_range(GuestAddress(at), SIZE, None);
        let memory = [Arc::new(region(REGIONS[0])?), Arc::new(region(REGIONS[1])?)];
        memory[0].write_slice(&CODE, MemoryRegionAddress(PROGRAM))?;
        let vcpus = [vm.create_vcpu(0)?, vm.create_vcpu(1)?];
        for (index, vcpu) in vcpus.iter().enumerate() {
            boot(vcpu, REGIONS[index] + FIRST, b"ab"[index])?;
        }
        let vmm = Arc::new(Self {
            vm,
            memory,
            vcpus: vcpus.map(Mutex::new),
            serial: Mutex::default(),
            control: Mutex::default(),
            changed: Condvar::new(),
        });
        vmm.map_memory(0)?;
        for index in 0..vmm.vcpus.len() {
            let vmm = vmm.clone();
            std::thread::Builder::new()
                .name(format!("vcpu {index}"))
                .spawn(move || vmm.run(index))?;
        }
        Ok(vmm)
    }

    /// Tells KVM about both memory regions. `flags` switches the dirty log.
    fn map_memory(&self, flags: u32) -> Result<()> {
        for (slot, region) in (0..).zip(&self.memory) {
            let region = kvm_userspace_memory_region {
                slot,
                flags,
                guest_phys_addr: REGIONS[slot as usize],
                memory_size: region.len(),
                userspace_addr: region.as_ptr() as u64,
            };
            // SAFETY: the guest may write to this memory at any time until the machine is gone. It
            // stays mapped as long, because `memory` is dropped after `vm`, and this program
            // accesses it by the volatile accesses of vm-memory alone.
            unsafe { self.vm.set_user_memory_region(region)? };
        }
        Ok(())
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap()
    }

    /// Runs a vCPU whenever the guest runs.
    fn run(&self, index: usize) {
        loop {
            let mut control = self.control();
            control.inside[index] = false;
            self.changed.notify_all();
            while !control.running {
                control = self.changed.wait(control).unwrap();
            }
            control.inside[index] = true;
            drop(control);
            // The guest leaves KVM_RUN often. A VMM for other guests interrupts it by a signal.
            let mut vcpu = self.vcpus[index].lock().unwrap();
            let letter = match vcpu.run().expect("KVM runs the guest") {
                VcpuExit::IoOut(PORT, data) => data[0],
                exit => panic!("unexpected exit: {exit:?}"),
            };
            // The instruction is complete only when KVM is entered again: now the registers can be
            // saved.
            vcpu.set_kvm_immediate_exit(1);
            let _interrupted = vcpu.run();
            vcpu.set_kvm_immediate_exit(0);
            drop(vcpu);
            self.serial.lock().unwrap().text.push(letter.into());
            // A character takes a millisecond, as at 9600 baud.
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Checks that memory is what the program makes of it: each page was written as often as the
    /// one after it, or once more. Returns how often each vCPU has written its pages.
    fn check(&self) -> Result<[u32; 2]> {
        let mut rounds = [0; 2];
        for (region, rounds) in self.memory.iter().zip(&mut rounds) {
            let counts = (0..PAGES)
                .map(|page| region.read_obj::<u32>(MemoryRegionAddress(FIRST + page * PAGE)));
            let counts = counts.collect::<std::result::Result<Vec<u32>, _>>()?;
            let (first, last) = (counts[0], counts[counts.len() - 1]);
            if !counts.is_sorted_by(|one, next| one >= next) || first - last > 1 {
                return Err(GuestError::new(format!("memory is wrong: {counts:?}")));
            }
            *rounds = last;
        }
        Ok(rounds)
    }
}

/// Prepares a vCPU for the program: flat 32-bit segments and its registers.
fn boot(vcpu: &VcpuFd, first: u64, letter: u8) -> Result<()> {
    let mut sregs = vcpu.get_sregs()?;
    let data = kvm_segment {
        limit: u32::MAX,
        selector: 0x10,
        type_: 3,
        present: 1,
        db: 1,
        s: 1,
        g: 1,
        ..Default::default()
    };
    (sregs.ds, sregs.es, sregs.ss) = (data, data, data);
    sregs.cs = kvm_segment { selector: 8, type_: 11, ..data };
    sregs.cr0 |= 1;
    vcpu.set_sregs(&sregs)?;
    vcpu.set_regs(&kvm_regs {
        rip: PROGRAM,
        rbx: first,
        rsi: PAGES,
        rdx: PORT.into(),
        rax: letter.into(),
        rflags: 2,
        ..Default::default()
    })?;
    Ok(())
}

// ---- What the engine asks of it --------------------------------------------------------------

impl Guest for Vmm {
    fn identity(&self) -> Identity {
        Identity::new("kvm-vmm-1")
    }

    // Both regions are one block, as QEMU's `pc.ram` is.
    fn ram(&self) -> Vec<RamBlock> {
        vec![RamBlock::joined("pc.ram", &self.memory).blank(true)]
    }

    fn pause(&self, mode: StopMode) -> Result<()> {
        let mut control = self.control();
        control.running = false;
        // In postcopy a vCPU may sleep until its page arrives. It stops when it wakes up.
        while mode == StopMode::All && control.inside.contains(&true) {
            control = self.changed.wait(control).unwrap();
        }
        Ok(())
    }

    fn resume(&self) -> Result<()> {
        self.control().running = true;
        self.changed.notify_all();
        Ok(())
    }

    fn start_log(&self) -> Result<()> {
        self.map_memory(KVM_MEM_LOG_DIRTY_PAGES)
    }

    fn sync_log(&self, _block: BlockId, dirty: &mut DirtyBits<'_>) -> Result<()> {
        for slot in 0..self.memory.len() {
            let log = self.vm.get_dirty_log(slot as u32, SIZE)?;
            dirty.or_at((slot * SIZE) as u64, &log);
        }
        Ok(())
    }

    fn stop_log(&self) -> Result<()> {
        self.map_memory(0)
    }

    fn save(&self) -> Result<Vec<DeviceSection>> {
        let serial = serde_json::to_vec(&*self.serial.lock().unwrap())?;
        let mut sections = vec![DeviceSection::new("serial", 1, serial)];
        for (instance, vcpu) in (0..).zip(&self.vcpus) {
            let vcpu = vcpu.lock().unwrap();
            let registers = Registers { regs: vcpu.get_regs()?, sregs: vcpu.get_sregs()? };
            let body = serde_json::to_vec(&registers)?;
            sections.push(DeviceSection::new("cpu", 1, body).instance(instance));
        }
        Ok(sections)
    }

    fn layout(&self, name: &str, instance: u32) -> Option<Layout> {
        match (name, instance) {
            ("serial", 0) => Some(Layout::up_to(1..=1, 1 << 20)),
            ("cpu", 0 | 1) => Some(Layout::up_to(1..=1, 64 << 10)),
            _ => None,
        }
    }

    fn load(&self, devices: Vec<DeviceSection>) -> Result<()> {
        // The layouts above let no other device through, but one may be missing.
        if devices.len() != 3 {
            return Err(GuestError::new("a device is missing in the stream"));
        }
        for DeviceSection { name, instance, body, .. } in devices {
            if name == "serial" {
                *self.serial.lock().unwrap() = serde_json::from_slice(&body)?;
            } else {
                let registers: Registers = serde_json::from_slice(&body)?;
                let vcpu = self.vcpus[instance as usize].lock().unwrap();
                vcpu.set_sregs(&registers.sregs)?;
                vcpu.set_regs(&registers.regs)?;
            }
        }
        Ok(())
    }
}

// ---- The two sides of a migration ------------------------------------------------------------

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => source("precopy").and_then(|()| source("postcopy")),
        [mode, socket] => destination(mode, socket),
        _ => Err(GuestError::new("usage: kvm_vmm")),
    }
}

/// Runs a guest, and migrates it to another process of this program.
fn source(mode: &str) -> Result<()> {
    println!("-- {mode}");
    let vmm = Vmm::new()?;
    let engine = Engine::builder(vmm.clone()).build();
    let events = engine.events();
    engine.cont()?;
    std::thread::sleep(Duration::from_millis(200));

    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("migration");
    let mut other = Command::new(std::env::current_exe()?).arg(mode).arg(&socket).spawn()?;
    wait_for(&socket)?;

    prepare(&engine, mode)?;
    engine.set_parameters(|parameters| {
        parameters.downtime_limit = 200;
        // Slow enough for postcopy to begin before precopy is complete.
        parameters.max_bandwidth = if mode == "postcopy" { 1 << 20 } else { 1 << 30 };
    })?;
    engine.migrate(&format!("unix:{}", socket.display()).parse()?)?;
    for event in events.iter() {
        println!("source:      {event:?}");
        match event {
            Event::Migration(MigrationStatus::Active) if mode == "postcopy" => {
                engine.switch_to_postcopy()?;
            }
            Event::Migration(MigrationStatus::Completed) => break,
            Event::Migration(MigrationStatus::Failed) => {
                return Err(GuestError::new(engine.info().error_desc.unwrap_or_default()));
            }
            _ => {}
        }
    }
    let downtime = engine.info().downtime;
    let printed = vmm.serial.lock().unwrap().text.len();
    println!("source:      downtime {downtime:?} ms, {printed} characters printed here");
    // From here on no thread touches the guest's memory.
    engine.shutdown().join();
    match other.wait()?.success() {
        true => Ok(()),
        false => Err(GuestError::new("the destination has failed")),
    }
}

/// Waits for a guest, lets it run for a while, and checks it.
fn destination(mode: &str, socket: &str) -> Result<()> {
    let vmm = Vmm::new()?;
    let engine = Engine::builder(vmm.clone()).incoming(true).build();
    let events = engine.events();
    prepare(&engine, mode)?;
    engine.incoming(&format!("unix:{socket}").parse()?)?;
    for event in events.iter() {
        println!("destination: {event:?}");
        match event {
            Event::Migration(MigrationStatus::Completed) => break,
            Event::IncomingFailed(lines) => return Err(GuestError::new(lines.join("\n"))),
            _ => {}
        }
    }
    std::thread::sleep(Duration::from_millis(200));
    engine.stop()?;
    let rounds = vmm.check()?;
    let printed = vmm.serial.lock().unwrap().text.len();
    println!("destination: memory is whole after {rounds:?} rounds, {printed} characters printed");
    engine.shutdown().join();
    Ok(())
}

/// Sets the mode on both sides, and has `completed` mean that the guest has arrived.
fn prepare(engine: &Engine, mode: &str) -> Result<()> {
    let on = [(Capability::ReturnPath, true), (Capability::PostcopyRam, mode == "postcopy")];
    Ok(engine.set_capabilities(on)?)
}

/// Waits until a socket exists.
fn wait_for(socket: &Path) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(10);
    while !socket.exists() {
        if Instant::now() > end {
            return Err(GuestError::new("the destination does not listen"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
