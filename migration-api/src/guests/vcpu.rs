//! A vCPU thread of the built-in guest: runs a workload, stops within a page, and sleeps according
//! to the throttle.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use vm_memory::{GuestRegionMmap, VolatileMemory};

use super::log::PageLog;
use super::workload::{Progress, Rate};

use crate::sync::IgnorePoison;

pub(crate) type Region = GuestRegionMmap<PageLog>;

/// Longest time between two checks of the throttle, and longest sleep of a workload without due
/// pages.
const SLICE: Duration = Duration::from_millis(10);
/// Shortest sleep: pages that become due meanwhile are dirtied together.
const NAP: Duration = Duration::from_millis(1);

/// The handle of a vCPU thread. Dropping it ends the thread.
pub(crate) struct VcpuThread {
    shared: Arc<SharedVcpu>,
    /// Thread id in the kernel.
    id: u32,
    thread: Option<JoinHandle<()>>,
}

struct SharedVcpu {
    control: Mutex<VcpuControl>,
    /// Signalled when `control` changes.
    changed: Condvar,
    /// Signalled when the vCPU is stopped.
    parked: Condvar,
    /// Checked after every page: `control` has changed.
    interrupt: AtomicBool,
}

struct VcpuControl {
    running: bool,
    quit: bool,
    parked: bool,
    /// The vCPU is blocked in a page fault until the page arrives.
    waits: bool,
    throttle: u8,
    progress: Option<Progress>,
    /// Counts the changes of `progress` from outside.
    resets: u64,
}

impl SharedVcpu {
    fn lock(&self) -> MutexGuard<'_, VcpuControl> {
        self.control.lock().ignore_poison()
    }
}

impl VcpuThread {
    /// Starts a vCPU in the stopped state.
    pub(crate) fn spawn(memory: Arc<Region>, progress: Option<Progress>) -> std::io::Result<Self> {
        let shared = Arc::new(SharedVcpu {
            control: Mutex::new(VcpuControl {
                running: false,
                quit: false,
                parked: false,
                waits: false,
                throttle: 0,
                progress,
                resets: 0,
            }),
            changed: Condvar::new(),
            parked: Condvar::new(),
            interrupt: AtomicBool::new(false),
        });
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("CPU 0/engine".into()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                // Ignore the error: the receiver may be gone.
                let _ = tell.send(rustix::thread::gettid().as_raw_pid() as u32);
                run(&shared, &memory);
            }
        })?;
        let id = told.recv().map_err(std::io::Error::other)?;
        Ok(Self { shared, id, thread: Some(thread) })
    }

    fn change(&self, change: impl FnOnce(&mut VcpuControl)) -> MutexGuard<'_, VcpuControl> {
        let mut control = self.shared.lock();
        change(&mut control);
        self.shared.interrupt.store(true, Ordering::Release);
        self.shared.changed.notify_all();
        control
    }

    /// Lets the vCPU run.
    pub(crate) fn start(&self) {
        drop(self.change(|control| {
            control.running = true;
            control.parked = false;
        }));
    }

    /// Returns the thread's id in the kernel.
    pub(crate) fn thread(&self) -> u32 {
        self.id
    }

    /// Records if the vCPU is blocked in a page fault.
    pub(crate) fn waits(&self, waits: bool) {
        self.shared.lock().waits = waits;
        self.shared.parked.notify_all();
    }

    /// Stops the vCPU. Returns once it has stopped, or while it is blocked in a page fault, after
    /// which it stops.
    pub(crate) fn stop(&self) {
        let mut control = self.change(|control| control.running = false);
        while !control.parked && !control.waits {
            control = self.shared.parked.wait(control).ignore_poison();
        }
    }

    /// Returns false once the thread has ended.
    #[cfg(test)]
    pub(crate) fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    pub(crate) fn throttle(&self, percent: u8) {
        drop(self.change(|control| control.throttle = percent.min(99)));
    }

    /// Returns the progress of the workload. Exact while the vCPU is stopped.
    pub(crate) fn progress(&self) -> Option<Progress> {
        self.shared.lock().progress
    }

    /// Sets the workload and its progress. Only valid while the vCPU is stopped.
    pub(crate) fn set_progress(&self, progress: Option<Progress>) {
        drop(self.change(|control| {
            control.progress = progress;
            control.resets += 1;
        }));
    }
}

