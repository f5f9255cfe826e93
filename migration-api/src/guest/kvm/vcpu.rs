//! A vCPU's thread: enters the guest, leaves it when it is kicked, and obeys what it is told meanwhile.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kvm_ioctls::{VcpuExit, VcpuFd};
use vmm_sys_util::signal::{
    Killable, SIGRTMIN, block_signal, register_signal_handler, unblock_signal,
};

use super::log::Log;

/// How long to wait for a vCPU before it is kicked again: a signal that comes just before the guest is entered is lost.
const RETRY: Duration = Duration::from_millis(1);

/// The exit reason for a full dirty ring.
const DIRTY_RING_FULL: u32 = 31;

/// The handle of a vCPU's thread. Dropping it ends the thread.
pub(super) struct VcpuThread {
    shared: Arc<Shared>,
    /// The kernel's id of the thread.
    id: u32,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// Held while the guest runs, so locked by others only while it stands still.
    vcpu: Mutex<VcpuFd>,
    control: Mutex<Control>,
    /// Signalled when `control` changed.
    changed: Condvar,
    /// Signalled when the vCPU has obeyed.
    obeyed: Condvar,
}

#[derive(Default)]
struct Control {
    running: bool,
    quit: bool,
    /// It sleeps in an access to memory, until somebody brings the page.
    waits: bool,
    /// Outside of the guest until `control` changes.
    parked: bool,
    /// It has executed `hlt`, and there is nothing that could interrupt it.
    halted: bool,
    /// Until when to stay outside, whatever else happens meanwhile.
    nap: Option<Instant>,
    pause_on_full_ring: Duration,
    /// Counts kicks, and those that were noticed.
    kicks: u64,
    noticed: u64,
    /// Why the guest cannot go on.
    failure: Option<String>,
}

impl Shared {
    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn vcpu(&self) -> MutexGuard<'_, VcpuFd> {
        self.vcpu.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VcpuThread {
    /// Starts the thread; the vCPU stands still.
    pub(super) fn spawn(index: u32, vcpu: VcpuFd, log: Arc<Log>) -> std::io::Result<Self> {
        extern "C" fn nothing(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}
        // The handler has nothing to do: that there is one makes the signal interrupt the guest.
        register_signal_handler(SIGRTMIN(), nothing)
            .map_err(|error| std::io::Error::from_raw_os_error(error.errno()))?;
        let shared = Arc::new(Shared {
            vcpu: Mutex::new(vcpu),
            control: Mutex::default(),
            changed: Condvar::new(),
            obeyed: Condvar::new(),
        });
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name(format!("CPU {index}/KVM")).spawn({
            let shared = shared.clone();
            move || {
                // Nobody listens if the one who spawned us is gone.
                let _ = tell.send(rustix::thread::gettid().as_raw_pid() as u32);
                run(&shared, &log);
            }
        })?;
        let id = told.recv().map_err(std::io::Error::other)?;
        Ok(Self { shared, id, thread: Some(thread) })
    }

    /// The kernel's id of the thread.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Says whether the vCPU sleeps in an access to memory.
    pub(super) fn waits(&self, waits: bool) {
        let mut control = self.shared.control();
        control.waits = waits;
        // What it was told while it slept may have come too early for it to notice.
        if !waits && control.noticed < control.kicks {
            self.rouse();
        }
        self.shared.obeyed.notify_all();
    }

    /// Has the thread look at what it is to do.
    fn rouse(&self) {
        self.shared.changed.notify_all();
        if let Some(thread) = &self.thread {
            // Fails only if the thread is gone, and then there is nothing to do.
            let _ = thread.kill(SIGRTMIN());
        }
    }

    /// Changes what the vCPU is to do and waits until it has noticed, or will after the access in which it sleeps.
    fn change(&self, change: impl FnOnce(&mut Control)) {
        let mut control = self.shared.control();
        change(&mut control);
        control.kicks += 1;
        let kick = control.kicks;
        while control.noticed < kick && !self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            self.rouse();
            // The signal stays until the access is over.
            if control.waits {
                return;
            }
            let waited = self.shared.obeyed.wait_timeout(control, RETRY);
            control = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets the vCPU run.
    pub(super) fn start(&self) {
        self.change(|control| control.running = true);
    }

    /// Stops the vCPU; returns once it stands still.
    pub(super) fn stop(&self) {
        self.change(|control| control.running = false);
    }

    /// Has the vCPU leave the guest once, which makes the kernel log all that it has written.
    pub(super) fn kick(&self) {
        self.change(|_| {});
    }

    /// Has the vCPU leave the guest and stay away from it for `nap`.
    pub(super) fn nap(&self, nap: Duration) {
        self.change(|control| control.nap = Some(Instant::now() + nap));
    }

    pub(super) fn pause_on_full_ring(&self, pause: Duration) {
        self.shared.control().pause_on_full_ring = pause;
    }

    pub(super) fn is_halted(&self) -> bool {
        self.shared.control().halted
    }

    /// Its registers were set: what it failed of before is over.
    pub(super) fn set_halted(&self, halted: bool) {
        self.change(|control| (control.halted, control.failure) = (halted, None));
    }

    /// Why the guest cannot go on, if it cannot.
    pub(super) fn failure(&self) -> Option<String> {
        self.shared.control().failure.clone()
    }

    /// The vCPU itself, which must stand still.
    pub(super) fn fd(&self) -> MutexGuard<'_, VcpuFd> {
        self.shared.vcpu()
    }
}

impl Drop for VcpuThread {
    fn drop(&mut self) {
        self.change(|control| control.quit = true);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// Why the guest was left.
enum Left {
    /// It was kicked.
    Kicked,
    Halted,
    RingFull,
    Failed(String),
}

fn run(shared: &Shared, log: &Log) {
    // A signal would end a reset of the dirty rings halfway.
    let _ = block_signal(SIGRTMIN());
    let mut control = shared.control();
    while !control.quit {
        control.noticed = control.kicks;
        shared.obeyed.notify_all();
        control.parked = !control.running || control.halted || control.failure.is_some();
        if control.parked {
            control = shared.changed.wait(control).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let left = control.nap.map(|end| end.saturating_duration_since(Instant::now()));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            control = shared
                .changed
                .wait_timeout(control, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            continue;
        }
        control.nap = None;
        drop(control);
        let left = enter(&mut shared.vcpu());
        if matches!(left, Left::RingFull) {
            log.harvest();
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
            control.failure = Some("the kernel has overrun a dirty ring".into());
        }
    }
    control.noticed = control.kicks;
    shared.obeyed.notify_all();
}

fn enter(vcpu: &mut VcpuFd) -> Left {
    // Neither fails for a signal that exists.
    let _ = unblock_signal(SIGRTMIN());
    let left = run_guest(vcpu);
    let _ = block_signal(SIGRTMIN());
    left
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
