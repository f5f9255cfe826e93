//! Guests that declare other accesses to their memory than the built-in guest's, and refusals of
//! postcopy, which needs them reported.

use super::over::{Hooks, Over};
use super::*;
use crate::guest::MemoryAccess;

/// Declares these accesses to the guest's memory.
struct Accessed(MemoryAccess);

impl Hooks for Accessed {
    fn memory_access(&self, _: MemoryAccess) -> MemoryAccess {
        self.0
    }
}

/// Switches postcopy on at a destination whose guest's memory is accessed so. Gives the refusal.
fn postcopy_with(access: MemoryAccess) -> Option<String> {
    let guest = Arc::new(Over { machine: machine(&[], true), hooks: Accessed(access) });
    let engine = Engine::builder(guest).incoming(true).build();
    let switched = engine.set_capabilities([(Capability::PostcopyRam, true)]);
    switched.err().map(|error| error.to_string())
}

#[test]
fn memory_of_other_processes_is_not_saved_in_the_background() {
    let hooks = Accessed(MemoryAccess::Processes);
    let guest = Arc::new(Over { machine: machine(&[], false), hooks });
    let engine = Engine::builder(guest).build();
    let switched = engine.set_capabilities([(Capability::BackgroundSnapshot, true)]);
    if crate::source::is_supported(MemoryAccess::Processes) {
        let text = "Background-snapshot is not compatible with guest memory configuration";
        assert_eq!(switched.unwrap_err().to_string(), text);
    } else {
        println!("not tested: this process may not handle page faults of the kernel");
    }
}

#[test]
fn postcopy_needs_accesses_that_can_be_reported() {
    let refused = "Postcopy is not supported: other processes access guest memory, and their page faults are not reported";
    assert_eq!(postcopy_with(MemoryAccess::Processes).as_deref(), Some(refused));
    // The user id of a thread alone can be changed, and the test's other threads keep theirs.
    let unprivileged = std::thread::spawn(|| {
        let nobody = rustix::process::Uid::from_raw(65534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).ok()?;
        let allowed = std::fs::read_to_string("/proc/sys/vm/unprivileged_userfaultfd").ok()?;
        let accesses = [MemoryAccess::Threads, MemoryAccess::Kernel];
        (allowed.trim() == "0").then(|| accesses.map(postcopy_with))
    });
    match unprivileged.join().unwrap() {
        Some([threads, kernel]) => {
            assert_eq!(threads, None);
            let told = kernel.unwrap();
            assert!(told.starts_with("Postcopy is not supported: Userfaultfd not available"));
            for fix in ["vm.unprivileged_userfaultfd=1", "/dev/userfaultfd", "CAP_SYS_PTRACE"] {
                assert!(told.contains(fix), "{told}");
            }
        }
        None => println!("not tested: every process may handle page faults of the kernel"),
    }
}
