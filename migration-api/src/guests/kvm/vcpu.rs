//! A vCPU's thread: enters the guest, leaves it on a kick, and then follows changed instructions.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kvm_bindings::KVM_MP_STATE_HALTED;
use kvm_ioctls::{VcpuExit, VcpuFd};
use vmm_sys_util::signal::{
    Killable, SIGRTMIN, block_signal, register_signal_handler, unblock_signal,
};

use super::log::{Log, OVERRUN};

use crate::sync::IgnorePoison;

/// Time after which a vCPU is kicked again: a signal just before the guest is entered is lost.
const RETRY: Duration = Duration::from_millis(1);

/// The exit reason for a full dirty ring.
const DIRTY_RING_FULL: u32 = 31;

/// The handle of a vCPU's thread. Dropping it ends the thread.
pub(super) struct KvmVcpuThread {
    shared: Arc<SharedKvmVcpu>,
    /// Thread id in the kernel.
    id: u32,
    thread: Option<JoinHandle<()>>,
}

struct SharedKvmVcpu {
    /// Held while the guest runs, so other threads can lock it only while the vCPU is stopped.
    vcpu: Mutex<VcpuFd>,
    control: Mutex<KvmVcpuControl>,
    /// Signalled when `control` changes.
    changed: Condvar,
    /// Signalled when the vCPU has noticed a change.
    obeyed: Condvar,
}

#[derive(Default)]
struct KvmVcpuControl {
    running: bool,
    quit: bool,
    /// The vCPU is blocked in a page fault until the page arrives.
    waits: bool,
    /// Stay outside of the guest until `control` changes.
    parked: bool,
    /// The vCPU has executed `hlt`, and has no source of interrupts.
    halted: bool,
    /// Stay outside of the guest until this time.
    nap: Option<Instant>,
    pause_on_full_ring: Duration,
    /// Number of kicks, and of those that were noticed.
    kicks: u64,
    noticed: u64,
    /// The error for which the guest cannot continue.
    failure: Option<String>,
}

impl SharedKvmVcpu {
    fn control(&self) -> MutexGuard<'_, KvmVcpuControl> {
        self.control.lock().ignore_poison()
    }

    fn vcpu(&self) -> MutexGuard<'_, VcpuFd> {
        self.vcpu.lock().ignore_poison()
    }
}

impl KvmVcpuThread {
    /// Starts the thread, with the vCPU stopped. With `interrupt_controller`, it halts in the
    /// kernel.
    pub(super) fn spawn(
        index: u32,
        vcpu: VcpuFd,
        log: Arc<Log>,
        interrupt_controller: bool,
    ) -> std::io::Result<Self> {
        extern "C" fn nothing(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}
        // The signal needs a handler, which does nothing, in order to interrupt the guest.
        register_signal_handler(SIGRTMIN(), nothing)
            .map_err(|error| std::io::Error::from_raw_os_error(error.errno()))?;
        let shared = Arc::new(SharedKvmVcpu {
            vcpu: Mutex::new(vcpu),
            control: Mutex::default(),
            changed: Condvar::new(),
            obeyed: Condvar::new(),
        });
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name(format!("CPU {index}/KVM")).spawn({
            let shared = shared.clone();
            move || {
                // Ignore the error: the receiver may be gone.
                let _ = tell.send(rustix::thread::gettid().as_raw_pid() as u32);
                run(&shared, &log, interrupt_controller);
            }
        })?;
        let id = told.recv().map_err(std::io::Error::other)?;
        Ok(Self { shared, id, thread: Some(thread) })
    }

    /// Returns the thread's id in the kernel.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Records if the vCPU is blocked in a page fault.
    pub(super) fn waits(&self, waits: bool) {
        let mut control = self.shared.control();
        control.waits = waits;
        // The vCPU may not have noticed a kick while it was blocked.
        if !waits && control.noticed < control.kicks {
            self.rouse();
        }
        self.shared.obeyed.notify_all();
    }

    /// Interrupts the thread, so that it checks `control`.
    fn rouse(&self) {
        self.shared.changed.notify_all();
        if let Some(thread) = &self.thread {
            // Fails only if the thread has ended.
            let _ = thread.kill(SIGRTMIN());
        }
    }

