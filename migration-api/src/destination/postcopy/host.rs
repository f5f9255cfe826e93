//! Checks that this host, with this memory, can be the destination of a postcopy.

use rustix::fs::fstatfs;

use crate::guest::{Guest, HostMemory, MemoryAccess, PostcopySupport, RamBlock};
use crate::sys::userfault::{Accesses, Features, Userfault};
use crate::transport::reason;

const TMPFS: rustix::fs::FsWord = 0x0102_1994;
const HUGETLBFS: rustix::fs::FsWord = 0x9584_58f6;

/// Returns the reason for which it cannot, or `None` if it can.
pub(crate) fn unfit(guest: &dyn Guest, ram: &[RamBlock]) -> Option<String> {
    match guest.postcopy() {
        PostcopySupport::Refused(reason) => Some(reason),
        PostcopySupport::Supported => unfit_memory(ram, guest.memory_access()),
    }
}

fn unfit_memory(ram: &[RamBlock], access: MemoryAccess) -> Option<String> {
    if access == MemoryAccess::Processes {
        return Some(
            "other processes access guest memory, and their page faults are not reported".into(),
        );
    }
    let supported = match Userfault::supported(access.reported()) {
        Ok(supported) => supported,
        Err(error) => return Some(unavailable(&error, access.reported())),
    };
    ram.iter().find_map(|block| unfit_block(block, supported))
}

/// Describes a host without userfaultfd, and the fix where privileges are missing.
pub(super) fn unavailable(error: &std::io::Error, by: Accesses) -> String {
    let text = format!("Userfaultfd not available: {}", reason(error));
    if by == Accesses::Threads || error.raw_os_error() != Some(libc::EPERM) {
        return text;
    }
    format!(
        "{text}; the kernel accesses guest memory, so set sysctl vm.unprivileged_userfaultfd=1, allow access to /dev/userfaultfd or grant CAP_SYS_PTRACE"
    )
}

fn unfit_block(block: &RamBlock, supported: Features) -> Option<String> {
    let (name, size) = (&block.name, block.memory.size());
    if !block.memory.has_host() {
        return Some(format!("RAM block '{name}' has no address in this process"));
    }
    if !size.is_multiple_of(block.page_size) {
        return Some(format!(
            "Postcopy requires RAM blocks to be a page size multiple, block {name} is 0x{size:x} bytes with a page size of 0x{:x}",
            block.page_size
        ));
    }
    block.memory.host_regions().find_map(|region| unfit_region(name, region.memory, supported))
}

fn unfit_region(name: &str, host: HostMemory<'_>, supported: Features) -> Option<String> {
    let file_system = match host.file().map(fstatfs) {
        Some(Ok(stat)) => Some(stat.f_type),
        Some(Err(error)) => return Some(format!("RAM block '{name}': {}", reason(&error.into()))),
        None => None,
    };
    let needed = match file_system {
        Some(HUGETLBFS) => Features::MISSING_HUGETLBFS,
        Some(TMPFS) => Features::MISSING_SHMEM,
        Some(_) => return Some("Host backend files need to be TMPFS or HUGETLBFS only".into()),
        None if host.is_shared() => Features::MISSING_SHMEM,
        None => Features::NONE,
    };
    (!supported.has(needed))
        .then(|| format!("the kernel cannot watch the memory behind RAM block '{name}'"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::guest::Mapping;
    use crate::guests::{Backing, Machine, MachineConfig};

    fn ram(backing: Backing) -> Vec<RamBlock> {
        let machine =
            Machine::new(MachineConfig { backing, incoming: true, ..MachineConfig::new(1 << 16) });
        machine.unwrap().ram()
    }

    struct Elsewhere;

    impl Mapping for Elsewhere {
        fn size(&self) -> u64 {
            1 << 16
        }
        fn read(&self, _offset: u64, _buffer: &mut [u8]) {}
        fn write(&self, _offset: u64, _bytes: &[u8]) {}
    }

    #[test]
    fn memory_of_other_processes_is_refused() {
        let reason = unfit_memory(
            &ram(Backing::Memfd { shared: true, huge: None }),
            MemoryAccess::Processes,
        );
        let words = "other processes access guest memory, and their page faults are not reported";
        assert_eq!(reason.as_deref(), Some(words));
    }

    #[test]
    fn memory_must_support_discarding_and_userfaultfd() {
        const THREADS: MemoryAccess = MemoryAccess::Threads;
        let unfit = |ram: &[RamBlock]| super::unfit_memory(ram, THREADS);
        if let Err(error) = Userfault::supported(Accesses::Threads) {
            assert_eq!(unfit(&[]), Some(unavailable(&error, Accesses::Threads)));
            return;
        }
        for shared in [false, true] {
            assert_eq!(unfit(&ram(Backing::Anonymous { shared })), None);
            assert_eq!(unfit(&ram(Backing::Memfd { shared, huge: None })), None);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let on_disk = fstatfs(&file).is_ok_and(|stat| stat.f_type != TMPFS);
        let reason = unfit(&ram(Backing::File { path: file.path().into(), shared: true }));
        let words = "Host backend files need to be TMPFS or HUGETLBFS only";
        assert_eq!(reason.as_deref(), on_disk.then_some(words));
        let mut block = ram(Backing::Anonymous { shared: false }).remove(0);
        block.memory = Arc::new(Elsewhere);
        assert_eq!(unfit(&[block]).unwrap(), "RAM block 'ram' has no address in this process");
    }
}
