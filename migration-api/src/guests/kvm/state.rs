//! A vCPU's state: its initial values, and its encoding.

use kvm_bindings::{
    KVM_MP_STATE_RUNNABLE, Msrs, kvm_debugregs, kvm_mp_state, kvm_msr_entry, kvm_regs, kvm_segment,
    kvm_sregs, kvm_vcpu_events, kvm_xcrs, kvm_xsave,
};
use kvm_ioctls::VcpuFd;
use zerocopy::{FromBytes, IntoBytes};

use super::Task;
use crate::sys::kvm::PlainXsave;

/// Length of the encoded state: registers in this order and in KVM's layout, and a byte that is set
/// if the vCPU is halted.
pub(super) const LENGTH: usize = size_of::<kvm_regs>()
    + size_of::<kvm_sregs>()
    + size_of::<kvm_xcrs>()
    + size_of::<kvm_xsave>()
    + size_of::<kvm_debugregs>()
    + size_of::<kvm_vcpu_events>()
    + MSRS.len() * size_of::<u64>()
    + 1;

/// The register that holds the guest address of a vCPU's clock, which KVM writes to.
const CLOCK: u32 = 0x4b56_4d01;

/// Length of a vCPU's clock in guest memory, in bytes.
pub(super) const CLOCK_LENGTH: u64 = 32;

/// The migrated model-specific registers: TSC, the three of SYSENTER, PAT, STAR, LSTAR, CSTAR,
/// SFMASK, KERNEL_GS_BASE, and the clock's.
const MSRS: [u32; 11] = [
    0x10,
    0x174,
    0x175,
    0x176,
    0x277,
    0xc000_0081,
    0xc000_0082,
    0xc000_0083,
    0xc000_0084,
    0xc000_0102,
    CLOCK,
];

/// Sets a vCPU to the start of the payload at `entry`.
pub(super) fn begin(vcpu: &VcpuFd, entry: u64, task: &Task) -> Result<(), kvm_ioctls::Error> {
    let flat = |kind| kvm_segment {
        limit: u32::MAX,
        type_: kind,
        present: 1,
        s: 1,
        db: 1,
        g: 1,
        ..kvm_segment::default()
    };
    let (code, data) = (flat(11), flat(3));
    let mut special = vcpu.get_sregs()?;
    special.cs = kvm_segment { selector: 8, ..code };
    for segment in
        [&mut special.ds, &mut special.es, &mut special.ss, &mut special.fs, &mut special.gs]
    {
        *segment = kvm_segment { selector: 16, ..data };
    }
    // Protected mode.
    special.cr0 |= 1;
    vcpu.set_sregs(&special)?;
    vcpu.set_regs(&kvm_regs {
        rip: entry,
        // This bit is always set.
        rflags: 2,
        rbx: task.start,
        rcx: task.end,
        rdi: task.start,
        rsi: task.halt_after & u64::from(u32::MAX),
        rbp: task.halt_after >> 32,
        ..kvm_regs::default()
    })
}

/// Makes a vCPU accept interrupts, of which the payload gets none.
pub(super) fn accept_interrupts(vcpu: &VcpuFd) -> Result<(), kvm_ioctls::Error> {
    let mut regs = vcpu.get_regs()?;
    // The interrupt flag.
    regs.rflags |= 1 << 9;
    vcpu.set_regs(&regs)?;
    wake(vcpu)
}

/// Lets a vCPU run that has halted or waits for its start by another vCPU.
pub(super) fn wake(vcpu: &VcpuFd) -> Result<(), kvm_ioctls::Error> {
    vcpu.set_mp_state(kvm_mp_state { mp_state: KVM_MP_STATE_RUNNABLE })
}

/// Makes KVM write a vCPU's clock to a guest address.
pub(super) fn start_clock(vcpu: &VcpuFd, address: u64) -> Result<(), kvm_ioctls::Error> {
    const ENABLED: u64 = 1;
    vcpu.set_msrs(&msrs(CLOCK, address | ENABLED)?).map(drop)
}

/// Returns the number of pages that the payload has dirtied.
pub(super) fn pages(vcpu: &VcpuFd) -> u64 {
    vcpu.get_regs().map_or(0, |regs| regs.rdx << 32 | regs.rax & u64::from(u32::MAX))
}

/// Encodes the state.
pub(super) fn save(vcpu: &VcpuFd, halted: bool) -> Result<Vec<u8>, kvm_ioctls::Error> {
    let mut body = Vec::with_capacity(LENGTH);
    body.extend_from_slice(vcpu.get_regs()?.as_bytes());
    body.extend_from_slice(vcpu.get_sregs()?.as_bytes());
    body.extend_from_slice(vcpu.get_xcrs()?.as_bytes());
    body.extend_from_slice(vcpu.get_xsave()?.as_bytes());
    body.extend_from_slice(vcpu.get_debug_regs()?.as_bytes());
    body.extend_from_slice(vcpu.get_vcpu_events()?.as_bytes());
    for index in MSRS {
        body.extend_from_slice(&msr(vcpu, index)?.to_le_bytes());
    }
    body.push(halted.into());
    Ok(body)
}

/// Reads a register; 0 if the processor lacks it.
fn msr(vcpu: &VcpuFd, index: u32) -> Result<u64, kvm_ioctls::Error> {
    let mut msrs = msrs(index, 0)?;
    let read = vcpu.get_msrs(&mut msrs)?;
    Ok(msrs.as_slice().iter().take(read).map(|entry| entry.data).next().unwrap_or(0))
}

fn msrs(index: u32, data: u64) -> Result<Msrs, kvm_ioctls::Error> {
    let entry = kvm_msr_entry { index, data, ..kvm_msr_entry::default() };
    Msrs::from_entries(&[entry]).map_err(|_| kvm_ioctls::Error::new(libc::ENOMEM))
}

/// Loads a state that [`save`] has encoded. Returns true if the vCPU is halted.
pub(super) fn load(
    vcpu: &VcpuFd,
    xsave: PlainXsave,
    body: &[u8],
) -> Result<bool, kvm_ioctls::Error> {
    fn next<T: FromBytes>(rest: &mut &[u8]) -> Result<T, kvm_ioctls::Error> {
        let (value, left) =
            T::read_from_prefix(rest).map_err(|_| kvm_ioctls::Error::new(libc::EINVAL))?;
        *rest = left;
        Ok(value)
    }
    let rest = &mut &*body;
    let regs = next::<kvm_regs>(rest)?;
    vcpu.set_sregs(&next(rest)?)?;
    vcpu.set_xcrs(&next(rest)?)?;
    xsave.load(vcpu, &next(rest)?)?;
    vcpu.set_debug_regs(&next(rest)?)?;
    vcpu.set_vcpu_events(&next(rest)?)?;
    vcpu.set_regs(&regs)?;
    for index in MSRS {
        let value = u64::from_le_bytes(next(rest)?);
        // Ignore a register that this processor lacks: the source's was missing or 0, too.
        vcpu.set_msrs(&msrs(index, value)?)?;
    }
    Ok(next::<u8>(rest)? != 0)
}