    /// Changes `control` and waits until the vCPU has noticed. Does not wait for a vCPU that is
    /// blocked in a page fault, which notices afterwards.
    fn change(&self, change: impl FnOnce(&mut KvmVcpuControl)) {
        let mut control = self.shared.control();
        change(&mut control);
        control.kicks += 1;
        let kick = control.kicks;
        while control.noticed < kick && !self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            self.rouse();
            // The signal stays pending until the page fault ends.
            if control.waits {
                return;
            }
            let waited = self.shared.obeyed.wait_timeout(control, RETRY);
            control = waited.ignore_poison().0;
        }
    }

    /// Lets the vCPU run.
    pub(super) fn start(&self) {
        self.change(|control| control.running = true);
    }

    /// Stops the vCPU, and returns once it is stopped.
    pub(super) fn stop(&self) {
        self.change(|control| control.running = false);
    }

    /// Makes the vCPU leave the guest once, so that the kernel logs all pages that it has written.
    pub(super) fn kick(&self) {
        self.change(|_| {});
    }

    /// Makes the vCPU leave the guest and stay outside for `nap`.
    pub(super) fn nap(&self, nap: Duration) {
        self.change(|control| control.nap = Some(Instant::now() + nap));
    }

    pub(super) fn pause_on_full_ring(&self, pause: Duration) {
        self.shared.control().pause_on_full_ring = pause;
    }

    pub(super) fn is_halted(&self) -> bool {
        self.shared.control().halted
    }

    /// Records that the vCPU's registers were set, which clears an earlier failure.
    pub(super) fn set_halted(&self, halted: bool) {
        self.change(|control| (control.halted, control.failure) = (halted, None));
    }

    /// Returns the error for which the guest cannot continue.
    pub(super) fn failure(&self) -> Option<String> {
        self.shared.control().failure.clone()
    }

    /// Returns the vCPU itself, which must be stopped.
    pub(super) fn fd(&self) -> MutexGuard<'_, VcpuFd> {
        self.shared.vcpu()
    }
}

impl Drop for KvmVcpuThread {
    fn drop(&mut self) {
        self.change(|control| control.quit = true);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// The reason for leaving the guest.
enum Left {
    /// A kick.
    Kicked,
    Halted,
    RingFull,
    Failed(String),
}

fn run(shared: &SharedKvmVcpu, log: &Log, interrupt_controller: bool) {
    // A signal would interrupt a reset of the dirty rings.
    let _ = block_signal(SIGRTMIN());
    let mut control = shared.control();
    while !control.quit {
        control.noticed = control.kicks;
        shared.obeyed.notify_all();
        control.parked = !control.running || control.halted || control.failure.is_some();
        if control.parked {
            control = shared.changed.wait(control).ignore_poison();
            continue;
        }
        let left = control.nap.map(|end| end.saturating_duration_since(Instant::now()));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            control = shared.changed.wait_timeout(control, left).ignore_poison().0;
            continue;
        }
        control.nap = None;
        drop(control);
        let left = enter(&mut shared.vcpu(), interrupt_controller);
        if matches!(left, Left::RingFull) {
            // An overrun is checked below, and an error of the kernel recurs at the next sync.
            let _ = log.harvest();
        }
        control = shared.control();
        match left {
            Left::Kicked => {}
            Left::Halted => control.halted = true,
            Left::RingFull => {
                let pause = Instant::now().checked_add(control.pause_on_full_ring);
                control.nap = control.nap.max(pause);
            }
            Left::Failed(failure) => control.failure = Some(failure),
        }
        if log.is_overrun() {
            control.failure = Some(OVERRUN.into());
        }
    }
    control.noticed = control.kicks;
    shared.obeyed.notify_all();
}

fn enter(vcpu: &mut VcpuFd, interrupt_controller: bool) -> Left {
    // Neither call fails for a valid signal.
    let _ = unblock_signal(SIGRTMIN());
    let left = run_guest(vcpu);
    let _ = block_signal(SIGRTMIN());
    let halts = |vcpu: &VcpuFd| {
        vcpu.get_mp_state().is_ok_and(|state| state.mp_state == KVM_MP_STATE_HALTED)
    };
    match left {
        Left::Kicked if interrupt_controller && halts(vcpu) => Left::Halted,
        left => left,
    }
}

fn run_guest(vcpu: &mut VcpuFd) -> Left {
    match vcpu.run() {
        Ok(VcpuExit::Hlt) => Left::Halted,
        Ok(VcpuExit::Intr | VcpuExit::IrqWindowOpen) => Left::Kicked,
        Ok(VcpuExit::Unsupported(DIRTY_RING_FULL)) => Left::RingFull,
        Ok(exit) => Left::Failed(format!("{exit:?}")),
        Err(error) if matches!(error.errno(), libc::EINTR | libc::EAGAIN) => Left::Kicked,
        Err(error) => Left::Failed(error.to_string()),
    }
}