impl Drop for VcpuThread {
    fn drop(&mut self) {
        drop(self.change(|control| control.quit = true));
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn run(shared: &SharedVcpu, memory: &Region) {
    /// Marks the vCPU stopped when its thread ends for any reason, so that no thread waits for it.
    struct Parked<'a>(&'a SharedVcpu);
    impl Drop for Parked<'_> {
        fn drop(&mut self) {
            self.0.lock().parked = true;
            self.0.parked.notify_all();
        }
    }
    let _parked = Parked(shared);

    let mut pace = Pace::new();
    let mut control = shared.lock();
    while !control.quit {
        shared.interrupt.store(false, Ordering::Release);
        let Some(mut progress) = control.progress.filter(|_| control.running) else {
            control.parked = true;
            shared.parked.notify_all();
            control = shared.changed.wait(control).ignore_poison();
            pace = Pace::new();
            continue;
        };
        control.parked = false;
        let resets = control.resets;
        let throttle = u32::from(control.throttle);
        drop(control);

        let began = Instant::now();
        pace.work(&mut progress, memory, &shared.interrupt);
        let idle = pace.idle(&progress);
        let asleep = idle + (began.elapsed() + idle) * throttle / (100 - throttle);

        control = shared.lock();
        // Keep a change made while the vCPU was blocked in a page fault.
        if control.resets == resets {
            control.progress = Some(progress);
        }
        // A change made meanwhile has been signalled already, so do not wait.
        if !asleep.is_zero() && !shared.interrupt.load(Ordering::Acquire) {
            control = shared.changed.wait_timeout(control, asleep).ignore_poison().0;
        }
        pace.slept(began, idle);
    }
}

/// Tracks the pages that are due, in vCPU time, which stands still while the throttle makes the
/// vCPU sleep.
struct Pace {
    /// Pages due but not dirtied yet.
    due: f64,
    /// vCPU time that is not converted to due pages yet.
    elapsed: Duration,
}

impl Pace {
    fn new() -> Self {
        Self { due: 0.0, elapsed: NAP }
    }

    /// Dirties the due pages, for a slice at most.
    fn work(&mut self, progress: &mut Progress, memory: &Region, interrupt: &AtomicBool) {
        let until = Instant::now() + SLICE;
        if let Rate::PagesPerSecond(rate) = progress.rate {
            // Cap the backlog, so that a long sleep is not followed by seconds of catching up.
            self.due += self.elapsed.min(10 * SLICE).as_secs_f64() * rate as f64;
        }
        while !interrupt.load(Ordering::Acquire) {
            match progress.rate {
                Rate::PagesPerSecond(_) if self.due < 1.0 => return,
                Rate::PagesPerSecond(_) => self.due -= 1.0,
                Rate::Max => {}
            }
            if let Ok(byte) = memory.get_ref::<u8>(progress.next_byte() as usize) {
                byte.store(byte.load().wrapping_add(1));
            }
            // The count came with the guest and may be anything.
            progress.count = progress.count.wrapping_add(1);
            if progress.count.is_multiple_of(64) && Instant::now() >= until {
                return;
            }
        }
    }

    /// Returns the time until the next page is due.
    fn idle(&self, progress: &Progress) -> Duration {
        match progress.rate {
            Rate::PagesPerSecond(rate) if self.due < 1.0 => {
                Duration::from_secs_f64((1.0 - self.due) / rate as f64).clamp(NAP, SLICE)
            }
            _ => Duration::ZERO,
        }
    }

    /// Accounts for a slice that began at `began`, of which at most `idle` counts as vCPU time
    /// slept.
    fn slept(&mut self, began: Instant, idle: Duration) {
        self.elapsed = began.elapsed().min(idle.max(NAP));
    }
}
